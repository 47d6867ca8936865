"""Cloud services: gives services of type LoadBalancer an address outside the cluster, as a cloud's controller would.

Models k8s.io/cloud-provider/controllers/service/controller.go; runs in the cloud-controller-manager.
"""

import ipaddress
from collections.abc import Iterator
from typing import Any

from cluster_engine.machinery.manifest import at
from cluster_engine.reconcile.actions import Action, Event, Patch
from cluster_engine.reconcile.controller import Controller
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.settings import Settings
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
FINALIZER = "service.kubernetes.io/load-balancer-cleanup"


def controllers(settings: Settings) -> tuple[Controller, ...]:
    if not settings.load_balancer_cidr:
        return ()
    pool = ipaddress.ip_network(settings.load_balancer_cidr)

    def reconcile(service: Manifest, view: View, now: float) -> Iterator[Action]:
        wanted = service["spec"].get("type") == "LoadBalancer" and not service["spec"].get("loadBalancerClass") and not deleting(service)
        if wanted:
            yield from _ensure(service, view, pool)
        elif FINALIZER in (service["metadata"].get("finalizers") or ()):
            yield from _clean_up(service)

    return (Controller("service-controller", "services", reconcile),)


def _ensure(service: Manifest, view: View, pool: ipaddress.IPv4Network | ipaddress.IPv6Network) -> Iterator[Action]:
    meta, given = service["metadata"], at(service, "status.loadBalancer.ingress")
    finalizers = meta.get("finalizers") or []
    if FINALIZER not in finalizers:
        yield _patch(service, {"metadata": {"finalizers": [*finalizers, FINALIZER]}}, "its balancer must be taken down before it goes")
    if given:
        return
    yield Event(service, "Normal", "EnsuringLoadBalancer", "Ensuring load balancer")
    address = _free_address(service, view, pool)
    if address is None:
        yield Event(service, "Warning", "SyncLoadBalancerFailed", "Error syncing load balancer: failed to ensure load balancer: no address is free")
        return
    ingress = [{"ip": address, "ipMode": "VIP"}]
    yield _patch(service, {"status": {"loadBalancer": {"ingress": ingress}}}, f"{address} is the first free address of {pool}")
    yield Event(service, "Normal", "EnsuredLoadBalancer", "Ensured load balancer")


def _free_address(service: Manifest, view: View, pool: ipaddress.IPv4Network | ipaddress.IPv6Network) -> str | None:
    taken = {i.get("ip") for s in view.all("services") for i in at(s, "status.loadBalancer.ingress") or ()}
    asked = service["spec"].get("loadBalancerIP")
    if asked and asked not in taken:
        return str(asked)
    return next((str(a) for a in pool.hosts() if str(a) not in taken), None)


def _clean_up(service: Manifest) -> Iterator[Action]:
    yield Event(service, "Normal", "DeletingLoadBalancer", "Deleting load balancer")
    kept = [f for f in service["metadata"]["finalizers"] if f != FINALIZER]
    patch = {"metadata": {"finalizers": kept or None}, "status": {"loadBalancer": {"ingress": None}}}
    yield _patch(service, patch, "the service needs no balancer any more")
    yield Event(service, "Normal", "DeletedLoadBalancer", "Deleted load balancer")


def _patch(service: Manifest, patch: Manifest, why: str) -> Patch:
    meta = service["metadata"]
    return Patch("services", meta["namespace"], meta["name"], patch, why, subresource="status", or_gone=True)
