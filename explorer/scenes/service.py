"""A Service as a line in a list: it has no place, for it is a rule. And which pods it selects."""

from collections.abc import Iterable
from typing import Any

from explorer.scenes.sign import Sign

Manifest = dict[str, Any]
Item = dict[str, Any]


def selects(service: Manifest, pod: Manifest) -> bool:
    """Whether the service's selector picks the pod. A service without a selector picks none."""
    selector = service.get("spec", {}).get("selector")
    if not selector or service["metadata"].get("namespace") != pod["metadata"].get("namespace"):
        return False
    labels = pod["metadata"].get("labels") or {}
    return all(labels.get(key) == value for key, value in selector.items())


def endpoints(slices: Iterable[Manifest]) -> tuple[set[str], set[str]]:
    """(uids of ready endpoints, uids of all endpoints) over the slices of one service."""
    ready: set[str] = set()
    known: set[str] = set()
    for endpoint in (e for s in slices for e in s.get("endpoints") or ()):
        uid = (endpoint.get("targetRef") or {}).get("uid", "") or ",".join(endpoint.get("addresses") or ())
        known.add(uid)
        if (endpoint.get("conditions") or {}).get("ready") is not False:
            ready.add(uid)
    return ready, known


def service_sign(ready: int, wanted: int) -> Sign:
    if ready and ready >= wanted:
        return "ready"
    return "notready" if ready else "pending"


def service_item(manifest: Manifest, slices: Iterable[Manifest], selected: list[Manifest]) -> Item:
    """The line. `selected`: the pods that its selector picks now, ended ones left out."""
    meta, spec = manifest["metadata"], manifest.get("spec", {})
    ready, known = endpoints(slices)
    pods = sorted(p["metadata"]["uid"] for p in selected)
    wanted = max(len(pods), len(known))
    sign = service_sign(len(ready), wanted)
    external = spec.get("type") == "ExternalName"
    words = f"points outside, to {spec.get('externalName')}" if external else f"{len(ready)} of {wanted} endpoints"
    return {
        "id": meta["uid"], "kind": "service", "name": meta["name"], "namespace": meta.get("namespace", ""), "sign": "ready" if external else sign,
        "words": words, "ready": len(ready), "wanted": wanted, "type": spec.get("type", "ClusterIP"), "address": spec.get("clusterIP", ""),
        "pods": pods, "readyPods": sorted(ready),
    }  # fmt: skip
