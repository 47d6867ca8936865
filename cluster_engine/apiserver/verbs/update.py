"""Update: replace an object, or the part that a subresource may change, if nobody changed it meanwhile.

Models k8s.io/apiserver/pkg/endpoints/handlers/update.go and pkg/registry/{rest/update.go,generic/registry/store.go}.
"""

from typing import TYPE_CHECKING

from cluster_engine.apiserver import admit, allocation, managed, storage
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.objects import check_metadata_update, checked_namespace, dedup_owners, keep_system_fields, warn
from cluster_engine.apiserver.verbs.create import create, own
from cluster_engine.machinery.field import invalid as invalid_field
from cluster_engine.machinery.field import quoted
from cluster_engine.machinery.manifest import Manifest, at, changed, without
from cluster_engine.machinery.status import MODIFIED, ApiError, bad_request, conflict, invalid, not_found
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer


def update(server: "APIServer", call: Call) -> Outcome:
    """Replace the object by `call.body`, which the call owns."""
    check_name(call)
    old = server.store.get(call.kind.key(call.namespace, call.name))
    if old is None:
        if call.kind.allow_create_on_update and not call.subresource:
            call.verb = "create"
            call.body["metadata"].pop("resourceVersion", None)
            return create(server, call)
        raise not_found(call.kind.group, call.kind.plural, call.name)
    if not call.trusted:
        call.kind.default(call.body)
    return replace(server, call, old, call.body)


def check_name(call: Call) -> None:
    """The name and namespace in the body must be those of the URL."""
    meta = call.body["metadata"]
    name = meta.get("name", "")
    if not name:
        raise bad_request(f"the name of the object ({call.name} based on URL) was undeterminable: name must be provided")
    if name != call.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({call.name})")
    checked_namespace(call, meta)


def replace(server: "APIServer", call: Call, old: Record, new: Manifest) -> Outcome:
    """Make `new` the next state after `old`; a change of nothing writes nothing."""
    before: Manifest = old.object
    check_version(call, old, new)
    dedup_owners(new, call.warnings)
    new = keep_parts(call, own(new), before)
    if call.patch_type != "apply":
        managed.on_update(server, call, before, new)
    request = admit.request_for(server, call, "UPDATE", new, before)
    admitted = admit.mutate(server, request) or new
    new = admitted if admitted is new else own(admitted)
    request.object = new
    call.trace.passed("mutate", "admitted", server.stopwatch)
    if not call.subresource and (allocate := allocation.UPDATE.get(call.kind.name)) is not None:
        allocate(server, call, new, before)
    prepare(call, new, before)
    admit.judge(server, request)
    call.trace.passed("validate", "valid", server.stopwatch)
    return finish(server, call, old, new)


def finish(server: "APIServer", call: Call, old: Record, new: Manifest) -> Outcome:
    """Write the new state, or delete the object when its last finalizer has gone."""
    if same(new, old.object):
        return Outcome(record=old)
    if call.options.dry_run:
        return Outcome(manifest=new)
    if ends(new):
        server.gone(call, old)
        return Outcome(manifest=new)
    return Outcome(record=allocation.noted(server, call, storage.write(server, call, new, old)))


def ends(new: Manifest) -> bool:
    """Whether an object that is being deleted has nothing left to wait for."""
    meta = new["metadata"]
    return bool(meta.get("deletionTimestamp")) and not meta.get("finalizers") and not meta.get("deletionGracePeriodSeconds") and not at(new, "spec.finalizers")


def same(new: Manifest, before: Manifest) -> bool:
    """Whether nothing but the times of managed fields differs."""
    if any(new.get(k) != before.get(k) for k in new.keys() | before.keys() if k != "metadata"):
        return False
    mine, theirs = new["metadata"], before["metadata"]
    if any(mine.get(k) != theirs.get(k) for k in mine.keys() | theirs.keys() if k not in ("managedFields", "resourceVersion")):
        return False
    return _untimed(mine.get("managedFields")) == _untimed(theirs.get("managedFields"))


def _untimed(entries: list[Manifest] | None) -> list[Manifest]:
    return [{k: v for k, v in e.items() if k != "time"} for e in entries or ()]


def check_version(call: Call, old: Record, new: Manifest) -> None:
    """Compare resourceVersion and uid with what stands there. Raises 409."""
    kind, meta = call.kind, new["metadata"]
    version, uid = meta.get("resourceVersion"), meta.get("uid")
    if uid and uid != old.object["metadata"]["uid"] and not call.patch_type:
        raise conflict(kind.group, kind.plural, call.name, _other_uid(old, uid))
    if version and not version.isdigit():
        raise ApiError(500, "", f"strconv.ParseUint: parsing {quoted(version)}: invalid syntax")
    if version and version != "0":
        if version != old.object["metadata"]["resourceVersion"]:
            raise conflict(kind.group, kind.plural, call.name, MODIFIED)
    elif not kind.allow_unconditional_update and not call.patch_type and call.subresource != "scale":
        error = invalid(kind.group, kind.plural, call.name, [invalid_field("metadata.resourceVersion", 0, "must be specified for an update")])
        raise error


def _other_uid(old: Record, uid: str) -> str:
    found = old.object["metadata"]["uid"]
    return (
        f"StorageError: invalid object, Code: 4, Key: {old.key}, ResourceVersion: 0, AdditionalErrorMsg: "
        f"Precondition failed: UID in precondition: {uid}, UID in object meta: {found}"
    )


def keep_parts(call: Call, new: Manifest, before: Manifest) -> Manifest:
    """Restore what this path may not change: system fields always, the rest by subresource."""
    keep_system_fields(new["metadata"], before["metadata"])
    subresource = call.kind.subresources.get(call.subresource) if call.subresource else None
    if subresource is not None:
        for path in subresource.reset:
            kept = at(before, path)
            new = without(new, path) if kept is None else changed(new, path, kept)
        if call.subresource == "status":
            new["metadata"] = _status_metadata(new["metadata"], before["metadata"])
    elif "status" in call.kind.subresources:
        new.pop("status", None)
        if "status" in before:
            new["status"] = before["status"]
    return new


def _status_metadata(meta: Manifest, before: Manifest) -> Manifest:
    """Through status, metadata may change only where upstream's strategies let it: not deletion, owners and generation."""
    kept = dict(meta)
    for key in ("deletionTimestamp", "ownerReferences"):
        if key in before:
            kept[key] = before[key]
        else:
            kept.pop(key, None)
    return kept


def prepare(call: Call, new: Manifest, before: Manifest) -> None:
    """The kind's strategy and all validation. Raises 422."""
    kind, request = call.kind, call.request()
    subresource = kind.subresources.get(call.subresource) if call.subresource else None
    if subresource is not None:
        subresource.prepare(new, before, request)
    else:
        kind.prepare_update(new, before, request)
    if kind.has_generation:
        rises = call.subresource != "status" and kind.new_generation(new, before)
        new["metadata"]["generation"] = before["metadata"].get("generation", 1) + rises
    errors = check_metadata_update(kind, new["metadata"], before["metadata"])
    if subresource is not None:
        errors += subresource.validate(new, before)
    else:
        errors += kind.validate(new)
        errors += kind.validate_update(new, before)
    if errors:
        raise invalid(kind.error_group, kind.kind, new["metadata"]["name"], errors)
    if subresource is None:
        warn(call, kind.warnings(new, before))
