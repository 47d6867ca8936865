"""Create: names, system fields, defaults, admission, strategy, validation, then the first revision of an object.

Models k8s.io/apiserver/pkg/endpoints/handlers/create.go and pkg/registry/rest/create.go.
"""

from typing import TYPE_CHECKING

from cluster_engine.apiserver import admit, allocation, managed, storage
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.objects import check_metadata, checked_namespace, dedup_owners, warn
from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError, already_exists, invalid
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

LONGEST_GENERATED = 63
SUFFIX = 5


def create(server: "APIServer", call: Call) -> Outcome:
    """Create `call.body`, which the call owns."""
    obj: Manifest = call.body
    name_object(server, call, obj)
    call.kind.default(obj)
    dedup_owners(obj, call.warnings)
    if call.patch_type != "apply":
        managed.on_create(server, call, obj)
    request = admit.request_for(server, call, "CREATE", obj, None)
    obj = own(admit.mutate(server, request) or obj)
    request.object = obj
    call.trace.passed("mutate", "admitted", server.stopwatch)
    if (allocate := allocation.CREATE.get(call.kind.name)) is not None:
        allocate(server, call, obj)
    prepare(call, obj)
    admit.judge(server, request)
    call.trace.passed("validate", "valid", server.stopwatch)
    if call.options.dry_run:
        _check_free(server, call, obj)
        return Outcome(201, manifest=obj)
    return Outcome(201, record=_store(server, call, obj))


def own(obj: Manifest) -> Manifest:
    """A top level and metadata that may be changed in place."""
    return {**obj, "metadata": {**obj["metadata"]}}


def name_object(server: "APIServer", call: Call, obj: Manifest) -> None:
    """Fill the metadata that the server owns, and the name when only its beginning was given."""
    meta = obj["metadata"]
    if meta.get("resourceVersion") and not call.options.dry_run:
        raise ApiError(500, "", "resourceVersion should not be set on objects to be created")
    checked_namespace(call, meta)
    for gone in ("deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"):
        meta.pop(gone, None)
    meta["uid"] = server.chance.uid()
    meta["creationTimestamp"] = timestamp(call.now)
    if not meta.get("name") and meta.get("generateName"):
        meta["name"] = meta["generateName"][: LONGEST_GENERATED - SUFFIX] + server.chance.suffix(SUFFIX)
    call.name = meta.get("name", "")


def prepare(call: Call, obj: Manifest) -> None:
    """The kind's strategy and all validation. Raises 422."""
    kind = call.kind
    if kind.has_generation:
        obj["metadata"]["generation"] = 1
    kind.prepare_create(obj, call.request())
    errors = check_metadata(kind, obj["metadata"])
    errors += kind.validate(obj)
    errors += kind.validate_create(obj)
    if errors:
        raise invalid(kind.error_group, kind.kind, obj["metadata"].get("name", ""), errors)
    warn(call, kind.warnings(obj, None))


def _store(server: "APIServer", call: Call, obj: Manifest) -> Record:
    _check_free(server, call, obj)
    return allocation.noted(server, call, storage.write(server, call, obj, None))


def _check_free(server: "APIServer", call: Call, obj: Manifest) -> None:
    """Raises 409 when an object of this name is there."""
    kind, meta = call.kind, obj["metadata"]
    old = server.store.get(kind.key(meta.get("namespace", ""), meta["name"]))
    if old is None:
        return
    error = already_exists(kind.group, kind.plural, meta["name"])
    if meta.get("generateName"):
        error.message += ", the server was not able to generate a unique name for the object"
        error.details = {**(error.details or {}), "retryAfterSeconds": 1}
    elif old.object["metadata"].get("deletionTimestamp"):
        error.message = f"object is being deleted: {error.message}"
    raise error
