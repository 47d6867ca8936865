"""A mount: where a volume appears in a container, and what is seen there."""

from dataclasses import dataclass
from typing import Protocol


class Files(Protocol):
    """What a mount shows: file names relative to the mount, read when opened. None: a plain, writable directory."""

    def names(self) -> list[str]: ...

    def read(self, name: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume in a container. `source` says which volume, so that containers of a pod share what they write."""

    path: str
    source: str
    read_only: bool = False
    files: Files | None = None
    sub_path: str = ""
    medium: str = ""
    limit: int = 0
    mode: int = 0o755
