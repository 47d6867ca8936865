"""Service CIDRs: says that a range of service addresses is ready, and keeps it while addresses of it are in use.

Models pkg/controller/servicecidrs/servicecidrs_controller.go.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.kernel.clock import timestamp
from cluster_engine.reconcile.actions import Action, Patch
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.pods import condition
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
RANGES, ADDRESSES = "servicecidrs.networking.k8s.io", "ipaddresses.networking.k8s.io"
FINALIZER = "networking.k8s.io/service-cidr-finalizer"


def reconcile(service_cidr: Manifest, view: View, now: float) -> Iterator[Action]:
    finalizers = service_cidr["metadata"].get("finalizers") or []
    if deleting(service_cidr):
        used = _orphaned(service_cidr, view)
        if used:
            yield from _ready(service_cidr, "False", "Terminating", f"There are still IPAddresses referencing the ServiceCIDR, please remove them: {used}", now)
        elif FINALIZER in finalizers:
            yield _patch(service_cidr, {"metadata": {"finalizers": [f for f in finalizers if f != FINALIZER] or None}}, "no address of it is in use", "")
        return
    if FINALIZER not in finalizers:
        yield _patch(service_cidr, {"metadata": {"finalizers": [*finalizers, FINALIZER]}}, "it must not go while addresses of it are in use", "")
    yield from _ready(service_cidr, "True", "", "Kubernetes Service CIDR is ready", now)


def _ready(service_cidr: Manifest, status: str, reason: str, message: str, now: float) -> Iterator[Action]:
    current = condition(service_cidr, "Ready")
    if current is not None and (current["status"], current.get("message")) == (status, message):
        return
    entry = {"type": "Ready", "status": status, "reason": reason, "message": message, "lastTransitionTime": timestamp(now)}
    others = [c for c in (service_cidr.get("status") or {}).get("conditions") or () if c["type"] != "Ready"]
    yield _patch(service_cidr, {"status": {"conditions": [*others, entry]}}, message, "status")


def _orphaned(service_cidr: Manifest, view: View) -> str:
    """Addresses that only this range holds, as text; "" for none."""
    mine = [ipaddress.ip_network(c) for c in service_cidr["spec"].get("cidrs") or ()]
    name = service_cidr["metadata"]["name"]
    others = [ipaddress.ip_network(c) for r in view.all(RANGES) if r["metadata"]["name"] != name and not deleting(r) for c in r["spec"].get("cidrs") or ()]
    found = []
    for held in view.all(ADDRESSES):
        address = ipaddress.ip_address(held["metadata"]["name"])
        if any(address in net for net in mine) and not any(address in net for net in others):
            found.append(str(address))
    return ", ".join(sorted(found))


def _patch(service_cidr: Manifest, patch: Manifest, why: str, subresource: str) -> Patch:
    return Patch(RANGES, "", service_cidr["metadata"]["name"], patch, why, subresource=subresource, or_gone=True)


def keys_of_address(event: WatchEvent, view: View) -> Iterable[str]:
    return [r["metadata"]["name"] for r in view.all(RANGES) if deleting(r)] if event.type == "DELETED" else ()


CONTROLLER = Controller("service-cidrs-controller", RANGES, reconcile, watches=(Watches(ADDRESSES, keys_of_address),))
