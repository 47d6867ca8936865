"""A node's log: a snapshot of the past, and the entries after it. Models etcd-io/raft log.go."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cluster_engine.raft.messages import Entry, Snapshot


@dataclass(slots=True)
class Log:
    """Entries from `snapshot.index + 1` on. Law: terms never fall along the log."""

    snapshot: Snapshot
    entries: list[Entry] = field(default_factory=list)

    @property
    def first(self) -> int:
        return self.snapshot.index + 1

    @property
    def last(self) -> int:
        return self.snapshot.index + len(self.entries)

    @property
    def last_term(self) -> int:
        return self.entries[-1].term if self.entries else self.snapshot.term

    def term(self, index: int) -> int | None:
        """The term at `index`; None where it is compacted away or not there yet."""
        if index == self.snapshot.index:
            return self.snapshot.term
        if self.first <= index <= self.last:
            return self.entries[index - self.first].term
        return None

    def after(self, index: int, limit: int = 0) -> tuple[Entry, ...]:
        """Entries after `index`, at most `limit` (0: all)."""
        found = self.entries[max(index - self.snapshot.index, 0) :]
        return tuple(found[:limit] if limit else found)

    def between(self, after: int, last: int) -> tuple[Entry, ...]:
        return tuple(self.entries[after - self.snapshot.index : last - self.snapshot.index])

    def is_newer_than(self, index: int, term: int) -> bool:
        """Whether this log is more up to date than one that ends with (index, term)."""
        return (self.last_term, self.last) > (term, index)

    def append(self, entries: Sequence[Entry]) -> int:
        """Take over a leader's entries, dropping what contradicts them; returns the first index that changed, 0 for none."""
        for position, entry in enumerate(entries):
            known = self.term(entry.index)
            if known == entry.term or entry.index <= self.snapshot.index:
                continue
            del self.entries[entry.index - self.first :]
            self.entries.extend(entries[position:])
            return entry.index
        return 0

    def compact(self, snapshot: Snapshot) -> None:
        """Replace entries up to the snapshot's index."""
        kept = self.after(snapshot.index) if self.term(snapshot.index) == snapshot.term else ()
        self.snapshot = snapshot
        self.entries = list(kept)
