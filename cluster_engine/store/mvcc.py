"""The multi-version store: tentative writes in memory, made durable in batches, then told to watchers.

A write is applied to memory at once (so that the writer's next read sees it), gets the next revision, and waits in the
pending batch. `take_batch` hands the batch to whoever makes it durable (`Backend.append`, through Raft where there is one);
`confirm` publishes it to watchers; `roll_back` undoes everything that is not durable. Laws: revisions are gapless; no
watcher ever sees a revision that is not durable; after `roll_back` the store equals what the backend holds.
Models etcd's server/storage/mvcc/{kvstore,watchable_store}.go.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from cluster_engine.kernel.cause import NO_CAUSE, Cause
from cluster_engine.store.backend import Backend, BackendUnavailable, Batch, LeaseRow
from cluster_engine.store.record import Record

PARSED_FOR_WATCHERS = 500


class CompareFailed(Exception):
    """The key is not at the revision that the write expected. `current` is what stands there, None for nothing."""

    def __init__(self, current: Record | None) -> None:
        super().__init__("compare failed")
        self.current = current


class Compacted(Exception):
    """The revision asked for is older than the kept history. `revision` is the oldest that is left."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"required revision has been compacted; oldest is {revision}")
        self.revision = revision


class NotWritable(Exception):
    """The members of the store cannot agree on anything now; the text says why, as etcd words it."""


class FutureRevision(Exception):
    """The revision asked for does not exist yet."""


def segment(key: str) -> str:
    """The part of the tree that a key stands in: `pods` of /registry/pods/default/web-1; "" for the whole tree."""
    parts = key.split("/", 3)
    return parts[2] if len(parts) == 4 or (len(parts) == 3 and parts[2]) else ""


@dataclass(frozen=True, slots=True)
class Range:
    """The answer to a range read: `records` by key, `more` when the limit cut it, `count` of all that matched."""

    records: list[Record]
    revision: int
    more: bool = False
    count: int = 0


class Watch:
    """A stream of records under a prefix. Pull with `poll`; `on_ready` is called when there is something to pull.

    A watch that is not read holds references only to records of the shared log; when it falls behind the log it is
    cancelled (`compacted` is set), as etcd cancels a watcher whose revision was compacted.
    """

    def __init__(self, store: "Store", prefix: str, start: int, on_ready: Callable[[], None] | None) -> None:
        self._store, self.prefix, self.next_revision, self.on_ready = store, prefix, start, on_ready
        self.compacted = False
        self.closed = False
        self.behind = True

    def poll(self, limit: int = 0) -> list[Record]:
        """Records not pulled yet, oldest first. Raises Compacted when the log has moved past this watch."""
        found = self._store.log_since(self.next_revision, self.prefix, limit)
        self.behind = bool(limit) and len(found) == limit
        self.next_revision = (found[-1].revision if self.behind else self._store.durable_revision) + 1
        return found

    def close(self) -> None:
        self.closed = True
        self._store.forget_watch(self)


class Store:
    """One cluster's key-value store. Not thread-safe: one thread owns it."""

    def __init__(self, backend: Backend, window: int = 20_000) -> None:
        """`window`: how many revisions of the log stay in memory for watches; older ones are read from the backend.

        Where several members keep the store, `refusal()` says why nothing can be written now, and `agree(first, last)`
        replicates a batch's revisions to a majority or says why not; both answer "" for yes.
        """
        self.backend = backend
        self.refusal: Callable[[], str] = lambda: ""
        self.agree: Callable[[int, int], str] = lambda first, last: ""
        self._window = window
        self._watches: dict[str, dict[Watch, None]] = {}
        self.reload()

    def reload(self) -> None:
        """Forget all and read the backend."""
        loaded = self.backend.load()
        self.revision = self.durable_revision = loaded.revision
        self.compacted = loaded.compacted
        self._newest: dict[str, Record] = {r.key: r for r in loaded.records}
        self._keys: list[str] = sorted(self._newest)
        self._log: list[Record] = []
        self._replaced: deque[Record] = deque()
        self._log_start = loaded.revision + 1
        self._pending = Batch()
        self._in_flight = Batch()
        self._undo: list[tuple[str, Record | None]] = []
        self.leases: dict[int, LeaseRow] = {lease.id: lease for lease in loaded.leases}
        self._lease_keys: dict[int, set[str]] = {}
        for record in loaded.records:
            if record.lease:
                self._lease_keys.setdefault(record.lease, set()).add(record.key)

    # -- reading

    def get(self, key: str) -> Record | None:
        """The newest living record of `key`, durable or not."""
        return self._newest.get(key)

    def range(self, prefix: str, *, after: str = "", limit: int = 0, revision: int = 0) -> Range:
        """Living records under `prefix` with keys > `after`, newest (revision 0) or as of a past revision.

        Raises Compacted or FutureRevision.
        """
        if revision and revision != self.revision:
            return self._past_range(prefix, after, limit, revision)
        first, last = self._bounds(prefix, after)
        stop = min(last, first + limit) if limit else last
        return Range([self._newest[k] for k in self._keys[first:stop]], self.revision, stop < last, last - first)

    def count(self, prefix: str) -> int:
        first, last = self._bounds(prefix, "")
        return last - first

    def _bounds(self, prefix: str, after: str) -> tuple[int, int]:
        first = bisect_left(self._keys, after + "\0") if after else bisect_left(self._keys, prefix)
        return first, bisect_left(self._keys, prefix + "\U0010ffff", lo=first)

    def _past_range(self, prefix: str, after: str, limit: int, revision: int) -> Range:
        if revision > self.revision:
            raise FutureRevision(revision)
        if revision < self.compacted:
            raise Compacted(self.compacted)
        records = [r for r in self._as_of(prefix, revision) if r.key > after]
        cut = records[:limit] if limit else records
        return Range(cut, revision, len(cut) < len(records), len(records))

    def _as_of(self, prefix: str, revision: int) -> list[Record]:
        """Undo the log newest first while it reaches far enough; else ask the backend."""
        if revision + 1 < self._log_start:
            return self.backend.at(prefix, revision)
        first, last = self._bounds(prefix, "")
        state: dict[str, Record | None] = {k: self._newest[k] for k in self._keys[first:last]}
        for record in self._recent(revision):
            if record.key.startswith(prefix):
                state[record.key] = record.previous if record.previous_revision else None
        return [state[k] for k in sorted(state) if state[k] is not None]  # type: ignore[misc]

    def _recent(self, revision: int) -> list[Record]:
        """Records after `revision`, newest first, durable or not."""
        found = [*self._log, *self._in_flight.records, *self._pending.records]
        return [r for r in reversed(found) if r.revision > revision]

    # -- writing

    def put(
        self, key: str, value: bytes, *, expected: int | None = None, object: object = None, cause: Cause = NO_CAUSE, now: float = 0.0, lease: int = 0
    ) -> Record:
        """Write `key`. `expected`: the revision it must be at (0: must not exist; None: any). Raises CompareFailed.

        The record's revision is `self.revision + 1` as it was before the call, so a caller may embed it in `value`.
        """
        self._check_writable()
        old = self._newest.get(key)
        self._compare(old, expected)
        record = Record(
            self.revision + 1, key, value, create_revision=old.create_revision if old else self.revision + 1,
            previous_revision=old.revision if old else 0, version=old.version + 1 if old else 1,
            time=now, cause=cause, lease=lease, previous=old, object=object,
        )  # fmt: skip
        if old is None:
            insort(self._keys, key)
        self._attach(record, old)
        self._newest[key] = record
        self._add(record, old)
        return record

    def delete(self, key: str, *, expected: int | None = None, cause: Cause = NO_CAUSE, now: float = 0.0) -> Record:
        """Delete `key`. Raises CompareFailed when it is not there or not at `expected`."""
        self._check_writable()
        old = self._newest.get(key)
        self._compare(old, expected)
        if old is None:
            raise CompareFailed(None)
        record = Record(
            self.revision + 1, key, None, create_revision=old.create_revision, previous_revision=old.revision,
            version=0, time=now, cause=cause, previous=old,
        )  # fmt: skip
        del self._newest[key]
        del self._keys[bisect_left(self._keys, key)]
        if old.lease:
            self._lease_keys.get(old.lease, set()).discard(key)
        self._add(record, old)
        return record

    def _check_writable(self) -> None:
        if why := self.refusal():
            raise NotWritable(why)

    @staticmethod
    def _compare(old: Record | None, expected: int | None) -> None:
        if expected is not None and (old.revision if old else 0) != expected:
            raise CompareFailed(old)

    def _attach(self, record: Record, old: Record | None) -> None:
        if old is not None and old.lease:
            self._lease_keys.get(old.lease, set()).discard(record.key)
        if record.lease:
            self._lease_keys.setdefault(record.lease, set()).add(record.key)

    def _add(self, record: Record, old: Record | None) -> None:
        self.revision = record.revision
        self._pending.records.append(record)
        self._undo.append((record.key, old))

    # -- durability

    @property
    def has_pending(self) -> bool:
        return bool(self._pending)

    def take_batch(self) -> tuple[int, Batch]:
        """The revision that the log must be at and what is to be appended. One batch is in flight at a time."""
        if self._in_flight:
            raise RuntimeError("a batch is already in flight")
        self._in_flight, self._pending = self._pending, Batch()
        return self.durable_revision, self._in_flight

    def disagreement(self) -> str:
        """Let the members agree on the batch in flight; "" when a majority has it, else why it must be rolled back."""
        records = self._in_flight.records
        return self.agree(records[0].revision, records[-1].revision) if records else ""

    def confirm(self) -> list[Record]:
        """The batch in flight is durable: publish it. Returns its records."""
        records = self._in_flight.records
        self._in_flight = Batch()
        self._publish(records)
        del self._undo[: len(records)]
        return records

    def roll_back(self) -> None:
        """Undo every write that is not durable, in flight or pending."""
        for key, old in reversed(self._undo):
            if old is None:
                self._newest.pop(key, None)
                del self._keys[bisect_left(self._keys, key)]
                continue
            if key not in self._newest:
                insort(self._keys, key)
            self._newest[key] = old
        self._undo.clear()
        self._pending, self._in_flight = Batch(), Batch()
        self.revision = self.durable_revision

    def catch_up(self) -> list[Record]:
        """Take in what other processes have written. Call with nothing pending or in flight."""
        records = self.backend.since(self.durable_revision)
        for record in records:
            old = self._newest.get(record.key)
            record.previous = old
            if record.deleted:
                if self._newest.pop(record.key, None) is not None:
                    del self._keys[bisect_left(self._keys, record.key)]
            else:
                if old is None:
                    insort(self._keys, record.key)
                self._newest[record.key] = record
            self.revision = record.revision
        self._publish(records)
        return records

    def flush(self) -> list[Record]:
        """Make pending writes durable in this thread. Raises Stale or BackendUnavailable, then nothing has changed for good."""
        if not self._pending:
            return []
        expected, batch = self.take_batch()
        try:
            if why := self.disagreement():
                raise BackendUnavailable(why)
            self.backend.append(expected, batch)
        except Exception:
            self.roll_back()
            raise
        return self.confirm()

    def _publish(self, records: list[Record]) -> None:
        if not records:
            return
        for record in records:
            if record.previous is not None and not record.deleted:
                record.previous.drop_object()
        self._log.extend(records)
        self.durable_revision = records[-1].revision
        self._notify({segment(r.key) for r in records})  # before trimming, which lets those who are not behind skip ahead
        if len(self._log) > self._window + self._window // 4:
            self._trim(len(self._log) - self._window)

    def _notify(self, changed: set[str]) -> None:
        """Tell those who watch the part of the tree in which something changed."""
        for name in (*changed, ""):
            for watch in tuple(self._watches.get(name, ())):
                watch.behind = True
                if watch.on_ready is not None:
                    watch.on_ready()

    def _trim(self, count: int) -> None:
        """Let the oldest `count` records of the log go from memory; the backend keeps them."""
        for record in self._log[:count]:
            record.previous = None
        for watch in self.watchers:
            if not watch.behind:  # nothing has come for it since it looked last
                watch.next_revision = self.durable_revision + 1
        self._log_start = self._log[count - 1].revision + 1
        del self._log[:count]

    # -- watching

    def watch(self, prefix: str, start: int, on_ready: Callable[[], None] | None = None) -> Watch:
        """Watch `prefix` from revision `start` (inclusive). Raises Compacted when `start` is no longer kept."""
        if start <= self.compacted:
            raise Compacted(self.compacted)
        watch = Watch(self, prefix, start, on_ready)
        self._watches.setdefault(segment(prefix), {})[watch] = None
        return watch

    def forget_watch(self, watch: Watch) -> None:
        self._watches.get(segment(watch.prefix), {}).pop(watch, None)

    @property
    def watchers(self) -> list[Watch]:
        return [watch for watches in self._watches.values() for watch in watches]

    def log_since(self, start: int, prefix: str = "", limit: int = 0) -> list[Record]:
        """Durable records from revision `start` on under `prefix`. Raises Compacted."""
        if start > self.durable_revision:
            return []
        if start <= self.compacted:
            raise Compacted(self.compacted)
        if start < self._log_start:
            found: list[Record] = [r for r in self.backend.since(start - 1) if r.revision <= self.durable_revision]
        else:
            found = self._log[start - self._log_start :]
        matching = [r for r in found if r.key.startswith(prefix)] if prefix else found
        return matching[:limit] if limit else matching

    # -- leases and compaction

    def grant(self, lease_id: int, ttl: float, now: float) -> LeaseRow:
        """Make or renew a lease of `ttl` seconds."""
        lease = LeaseRow(lease_id, ttl, now + ttl)
        self.leases[lease_id] = lease
        self._pending.leases.append(lease)
        return lease

    def revoke(self, lease_id: int, now: float, cause: Cause = NO_CAUSE) -> list[Record]:
        """End a lease and delete the keys attached to it."""
        self.leases.pop(lease_id, None)
        self._pending.revoked.append(lease_id)
        return [self.delete(k, cause=cause, now=now) for k in sorted(self._lease_keys.pop(lease_id, ()))]

    def expire_leases(self, now: float, cause: Cause = NO_CAUSE) -> list[Record]:
        """Revoke every lease that has run out."""
        due = [lease.id for lease in self.leases.values() if lease.expires <= now]
        return [record for lease_id in due for record in self.revoke(lease_id, now, cause)]

    def next_expiry(self) -> float | None:
        return min((lease.expires for lease in self.leases.values()), default=None)

    def compact(self, revision: int) -> None:
        """Forget history before `revision`: ranges and watches there raise Compacted from now on."""
        if revision > self.durable_revision:
            raise FutureRevision(revision)
        if revision <= self.compacted:
            return
        self.backend.compact(revision)
        self.compacted = revision
        if forgotten := sum(1 for r in self._log if r.revision <= revision):
            self._trim(forgotten)
