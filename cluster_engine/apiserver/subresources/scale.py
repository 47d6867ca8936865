"""Scale: one small object in front of every workload, so that an autoscaler need not know its kind.

Models pkg/registry/apps/deployment/storage/storage.go (ScaleREST) and k8s.io/api/autoscaling/v1 Scale.
"""

from typing import TYPE_CHECKING, Any

from cluster_engine.apiserver import admit, body, managed, storage
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.subresources import scale_fields
from cluster_engine.apiserver.verbs.create import own
from cluster_engine.apiserver.verbs.update import check_name, check_version, finish
from cluster_engine.machinery import field, selectors
from cluster_engine.machinery.manifest import Manifest, at, changed
from cluster_engine.machinery.patch import json_patch, merge_patch, strategic
from cluster_engine.machinery.status import bad_request, invalid
from cluster_engine.resources.custom import scale_error
from cluster_engine.resources.kind import Column, Kind
from cluster_engine.resources.table import META, age
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

SCALE_KIND = ("autoscaling", "v1", "Scale")
COPIED = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(kind: Kind, obj: Manifest) -> Manifest:
    """The Scale of an object; zeros of spec are left out, as Go's omitempty does."""
    assert kind.scale is not None
    replicas, current = at(obj, kind.scale.replicas, 0) or 0, at(obj, kind.scale.status_replicas, 0) or 0
    status: Manifest = {"replicas": current}
    if text := selector_text(at(obj, kind.scale.selector)):
        status["selector"] = text
    meta = {k: obj["metadata"][k] for k in COPIED if k in obj["metadata"]}
    spec = {"replicas": replicas} if replicas else {}
    return {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": meta, "spec": spec, "status": status}


SCALED = Kind(
    group="autoscaling", kind="Scale", plural="scales", versions=("v1",),
    columns=(
        Column("Name", described_by=META + "name"),
        Column("Desired", "replicas is the desired number of instances for the scaled object.", type="integer"),
        Column("Available", "replicas is the actual number of observed instances of the scaled object.", type="integer"),
        Column("Age", described_by=META + "creationTimestamp"),
    ),
    row=lambda s, now: [s["metadata"].get("name", ""), at(s, "spec.replicas", 0), at(s, "status.replicas", 0), age(s, now)],
)  # fmt: skip


def selector_text(selector: Any) -> str:
    """A selector as text: a LabelSelector, a plain map, or (in custom kinds) the text itself."""
    if isinstance(selector, str):
        return selector
    if not isinstance(selector, dict):
        return ""
    is_object = "matchLabels" in selector or "matchExpressions" in selector
    return selectors.to_text(selector) if is_object else str(selectors.from_map(selector))


def get(server: "APIServer", call: Call) -> Outcome:
    record = storage.find(server, call.kind, call.namespace, call.name)
    return Outcome(manifest=scale_of(call.kind, record.object))


def update(server: "APIServer", call: Call) -> Outcome:
    old = storage.find(server, call.kind, call.namespace, call.name)
    return _scale(server, call, old, call.body)


def patch(server: "APIServer", call: Call) -> Outcome:
    old = storage.find(server, call.kind, call.namespace, call.name)
    current = scale_of(call.kind, old.object)
    if call.patch_type == "json":
        patched: Any = json_patch.apply(current, call.body)
    elif call.patch_type == "merge":
        patched = merge_patch.apply(current, call.body)
    elif call.patch_type == "apply":
        return _apply(server, call, old, current)
    else:
        patched = strategic.apply(current, call.body, server.schemas.shape(*SCALE_KIND))
    return _scale(server, call, old, body.decoded_as(server, call, SCALE_KIND, patched))


def _apply(server: "APIServer", call: Call, old: Record, current: Manifest) -> Outcome:
    """Server-side apply of a Scale: ownership of replicas is the parent's. Raises 409 when another manager owns them."""
    live = {**current, "metadata": {**current["metadata"], "managedFields": scale_fields.of_scale(call.kind, old.object)}}
    fields = server.schemas.field_manager_of(SCALE_KIND)
    merged = fields.on_apply(live, call.body, call.manager, call.now, call.options.force, "scale")
    if merged is None:
        return Outcome(manifest=current)
    return _scale(server, call, old, merged, scale_fields.to_parent(call.kind, old.object, merged))


def _scale(server: "APIServer", call: Call, old: Record, scale: Manifest, entries: list[Manifest] | None = None) -> Outcome:
    """Write the wanted number into the parent; `entries`: its managed fields where apply has made them."""
    check_name_of(call, scale)
    check_version(call, old, scale)
    before = scale_of(call.kind, old.object)
    request = admit.request_for(server, call, "UPDATE", scale, before, SCALE_KIND)
    scale = admit.mutate(server, request) or scale
    replicas = at(scale, "spec.replicas", 0) or 0
    if replicas < 0 and call.kind.custom and call.kind.scale is not None:
        raise invalid(call.kind.group, call.kind.kind, call.name, [scale_error(call.kind.scale.replicas, replicas)])
    if replicas < 0:
        error = field.invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise invalid("autoscaling", "Scale", call.name, [error])
    admit.judge(server, request)
    assert call.kind.scale is not None
    new = own(changed(old.object, call.kind.scale.replicas, replicas))
    if at(old.object, call.kind.scale.replicas, 0) != replicas and call.kind.has_generation:
        new["metadata"]["generation"] = old.object["metadata"].get("generation", 1) + 1
    if entries is None:
        managed.on_update(server, call, old.object, new)
    else:
        new["metadata"]["managedFields"] = entries
    outcome = finish(server, call, old, new)
    return Outcome(manifest=scale_of(call.kind, outcome.object))


def check_name_of(call: Call, scale: Manifest) -> None:
    """As for any update; a Scale without a name is refused."""
    if not isinstance(scale.get("metadata"), dict):
        raise bad_request(f"the name of the object ({call.name} based on URL) was undeterminable: name must be provided")
    held, call.body = call.body, scale
    check_name(call)
    call.body = held


VERBS = {"get": get, "update": update, "patch": patch}
