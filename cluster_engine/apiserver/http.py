"""HTTP without sockets: what the transport hands in and what it gets back.

The transport sends a response only once the store's durable revision has reached `HttpResponse.revision`: nobody is told
of a write that could still be lost.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request. `path` is below the cluster's prefix ("/api/v1/pods"), still percent-encoded as the client sent it.

    `query` is raw. `headers` have lower-case names; repeated ones are joined with ", ". `certificate` is the client
    certificate's (CN, Os) after the transport has verified it. `remote`: the client's address. `id` joins signals and audit.
    """

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    certificate: tuple[str, tuple[str, ...]] | None = None
    remote: str = ""


class Stream(Protocol):
    """A body that comes in pieces (watch, log -f). Pull with `poll`; `on_ready` is called when there is something new.

    `poll` returns the bytes that are ready (b"" for none) or None when the stream has ended; it never blocks.
    `next_wake` is the cluster time at which to poll even without `on_ready` (timeouts, bookmarks); None for never.
    """

    on_ready: Callable[[], None] | None

    def poll(self, now: float) -> bytes | None: ...

    def next_wake(self, now: float) -> float | None: ...

    def close(self) -> None: ...


class Session(Protocol):
    """A two-way connection (exec, attach, port-forward) that the transport upgrades to: channels of bytes.

    `channels` names them by number: exec 0 stdin, 1 stdout, 2 stderr, 3 error, 4 resize; port-forward two per port.
    """

    on_ready: Callable[[], None] | None

    def write(self, channel: int, data: bytes) -> None: ...

    def close_channel(self, channel: int) -> None: ...

    def poll(self, now: float) -> list[tuple[int, bytes]] | None:
        """What is ready to be sent, as (channel, bytes); None when the session has ended."""

    def next_wake(self, now: float) -> float | None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class HttpResponse:
    """One response: `body`, or a `stream`, or a `session` to upgrade to. `revision`: the newest revision that it shows."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    stream: Stream | None = None
    session: Session | None = None
    revision: int = 0
    log: dict[str, Any] = field(default_factory=dict)
