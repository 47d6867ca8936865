"""Cloud routes: where pods' addresses are routed by the cloud, marks each node's network as available once its route stands.

Models k8s.io/cloud-provider/controllers/route/route_controller.go; runs in the cloud-controller-manager.
"""

from collections.abc import Iterator
from typing import Any

from cluster_engine.kernel.clock import timestamp
from cluster_engine.reconcile.actions import Action, Patch
from cluster_engine.reconcile.controller import Controller
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.pods import condition
from cluster_engine.reconcile.settings import Settings
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]


def controllers(settings: Settings) -> tuple[Controller, ...]:
    return (Controller("route-controller", "nodes", reconcile),) if settings.configure_cloud_routes else ()


def reconcile(node: Manifest, view: View, now: float) -> Iterator[Action]:
    current = condition(node, "NetworkUnavailable")
    if not node["spec"].get("podCIDR") or deleting(node) or (current is not None and current["status"] == "False"):
        return
    times = {"lastHeartbeatTime": timestamp(now), "lastTransitionTime": timestamp(now)}
    entry = {"type": "NetworkUnavailable", "status": "False", "reason": "RouteCreated", "message": "RouteController created a route"} | times
    why = f"the route to {node['spec']['podCIDR']} stands"
    yield Patch("nodes", "", node["metadata"]["name"], {"status": {"conditions": [entry]}}, why, type="strategic", subresource="status")
