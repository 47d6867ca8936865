"""EndpointSlice: writes down, in slices of at most a hundred, which pods stand behind each service now.

Models pkg/controller/endpointslice and k8s.io/endpointslice/reconciler.go.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.reconcile.actions import Action, Create, Delete, Update
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.endpoints import (
    HEADLESS,
    INDICES,
    TRIGGER_TIME,
    addresses,
    counts,
    families,
    family_of,
    headless,
    hostname,
    keys_of_pod,
    keys_of_service_part,
    ports_of,
    reference,
    selected_pods,
    trigger_time,
)
from cluster_engine.reconcile.ownership import deleting, reference_to
from cluster_engine.reconcile.pods import ready
from cluster_engine.reconcile.selection import annotations_of, labels_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
SLICES = "endpointslices.discovery.k8s.io"
SERVICE_NAME, MANAGED_BY = "kubernetes.io/service-name", "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslice-controller.k8s.io"
LARGEST_SLICE = 100
ZONE = "topology.kubernetes.io/zone"

Ports = tuple[tuple[str, int, str, str], ...]


def reconcile(service: Manifest, view: View, now: float) -> Iterator[Action]:
    spec = service["spec"]
    if spec.get("type") == "ExternalName" or not spec.get("selector") or deleting(service):
        return
    pods = selected_pods(service, view)
    slices = [s for s in view.by_index(SLICES, "service", _service_key(service)) if labels_of(s).get(MANAGED_BY) == MANAGER and not deleting(s)]
    wanted = families(service)
    for stale in [s for s in slices if s["addressType"] not in wanted]:
        yield _delete(stale, f"the service no longer has addresses of type {stale['addressType']}")
    for family in wanted:
        yield from _family(service, family, pods, [s for s in slices if s["addressType"] == family], view)


def _service_key(service: Manifest) -> str:
    return f"{service['metadata']['namespace']}/{service['metadata']['name']}"


def service_of_slice(manifest: Manifest) -> tuple[str, ...]:
    """Index: the service that a slice belongs to."""
    name = labels_of(manifest).get(SERVICE_NAME)
    return (f"{manifest['metadata']['namespace']}/{name}",) if name else ()


# -- what should be


def _endpoint(pod: Manifest, service: Manifest, family: str, view: View) -> Manifest:
    serving, leaving = ready(pod), deleting(pod)
    is_ready = bool(service["spec"].get("publishNotReadyAddresses")) or (serving and not leaving)
    endpoint: Manifest = {
        "addresses": [a for a in addresses(pod) if family_of(a) == family],
        "conditions": {"ready": is_ready, "serving": serving, "terminating": leaving},
        "targetRef": reference(pod),
    }
    node = pod["spec"].get("nodeName")
    if node:
        endpoint["nodeName"] = node
        zone = labels_of(view.get("nodes", "", node) or {"metadata": {}}).get(ZONE)
        if zone:
            endpoint["zone"] = zone
    if name := hostname(pod, service):
        endpoint["hostname"] = name
    _hint(endpoint, service)
    return endpoint


def _hint(endpoint: Manifest, service: Manifest) -> None:
    """Tell proxies near which zone (or node) this endpoint is best used, if the service prefers close ones."""
    preference = service["spec"].get("trafficDistribution")
    if preference not in ("PreferClose", "PreferSameZone", "PreferSameNode") or not endpoint["conditions"]["ready"]:
        return
    hints: Manifest = {}
    if endpoint.get("zone"):
        hints["forZones"] = [{"name": endpoint["zone"]}]
    if preference == "PreferSameNode" and endpoint.get("nodeName"):
        hints["forNodes"] = [{"name": endpoint["nodeName"]}]
    if hints:
        endpoint["hints"] = hints


def _ports(pod: Manifest, service: Manifest) -> Ports:
    found = ports_of(pod, service)
    return tuple((p.get("name", ""), number, p.get("protocol", "TCP"), p.get("appProtocol", "")) for p, number in found)


def _desired(service: Manifest, family: str, pods: list[Manifest], view: View) -> dict[Ports, dict[str, Manifest]]:
    """Endpoints by pod uid, grouped by the ports that they share."""
    groups: dict[Ports, dict[str, Manifest]] = {}
    for pod in pods:
        node = pod["spec"].get("nodeName")
        if not counts(pod, with_terminating=True) or (node and view.get("nodes", "", node) is None):
            continue
        endpoint = _endpoint(pod, service, family, view)
        if endpoint["addresses"]:
            groups.setdefault(_ports(pod, service), {})[pod["metadata"]["uid"]] = endpoint
    return groups


def _labels(service: Manifest) -> dict[str, str]:
    kept = {k: v for k, v in labels_of(service).items() if k not in (SERVICE_NAME, MANAGED_BY, HEADLESS)}
    kept |= {SERVICE_NAME: service["metadata"]["name"], MANAGED_BY: MANAGER}
    return kept | ({HEADLESS: ""} if headless(service) else {})


# -- what is, and the way from one to the other


@dataclass
class Slicing:
    """The slices of one service and address family, as they will be."""

    create: list[tuple[Ports, list[Manifest]]] = field(default_factory=list)
    update: list[tuple[Manifest, Ports, list[Manifest]]] = field(default_factory=list)
    delete: list[Manifest] = field(default_factory=list)
    kept: int = 0


def _family(service: Manifest, family: str, pods: list[Manifest], slices: list[Manifest], view: View) -> Iterator[Action]:
    desired = _desired(service, family, pods, view)
    plan = Slicing()
    by_ports: dict[Ports, list[Manifest]] = {}
    for one in sorted(slices, key=lambda s: s["metadata"]["name"]):
        by_ports.setdefault(_slice_ports(one), []).append(one)
    for ports, endpoints in desired.items():
        _fill(plan, service, ports, dict(endpoints), by_ports.pop(ports, []))
    plan.delete.extend(s for rest in by_ports.values() for s in rest)
    _keep_one(plan, service)
    _reuse(plan)
    known = {_uid(e): e for s in slices for e in s.get("endpoints") or ()}
    arrived = [p for p in pods if _is_news(known.get(p["metadata"]["uid"]), desired, p["metadata"]["uid"])]
    yield from _actions(plan, service, family, trigger_time(service, arrived, first=not slices))


def _uid(endpoint: Manifest) -> str:
    return str((endpoint.get("targetRef") or {}).get("uid", ""))


def _is_news(known: Manifest | None, desired: dict[Ports, dict[str, Manifest]], uid: str) -> bool:
    wanted = next((group[uid] for group in desired.values() if uid in group), None)
    return wanted is not None and wanted != known


def _slice_ports(one: Manifest) -> Ports:
    return tuple((p.get("name", ""), p.get("port", 0), p.get("protocol", "TCP"), p.get("appProtocol", "")) for p in one.get("ports") or ())


def _fill(plan: Slicing, service: Manifest, ports: Ports, missing: dict[str, Manifest], slices: list[Manifest]) -> None:
    """Keep endpoints where they stand, then put the missing ones where there is room, then into new slices."""
    drafts: list[tuple[Manifest, list[Manifest]]] = []
    for one in slices:
        staying = [missing.pop(_uid(e)) for e in one.get("endpoints") or () if _uid(e) in missing]
        drafts.append((one, staying))
    rest = list(missing.values())
    changed_first = sorted(drafts, key=lambda d: (d[1] == (d[0].get("endpoints") or []), -len(d[1])))
    for _, staying in changed_first:
        room = LARGEST_SLICE - len(staying)
        staying.extend(rest[:room])
        rest = rest[room:]
    for one, staying in drafts:
        if not staying:
            plan.delete.append(one)
        elif staying != (one.get("endpoints") or []) or labels_of(one) != _labels(service):
            plan.update.append((one, ports, staying))
        else:
            plan.kept += 1
    plan.create.extend((ports, rest[i : i + LARGEST_SLICE]) for i in range(0, len(rest), LARGEST_SLICE))


def _keep_one(plan: Slicing, service: Manifest) -> None:
    """A service without endpoints still has one empty slice, so that readers see that there is nothing."""
    if plan.kept or plan.update or plan.create:
        return
    empty = next((s for s in plan.delete if not s.get("endpoints") and not s.get("ports") and labels_of(s) == _labels(service)), None)
    if empty is not None:
        plan.delete.remove(empty)
    else:
        plan.create.append(((), []))


def _reuse(plan: Slicing) -> None:
    """A slice to be deleted serves for one to be created: one write in the place of two."""
    while plan.create and plan.delete:
        ports, endpoints = plan.create.pop(0)
        plan.update.append((plan.delete.pop(0), ports, endpoints))


def _actions(plan: Slicing, service: Manifest, family: str, since: str) -> Iterator[Action]:
    for ports, endpoints in plan.create:
        meta = {"generateName": f"{service['metadata']['name']}-", "namespace": service["metadata"]["namespace"]}
        meta |= {"ownerReferences": [reference_to(service, "v1", "Service")]}
        blank = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": meta, "addressType": family}
        yield Create(SLICES, _written(blank, service, ports, endpoints, since), _why(service, endpoints))
    for one, ports, endpoints in plan.update:
        yield Update(SLICES, _written(one, service, ports, endpoints, since), _why(service, endpoints))
    for one in plan.delete:
        yield _delete(one, "no endpoint is left in this slice")


def _why(service: Manifest, endpoints: list[Manifest]) -> str:
    able = sum(bool(e["conditions"]["ready"]) for e in endpoints)
    return f"{len(endpoints)} pods match the selector of service {service['metadata']['name']}, {able} of them are ready"


def _delete(one: Manifest, why: str) -> Delete:
    meta = one["metadata"]
    return Delete(SLICES, meta["namespace"], meta["name"], why, meta["uid"])


def _written(one: Manifest, service: Manifest, ports: Ports, endpoints: list[Manifest], since: str) -> Manifest:
    notes = {k: v for k, v in annotations_of(one).items() if k != TRIGGER_TIME} | ({TRIGGER_TIME: since} if since else {})
    meta = {k: v for k, v in one["metadata"].items() if k != "annotations"} | {"labels": _labels(service)} | ({"annotations": notes} if notes else {})
    return one | {"metadata": meta, "endpoints": endpoints or None, "ports": [_port(*p) for p in ports] or None}


def _port(name: str, number: int, protocol: str, app_protocol: str) -> Manifest:
    return {"name": name, "port": number, "protocol": protocol} | ({"appProtocol": app_protocol} if app_protocol else {})


def keys_of_node(event: WatchEvent, view: View) -> Iterable[str]:
    """A node that comes, goes or moves to another zone changes the endpoints on it."""
    before = event.previous
    if before is not None and event.type != "DELETED" and labels_of(before).get(ZONE) == labels_of(event.object).get(ZONE):
        return
    for pod in view.by_index("pods", "node", event.object["metadata"]["name"]):
        yield from keys_of_pod(WatchEvent("ADDED", pod, event.revision), view)


CONTROLLER = Controller(
    "endpointslice-controller",
    "services",
    reconcile,
    watches=(Watches("pods", keys_of_pod), Watches(SLICES, keys_of_service_part), Watches("nodes", keys_of_node)),
    indices=((SLICES, "service", service_of_slice), *INDICES),
)
