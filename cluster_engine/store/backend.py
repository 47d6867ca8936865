"""Where revisions are kept for good: the interface of a backend, and the one that keeps them in memory.

A backend is one cluster's append-only log. `append` is all-or-nothing and refuses (`Stale`) when the log's head is not
`expected_revision`: the compare-and-swap between processes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cluster_engine.store.record import Record


class Stale(Exception):
    """Another process has written since; catch up and try again."""


class BackendUnavailable(Exception):
    """The database did not answer; nothing was written."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a backend knows at start: the newest record of each living key, the head revision and the compacted one."""

    records: Sequence[Record]
    revision: int
    compacted: int = 0
    leases: Sequence["LeaseRow"] = ()


@dataclass(frozen=True, slots=True)
class LeaseRow:
    id: int
    ttl: float
    expires: float


@dataclass(slots=True)
class Batch:
    """Records and lease changes that become durable together."""

    records: list[Record] = field(default_factory=list)
    leases: list[LeaseRow] = field(default_factory=list)
    revoked: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.records or self.leases or self.revoked)


class Backend(Protocol):
    def load(self) -> Loaded: ...

    def append(self, expected_revision: int, batch: Batch) -> None:
        """Write `batch` after `expected_revision`. Raises Stale or BackendUnavailable; then nothing is written."""

    def since(self, revision: int, limit: int = 0) -> list[Record]:
        """Records after `revision` in order, at most `limit` (0: all)."""

    def at(self, prefix: str, revision: int) -> list[Record]:
        """The living records under `prefix` as of `revision`, by key."""

    def versions(self, key: str) -> list[Record]:
        """Every kept record of `key`, oldest first."""

    def compact(self, revision: int) -> None:
        """Forget what no range at or after `revision` can see."""


class MemoryBackend:
    """A backend without a database, for scenarios and tests."""

    def __init__(self) -> None:
        self.log: list[Record] = []
        self.compacted = 0
        self._leases: dict[int, LeaseRow] = {}

    def load(self) -> Loaded:
        head = self.log[-1].revision if self.log else self.compacted
        return Loaded(self.at("", head), head, self.compacted, tuple(self._leases.values()))

    def append(self, expected_revision: int, batch: Batch) -> None:
        head = self.log[-1].revision if self.log else self.compacted
        if head != expected_revision:
            raise Stale(f"head is {head}, not {expected_revision}")
        self.log.extend(batch.records)
        self._leases.update((lease.id, lease) for lease in batch.leases)
        for lease_id in batch.revoked:
            self._leases.pop(lease_id, None)

    def since(self, revision: int, limit: int = 0) -> list[Record]:
        found = list(self._from(revision))
        return found[:limit] if limit else found

    def _from(self, revision: int) -> Iterable[Record]:
        return (r for r in self.log if r.revision > revision)

    def at(self, prefix: str, revision: int) -> list[Record]:
        newest: dict[str, Record] = {}
        for record in self.log:
            if record.revision <= revision and record.key.startswith(prefix):
                newest[record.key] = record
        return [newest[k] for k in sorted(newest) if not newest[k].deleted]

    def versions(self, key: str) -> list[Record]:
        return [r for r in self.log if r.key == key]

    def compact(self, revision: int) -> None:
        kept: dict[str, Record] = {}
        for record in self.log:
            if record.revision <= revision:
                kept[record.key] = record
        alive = sorted((r for r in kept.values() if not r.deleted), key=lambda r: r.revision)
        newer = list(self._from(revision))
        self.compacted = max(self.compacted, revision)
        self.log = alive + newer
