"""Endpoints: the older, single list of the addresses behind a service, kept for readers that do not know slices.

Models pkg/controller/endpoint/endpoints_controller.go and pkg/api/v1/endpoints/util.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
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
    ports_of,
    reference,
    selected_pods,
    trigger_time,
)
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.pods import ready
from cluster_engine.reconcile.selection import annotations_of, labels_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
MANAGED_BY, MANAGER = "endpoints.kubernetes.io/managed-by", "endpoint-controller"
OVER_CAPACITY, CAPACITY = "endpoints.kubernetes.io/over-capacity", 1000
Port = tuple[tuple[str, Any], ...]


def reconcile(service: Manifest, view: View, now: float) -> Iterator[Action]:
    spec, meta = service["spec"], service["metadata"]
    if spec.get("type") == "ExternalName" or not spec.get("selector") or deleting(service):
        return
    pods = selected_pods(service, view)
    subsets, truncated = _truncated(subsets_of(service, pods))
    standing = view.get("endpoints", meta["namespace"], meta["name"])
    labels = _labels(service)
    if standing is not None and _same(standing, subsets, labels, truncated):
        return
    known = set() if standing is None else {_uid(a) for s in standing.get("subsets") or () for a in s.get("addresses") or ()}
    arrived = [p for p in pods if ready(p) and p["metadata"]["uid"] not in known]
    notes = _annotations(standing, trigger_time(service, arrived, standing is None), truncated)
    body = {"labels": labels} | ({"annotations": notes} if notes else {})
    why = f"{sum(len(s.get('addresses') or ()) for s in subsets)} ready addresses stand behind service {meta['name']}"
    if standing is None:
        made = {"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": meta["name"], "namespace": meta["namespace"]} | body}
        yield Create("endpoints", made | ({"subsets": subsets} if subsets else {}), why)
        return
    kept = {k: v for k, v in standing["metadata"].items() if k not in ("annotations", "labels")}
    rest = {k: v for k, v in standing.items() if k != "subsets"}
    yield Update("endpoints", rest | {"metadata": kept | body} | ({"subsets": subsets} if subsets else {}), why)


def gone(key: str, view: View, now: float) -> Iterator[Action]:
    namespace, _, name = key.partition("/")
    standing = view.get("endpoints", namespace, name)
    if standing is not None:
        yield Delete("endpoints", namespace, name, "its service is gone", standing["metadata"]["uid"])


def _uid(address: Manifest) -> str:
    return str((address.get("targetRef") or {}).get("uid", ""))


def _same(standing: Manifest, subsets: list[Manifest], labels: dict[str, str], truncated: bool) -> bool:
    over = annotations_of(standing).get(OVER_CAPACITY) == "truncated"
    return (standing.get("subsets") or []) == subsets and labels_of(standing) == labels and over == truncated


def _labels(service: Manifest) -> dict[str, str]:
    kept = {k: v for k, v in labels_of(service).items() if k != HEADLESS}
    return kept | {MANAGED_BY: MANAGER} | ({HEADLESS: ""} if headless(service) else {})


def _annotations(standing: Manifest | None, since: str, truncated: bool) -> dict[str, str]:
    notes = {} if standing is None else {k: v for k, v in annotations_of(standing).items() if k not in (TRIGGER_TIME, OVER_CAPACITY)}
    return notes | ({TRIGGER_TIME: since} if since else {}) | ({OVER_CAPACITY: "truncated"} if truncated else {})


def _address(pod: Manifest, service: Manifest) -> Manifest | None:
    family = families(service)[0]
    found = next((a for a in addresses(pod) if family_of(a) == family), None)
    if found is None:
        return None
    address: Manifest = {"ip": found, "targetRef": reference(pod)}
    if node := pod["spec"].get("nodeName"):
        address["nodeName"] = node
    if name := hostname(pod, service):
        address["hostname"] = name
    return address


def subsets_of(service: Manifest, pods: list[Manifest]) -> list[Manifest]:
    """Addresses that share the same ports stand together; ready and unready ones apart."""
    unready_too = bool(service["spec"].get("publishNotReadyAddresses"))
    groups: dict[tuple[Port, ...], dict[str, list[Manifest]]] = {}
    for pod in pods:
        address = _address(pod, service) if counts(pod, with_terminating=unready_too) else None
        ports = _ports(pod, service)
        if address is None or (service["spec"].get("ports") and not ports):
            continue
        place = "addresses" if unready_too or ready(pod) else "notReadyAddresses"
        groups.setdefault(ports, {}).setdefault(place, []).append(address)
    return [_subset(ports, groups[ports]) for ports in sorted(groups)]


def _ports(pod: Manifest, service: Manifest) -> tuple[Port, ...]:
    found = []
    for port, number in ports_of(pod, service):
        entry = {"name": port.get("name"), "port": number, "protocol": port.get("protocol", "TCP"), "appProtocol": port.get("appProtocol")}
        found.append(tuple(sorted((k, v) for k, v in entry.items() if v)))
    return tuple(sorted(found))


def _subset(ports: tuple[Port, ...], places: dict[str, list[Manifest]]) -> Manifest:
    subset: Manifest = {place: sorted(found, key=lambda a: (a["ip"], _uid(a))) for place, found in places.items()}
    return subset | ({"ports": [dict(p) for p in ports]} if ports else {})


def _truncated(subsets: list[Manifest]) -> tuple[list[Manifest], bool]:
    """At most a thousand addresses, ready ones first; slices have no such bound."""
    total = sum(len(s.get(place) or ()) for s in subsets for place in ("addresses", "notReadyAddresses"))
    if total <= CAPACITY:
        return subsets, False
    room, cut = CAPACITY, [dict(s) for s in subsets]
    for place in ("addresses", "notReadyAddresses"):
        for subset in cut:
            if place in subset:
                subset[place] = subset[place][:room]
                room -= len(subset[place])
    return [{k: v for k, v in s.items() if v} for s in cut], True


def keys_of_deleted(event: WatchEvent, view: View) -> Iterable[str]:
    """Endpoints that somebody deleted are written again; any other change of them is left alone."""
    key = key_of(event.object)
    return (key,) if event.type == "DELETED" and view.by_key("services", key) is not None else ()


CONTROLLER = Controller(
    "endpoint-controller", "services", reconcile, watches=(Watches("pods", keys_of_pod), Watches("endpoints", keys_of_deleted)), gone=gone, indices=INDICES
)
