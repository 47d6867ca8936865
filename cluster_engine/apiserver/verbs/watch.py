"""Watch: what happens to a collection from a revision on, as events; with a selector, objects enter and leave.

Models k8s.io/apiserver/pkg/endpoints/handlers/watch.go and pkg/storage/cacher. A stream holds no copies: it points into the
store's log, so a reader that stalls costs nothing and is told 410 when the log has moved past it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cluster_engine.apiserver import storage
from cluster_engine.apiserver.call import Call
from cluster_engine.apiserver.query import parse_revision, unreadable_revision
from cluster_engine.apiserver.selection import Selection, select
from cluster_engine.machinery.api import WatchEvent
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError, gone
from cluster_engine.store.mvcc import Compacted, Watch
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

INITIAL_END = "k8s.io/initial-events-end"
BOOKMARK_EVERY = 60.0
BOOKMARK_BEFORE_END = 2.0
DEFAULT_TIMEOUT = 1800
PULL = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One event before it is written out: `record` holds its bytes where `manifest` is None."""

    type: str
    record: Record | None
    manifest: Manifest | None = None

    @property
    def object(self) -> Manifest:
        return self.manifest if self.manifest is not None else self.record.object  # type: ignore[union-attr]


class Changes:
    """A pull stream of changes to one collection, filtered. Raises ApiError 410 when it fell behind."""

    def __init__(self, watch: Watch, selection: Selection | None, first: Iterable[Change]) -> None:
        self._watch, self._selection, self._first = watch, selection, list(first)

    def poll(self, limit: int = PULL) -> list[Change]:
        """What is new, oldest first."""
        found, self._first = self._first, []
        try:
            records = self._watch.poll(limit)
        except Compacted as error:
            raise gone(f"too old resource version: {self._watch.next_revision} ({error.revision})") from None
        if self._selection is None:
            return found + [_plain(r) for r in records]
        return found + [c for r in records if (c := self._selected(r)) is not None]

    def _selected(self, record: Record) -> Change | None:
        """What a record is to a watcher who sees only what matches: leaving the selection looks like a deletion."""
        assert self._selection is not None
        before = record.previous is not None and self._selection.matches(record.previous.object)
        if record.deleted:
            return Change("DELETED", None, storage.last_state(record)) if before else None
        after = self._selection.matches(record.object)
        if after:
            return Change("MODIFIED" if before and record.previous_revision else "ADDED", record)
        return Change("DELETED", None, storage.last_state(record)) if before else None

    @property
    def revision(self) -> int:
        """Up to where this stream has seen everything."""
        return self._watch.next_revision - 1

    def close(self) -> None:
        self._watch.close()


def _plain(record: Record) -> Change:
    if record.deleted:
        return Change("DELETED", None, storage.last_state(record))
    return Change("MODIFIED" if record.previous_revision else "ADDED", record)


def open_watch(server: "APIServer", call: Call, on_ready: Callable[[], None] | None = None) -> tuple[Changes, bool]:
    """Begin to watch; the flag says whether the stream began with the objects that are there."""
    selection, prefix = select(call), call.kind.prefix(call.namespace)
    start, initial = _start(server, call)
    if not initial and start < (oldest := server.custom.served_since(call.kind)):
        raise gone(f"too old resource version: {start} ({oldest})")
    try:
        watch = server.store.watch(prefix, start + 1, on_ready)
    except Compacted as error:
        raise gone(f"too old resource version: {start} ({error.revision})") from None
    first = _present(server, selection, prefix) if initial else []
    return Changes(watch, selection, first), initial


def _start(server: "APIServer", call: Call) -> tuple[int, bool]:
    """The revision after which events come, and whether what is there comes first."""
    options, durable = call.options, server.store.durable_revision
    try:
        revision = parse_revision(options.resource_version)
    except ValueError as error:
        raise unreadable_revision(error) from None
    if options.send_initial_events is False:
        return (revision or durable), False
    if revision == 0 or options.send_initial_events:
        return durable, True
    return revision, False


def _present(server: "APIServer", selection: Selection | None, prefix: str) -> list[Change]:
    """Everything there as of the durable revision, as ADDED."""
    store = server.store
    found = store.range(prefix, revision=store.durable_revision) if store.durable_revision else None
    records = found.records if found is not None else []
    return [Change("ADDED", r) for r in records if selection is None or selection.matches(r.object)]


class ClientStream:
    """A watch by a component inside the process: manifests, no text."""

    def __init__(self, changes: Changes, closed: Callable[[], None], tell: Callable[[list[WatchEvent]], None]) -> None:
        self._changes, self._closed, self._tell = changes, closed, tell

    def poll(self) -> list[WatchEvent]:
        events = [_event(c) for c in self._changes.poll(limit=0)]
        if events:
            self._tell(events)
        return events

    def close(self) -> None:
        self._changes.close()
        self._closed()


def _event(change: Change) -> WatchEvent:
    record = change.record
    if record is None:
        manifest = change.object
        return WatchEvent(change.type, manifest, int(manifest["metadata"]["resourceVersion"]))
    return WatchEvent(change.type, record.object, record.revision)  # informers know what was there before


def expired_event(error: ApiError) -> Manifest:
    """The event that ends a watch which cannot go on: the client has to list again."""
    return {"type": "ERROR", "object": error.status()}
