"""Binding: a pod gets its node, once. This is how every scheduler tells its decision.

Models pkg/registry/core/pod/storage/storage.go (BindingREST).
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from cluster_engine.apiserver import admit, managed, storage
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError, bad_request, conflict

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

BINDING_KIND = ("", "v1", "Binding")


def bind(server: "APIServer", call: Call) -> Outcome:
    """Write the binding's node into the pod."""
    binding: Manifest = call.body
    name = (binding.get("metadata") or {}).get("name", "")
    if name != call.name:
        raise bad_request("name in URL does not match name in Binding object")
    request = admit.request_for(server, call, "CREATE", binding, None, BINDING_KIND)
    binding = admit.mutate(server, request) or binding
    check_target(binding.get("target") or {})
    admit.judge(server, request)
    old = storage.find(server, call.kind, call.namespace, call.name)
    bound = assigned(old.object, binding, call.now)
    managed.on_update(server, call, old.object, bound)
    if not call.options.dry_run:
        storage.write(server, call, bound, old)
    return Outcome(201, manifest=created())


def bind_by_name(server: "APIServer", call: Call) -> Outcome:
    """The old path for the same: a Binding posted to the namespace's bindings."""
    kind = server.registry["pods"]
    name = (call.body.get("metadata") or {}).get("name", "")
    return bind(server, replace(call, kind=kind, name=name, subresource="binding"))


def created() -> Manifest:
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}


def check_target(target: Manifest) -> None:
    """Raises what upstream gives: its field errors reach the client bare, as a 500."""
    if target.get("kind", "") not in ("", "Node"):
        raise ApiError(500, "", f'target.kind: Unsupported value: "{target["kind"]}": supported values: "Node", "<empty>"')
    if not target.get("name"):
        raise ApiError(500, "", "target.name: Required value")


def assigned(pod: Manifest, binding: Manifest, now: float) -> Manifest:
    """The pod with its node. Raises 409 when it has one, is going away, or is held by gates."""
    name, spec = pod["metadata"]["name"], pod["spec"]
    if pod["metadata"].get("deletionTimestamp"):
        raise conflict("", "pods/binding", name, f"pod {name} is being deleted, cannot be assigned to a host")
    if spec.get("nodeName"):
        raise conflict("", "pods/binding", name, f'pod {name} is already assigned to node "{spec["nodeName"]}"')
    if spec.get("schedulingGates"):
        raise conflict("", "pods/binding", name, f"pod {name} has non-empty .spec.schedulingGates")
    meta, said = {**pod["metadata"]}, binding["metadata"]
    for part in ("annotations", "labels"):
        if said.get(part):
            meta[part] = {**(meta.get(part) or {}), **said[part]}
    status = {**pod.get("status", {}), "conditions": _scheduled(pod.get("status", {}).get("conditions") or [], now)}
    return {**pod, "metadata": meta, "spec": {**spec, "nodeName": binding["target"]["name"]}, "status": status}


def _scheduled(conditions: list[Manifest], now: float) -> list[Manifest]:
    fresh = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": timestamp(now)}
    found = [c for c in conditions if c.get("type") == "PodScheduled"]
    if not found:
        return [*conditions, fresh]
    if found[0].get("status") == "True":
        fresh["lastTransitionTime"] = found[0].get("lastTransitionTime")
    return [fresh if c.get("type") == "PodScheduled" else c for c in conditions]
