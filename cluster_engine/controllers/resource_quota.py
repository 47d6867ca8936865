"""ResourceQuota: counts again what a namespace uses, whenever something that counts is gone or changed.

Models pkg/controller/resourcequota/resource_quota_controller.go. What comes in is booked by admission; this loop mends the rest.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.machinery.manifest import changed
from cluster_engine.reconcile.actions import Action, UpdateStatus, WakeAt
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.view import EVERYTHING, View
from cluster_engine.resources import quota as quotas

Manifest = dict[str, Any]
UNCOUNTED = ("events", "leases.coordination.k8s.io", "endpoints", "endpointslices.discovery.k8s.io")


def reconcile(quota: Manifest, view: View, now: float) -> Iterator[Action]:
    hard = quota["spec"].get("hard") or {}
    used = {name: str(amount) for name, amount in _used(quota, hard, view, now).items()}
    status = {"hard": hard, "used": used} if hard else {}
    if status != (quota.get("status") or {}):
        told = ", ".join(f"{used[name]} of {hard[name]} {name}" for name in sorted(used)) or "nothing is limited"
        yield UpdateStatus("resourcequotas", changed(quota, "status", status), f"the namespace uses {told}")
    leaving = [p for p in view.all("pods", quota["metadata"]["namespace"]) if "deletionTimestamp" in p["metadata"] and quotas.is_charged(p, now)]
    if leaving:
        yield WakeAt(now + 60, "pods that take too long to end no longer count")


def _used(quota: Manifest, hard: Iterable[str], view: View, now: float) -> quotas.Usage:
    names = list(hard)
    total: quotas.Usage = dict.fromkeys(names, quotas.NONE)
    for kind in view.served():
        counted = quotas.names_for(kind.name, names) if kind.namespaced else []
        if not counted:
            continue
        for manifest in view.all(kind.name, quota["metadata"]["namespace"]):
            if quotas.matches(quota, names, kind.name, manifest):
                used = quotas.usage(kind.name, manifest, now)
                total = quotas.add(total, {name: used[name] for name in counted if name in used})
    return {name: total[name] for name in names}


def keys(event: WatchEvent, view: View) -> Iterable[str]:
    """The quotas of the namespace, when an object that counts is gone, new to the cache, or counts differently."""
    manifest = event.object
    concerned = view.all("resourcequotas", manifest["metadata"].get("namespace", "")) if manifest["metadata"].get("namespace") else []
    if not concerned:
        return ()
    resource = view.resource_of(manifest)
    if resource in UNCOUNTED or (event.type == "MODIFIED" and event.previous is not None and not _counts_differently(resource, event)):
        return ()
    return [key_of(quota) for quota in concerned]


def _counts_differently(resource: str, event: WatchEvent) -> bool:
    before, after = event.previous or event.object, event.object
    if resource not in ("pods", "services", "persistentvolumeclaims"):
        return False
    now = 0.0
    return quotas.usage(resource, before, now) != quotas.usage(resource, after, now)


CONTROLLER = Controller("resourcequota-controller", "resourcequotas", reconcile, watches=(Watches(EVERYTHING, keys),))
