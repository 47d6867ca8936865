"""Objects to and from the store: their bytes, their keys, and what a failed comparison means to a client.

Models k8s.io/apiserver/pkg/storage/etcd3/store.go. The bytes of an object are its whole JSON with the revision that its
write gets already inside, so that reads hand them out untouched.
"""

from typing import TYPE_CHECKING, Any

import orjson

from cluster_engine.apiserver.call import Call
from cluster_engine.kernel.cause import Cause
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import MODIFIED, ApiError, conflict, not_found
from cluster_engine.resources.kind import Kind
from cluster_engine.store.mvcc import CompareFailed, NotWritable, Store
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

LARGEST_OBJECT = 1_572_864
EVENT_TTL = 3600.0
EVENT_LEASE_SPAN = 60
EVENTS_PREFIX = "events"


def encode(manifest: Manifest, revision: int) -> tuple[bytes, Manifest]:
    """The stored bytes of a manifest at a revision, and the manifest as it reads back. `kind` and `apiVersion` come first."""
    metadata = {**manifest["metadata"], "resourceVersion": str(revision)}
    stored: Manifest = {"kind": manifest["kind"], "apiVersion": manifest["apiVersion"], "metadata": metadata}
    for key, value in manifest.items():
        if key not in stored:
            stored[key] = value
    return orjson.dumps(stored), stored


def find(server: "APIServer", kind: Kind, namespace: str, name: str) -> Record:
    """The newest record of an object. Raises 404."""
    record = server.store.get(kind.key(namespace, name))
    if record is None:
        raise not_found(kind.group, kind.plural, name)
    return record


def write(server: "APIServer", call: Call, manifest: Manifest, old: Record | None) -> Record:
    """Store `manifest` where `old` stands now. Raises ApiError when somebody else wrote first or it is too large."""
    store, kind, meta = server.store, call.kind, manifest["metadata"]
    data, stored = encode(manifest, store.revision + 1)
    if len(data) > LARGEST_OBJECT:
        raise ApiError(500, "", "etcdserver: request is too large")
    key = kind.key(meta.get("namespace", ""), meta["name"])
    lease = _event_lease(store, call.now) if kind.storage_prefix == EVENTS_PREFIX else 0
    try:
        record = store.put(key, data, expected=old.revision if old else 0, object=stored, cause=cause_of(call), now=call.now, lease=lease)
    except CompareFailed as failed:
        raise changed_meanwhile(kind, meta["name"], failed) from None
    except NotWritable as error:
        raise ApiError(500, "", str(error)) from None
    _note(server, call, record)
    hear = server.extensions.written.get(kind.name)
    if hear is not None:
        hear(call, record)
    return record


def remove(server: "APIServer", call: Call, old: Record) -> Record:
    """Delete what stands at `old`."""
    try:
        record = server.store.delete(old.key, expected=old.revision, cause=cause_of(call), now=call.now)
    except CompareFailed as failed:
        raise changed_meanwhile(call.kind, call.name, failed) from None
    except NotWritable as error:
        raise ApiError(500, "", str(error)) from None
    _note(server, call, record)
    return record


def _note(server: "APIServer", call: Call, record: Record) -> None:
    trace = call.trace
    trace.passed("store", "written", server.stopwatch)
    trace.before, trace.after, trace.revision = record.previous, record, record.revision


def changed_meanwhile(kind: Kind, name: str, failed: CompareFailed) -> ApiError:
    if failed.current is None:
        return not_found(kind.group, kind.plural, name)
    return conflict(kind.group, kind.plural, name, MODIFIED)


def cause_of(call: Call) -> Cause:
    verb = f"{call.verb} {call.subresource}" if call.subresource else call.verb
    return Cause(call.component, call.user.name, verb, call.why, call.because, call.trace.id)


def _event_lease(store: Store, now: float) -> int:
    """Events of the same minute share a lease, which deletes them an hour later."""
    lease = int(now // EVENT_LEASE_SPAN) + 1
    if lease not in store.leases:
        store.grant(lease, EVENT_TTL + EVENT_LEASE_SPAN, now)
    return lease


def last_state(record: Record) -> Manifest:
    """The last living state of a deleted object, at the revision of its deletion, as watchers see it."""
    previous: Any = record.previous.object if record.previous is not None else {"metadata": {}}
    return {**previous, "metadata": {**previous["metadata"], "resourceVersion": str(record.revision)}}


def converted(kind: Kind, manifest: Manifest, version: str) -> Manifest:
    """A stored manifest in a served version; the same object where they do not differ."""
    conversion = kind.conversions.get(version)
    return conversion.from_storage(manifest) if conversion is not None else manifest
