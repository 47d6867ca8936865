"""What goes over the simulated wire: requests, replies, and how an attempt to connect ends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the listening program sees it. `source`: the client's address as it arrives (after any NAT)."""

    method: str = "GET"
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    source: str = ""
    protocol: str = "http"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the program answered. `seconds`: how long it thought about it."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    seconds: float = 0.001


Answer = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True)
class Listener:
    """A program's open port. `speaks`: http, grpc, redis, postgres, ... or raw."""

    port: int
    answer: Answer
    transport: str = "TCP"
    speaks: str = "http"


class Outcome(Enum):
    """How an attempt to connect ends."""

    OPEN = "open"
    REFUSED = "connection refused"
    TIMEOUT = "i/o timeout"
    NO_ROUTE = "no route to host"


@dataclass(frozen=True, slots=True)
class Connection:
    """An attempt to connect: where it ended up, and after how many seconds."""

    outcome: Outcome
    seconds: float
    listener: Listener | None = None
    address: str = ""
