"""Patch: a JSON, merge or strategic merge patch, or server-side apply, on the newest state of an object.

Models k8s.io/apiserver/pkg/endpoints/handlers/patch.go. The patch works on the version that the client speaks; the result
is decoded like any body, so that a patch cannot bring in what an update could not.
"""

from typing import TYPE_CHECKING, Any

from cluster_engine.apiserver import body, managed, storage
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.verbs.create import create
from cluster_engine.apiserver.verbs.update import check_name, replace
from cluster_engine.machinery.manifest import Manifest, private
from cluster_engine.machinery.patch import json_patch, merge_patch, strategic
from cluster_engine.machinery.status import bad_request, conflict
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer


def patch(server: "APIServer", call: Call) -> Outcome:
    """Patch the object, or create it by server-side apply."""
    if call.patch_type == "apply":
        return apply(server, call)
    old = storage.find(server, call.kind, call.namespace, call.name)
    current = storage.converted(call.kind, old.object, call.version)
    patched = body.decode_patched(server, call, _patched(server, call, current))
    return _replace(server, call, old, patched)


def _patched(server: "APIServer", call: Call, current: Manifest) -> Any:
    if call.patch_type == "json":
        return json_patch.apply(current, call.body)
    if call.patch_type == "merge":
        return merge_patch.apply(current, call.body)
    return strategic.apply(current, call.body, server.schemas.shape(call.kind.group, call.version, call.kind.kind))


def _replace(server: "APIServer", call: Call, old: Record, patched: Manifest) -> Outcome:
    call.body = body.to_storage(call, patched)
    check_name(call)
    if not (call.trusted and call.subresource):
        call.kind.default(call.body)
    return replace(server, call, old, call.body)


def apply(server: "APIServer", call: Call) -> Outcome:
    """Server-side apply: the manifest says all that this manager wants, and nothing else."""
    old = server.store.get(call.kind.key(call.namespace, call.name))
    wanted: Manifest = call.body
    named = wanted.get("metadata") or {}
    if not named.get("name"):
        raise bad_request(f"the name of the object ({call.name} based on URL) was undeterminable: name must be provided")
    if old is None and not call.subresource:
        return _create(server, call, wanted)
    old = old or storage.find(server, call.kind, call.namespace, call.name)
    live = storage.converted(call.kind, old.object, call.version)
    merged = _fields(server, call, live, wanted)
    typed = live if merged is None else body.decode_patched(server, call, merged)
    return _replace(server, call, old, private(typed))


def _create(server: "APIServer", call: Call, wanted: Manifest) -> Outcome:
    empty: Manifest = {"apiVersion": wanted["apiVersion"], "kind": wanted["kind"], "metadata": {}}
    if uid := (wanted.get("metadata") or {}).get("uid"):
        why = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
        raise conflict(call.kind.group, call.kind.plural, call.name, why)
    merged = _fields(server, call, empty, wanted)
    call.body = body.to_storage(call, private(body.decode_patched(server, call, wanted if merged is None else merged)))
    call.body["metadata"].pop("resourceVersion", None)
    call.verb = "create"
    check_name(call)
    return create(server, call)


def _fields(server: "APIServer", call: Call, live: Manifest, wanted: Manifest) -> Manifest | None:
    fields = managed.field_manager(server, call)
    return fields.on_apply(live, wanted, call.manager, call.now, call.options.force, call.subresource)
