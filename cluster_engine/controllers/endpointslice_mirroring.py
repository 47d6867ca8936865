"""EndpointSlice mirroring: copies Endpoints that a person wrote into slices, for those who read slices only.

Models pkg/controller/endpointslicemirroring.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.reconcile.actions import Action, Create, Delete, Update
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.endpoints import TRIGGER_TIME, family_of
from cluster_engine.reconcile.ownership import controller_of, deleting, reference_to
from cluster_engine.reconcile.selection import annotations_of, labels_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
SLICES = "endpointslices.discovery.k8s.io"
SERVICE_NAME, MANAGED_BY = "kubernetes.io/service-name", "endpointslice.kubernetes.io/managed-by"
MANAGER, SKIP = "endpointslicemirroring-controller.k8s.io", "endpointslice.kubernetes.io/skip-mirror"
LEADER, APPLIED = "control-plane.alpha.kubernetes.io/leader", "kubectl.kubernetes.io/last-applied-configuration"
MOST_ADDRESSES, LARGEST_SLICE = 1000, 100
Group = tuple[str, tuple[tuple[tuple[str, Any], ...], ...]]


def reconcile(endpoints: Manifest, view: View, now: float) -> Iterator[Action]:
    standing = [s for s in view.controlled_by(SLICES, endpoints["metadata"]["uid"]) if labels_of(s).get(MANAGED_BY) == MANAGER and not deleting(s)]
    wanted = _wanted(endpoints) if _mirrored(endpoints, view) else {}
    free = list(standing)
    for group, found in wanted.items():
        same = next((s for s in free if _group_of(s) == group), None) or next((s for s in free if s["addressType"] == group[0]), None)
        if same is not None:
            free.remove(same)
        yield from _write(endpoints, group, found, same)
    for one in free:
        meta = one["metadata"]
        yield Delete(SLICES, meta["namespace"], meta["name"], "the endpoints that it mirrors have no such addresses", meta["uid"])


def _mirrored(endpoints: Manifest, view: View) -> bool:
    """Whether the endpoints are hand-made: their service has no selector and nobody asked to leave them alone."""
    meta = endpoints["metadata"]
    service = view.get("services", meta["namespace"], meta["name"])
    if labels_of(endpoints).get(SKIP) == "true" or LEADER in annotations_of(endpoints) or deleting(endpoints):
        return False
    return service is not None and not service["spec"].get("selector")


def _wanted(endpoints: Manifest) -> dict[Group, list[Manifest]]:
    """Endpoints by address family and ports."""
    groups: dict[Group, list[Manifest]] = {}
    for subset in endpoints.get("subsets") or ():
        ports = tuple(tuple(sorted(_port(p).items())) for p in subset.get("ports") or ())
        addresses = [(a, True) for a in subset.get("addresses") or ()] + [(a, False) for a in subset.get("notReadyAddresses") or ()]
        for address, ready in addresses[:MOST_ADDRESSES]:
            groups.setdefault((family_of(address["ip"]), ports), []).append(_endpoint(address, ready))
    return {group: found[:LARGEST_SLICE] for group, found in groups.items()}


def _port(port: Manifest) -> Manifest:
    return {"name": port.get("name", ""), "port": port["port"], "protocol": port.get("protocol", "TCP")} | (
        {"appProtocol": port["appProtocol"]} if port.get("appProtocol") else {}
    )


def _endpoint(address: Manifest, ready: bool) -> Manifest:
    kept = {name: address[name] for name in ("hostname", "nodeName", "targetRef") if address.get(name)}
    return {"addresses": [address["ip"]], "conditions": {"ready": ready}} | kept


def _group_of(one: Manifest) -> Group:
    return one["addressType"], tuple(tuple(sorted(p.items())) for p in one.get("ports") or ())


def _write(endpoints: Manifest, group: Group, found: list[Manifest], same: Manifest | None) -> Iterator[Action]:
    meta = endpoints["metadata"]
    labels = {k: v for k, v in labels_of(endpoints).items() if k != SKIP} | {SERVICE_NAME: meta["name"], MANAGED_BY: MANAGER}
    notes = {k: v for k, v in annotations_of(endpoints).items() if k not in (APPLIED, TRIGGER_TIME)}
    body: Manifest = {"endpoints": found or None, "ports": [dict(p) for p in group[1]] or None}
    why = f"the hand-made endpoints {meta['name']} have {len(found)} addresses of this kind"
    if same is None:
        made: Manifest = {"generateName": f"{meta['name']}-", "namespace": meta["namespace"], "labels": labels}
        made |= {"ownerReferences": [reference_to(endpoints, "v1", "Endpoints")]} | ({"annotations": notes} if notes else {})
        yield Create(SLICES, {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": made, "addressType": group[0]} | body, why)
        return
    kept = {k: v for k, v in same["metadata"].items() if k not in ("labels", "annotations")}
    written = same | {"metadata": kept | {"labels": labels} | ({"annotations": notes} if notes else {})} | body
    if written != same:
        yield Update(SLICES, written, why)


def keys_of_service(event: WatchEvent, view: View) -> Iterable[str]:
    """Endpoints have the name of their service."""
    return (key_of(event.object),)


def keys_of_slice(event: WatchEvent, view: View) -> Iterable[str]:
    owner = controller_of(event.object)
    if owner is not None and owner["kind"] == "Endpoints":
        yield f"{event.object['metadata']['namespace']}/{owner['name']}"


CONTROLLER = Controller(
    "endpointslicemirroring-controller",
    "endpoints",
    reconcile,
    watches=(Watches("services", keys_of_service), Watches(SLICES, keys_of_slice)),
    source="endpoint-slice-mirroring-controller",
)
