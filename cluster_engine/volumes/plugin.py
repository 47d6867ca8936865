"""What a volume plugin is handed, and what it gives back.

Models pkg/volume/plugins.go.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cluster_engine.volumes.mount import Files

Manifest = dict[str, Any]
Find = Callable[[str, str], Manifest | None]


class NotReady(Exception):
    """The volume cannot be mounted yet; the message says why, as upstream words it. `expected`: it only takes its time."""

    def __init__(self, message: str, expected: bool = False) -> None:
        super().__init__(message)
        self.expected = expected


@dataclass(frozen=True, slots=True)
class Sources:
    """What plugins may look at. `field(path)` is the downward API; `token(audience, seconds)` asks for a service account's token."""

    config_map: Find
    secret: Find
    claim: Find
    volume: Callable[[str], Manifest | None]
    field: Callable[[str], str]
    resource: Callable[[Manifest], str]
    token: Callable[[str, int], str]
    attached: Callable[[Manifest], str]


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume that is ready to be mounted. `source` is equal where two mounts share what they hold. `limit` in bytes, 0 for none.

    `device`: what had to be attached to the node, as driver^handle; "" for nothing.
    """

    name: str
    source: str
    files: Files | None = None
    read_only: bool = False
    medium: str = ""
    limit: int = 0
    device: str = ""


class Entries:
    """Files from a function that gives them as they are now."""

    def __init__(self, entries: Callable[[], dict[str, bytes]]) -> None:
        self._entries = entries

    def names(self) -> list[str]:
        return sorted(self._entries())

    def read(self, name: str) -> bytes:
        return self._entries()[name]
