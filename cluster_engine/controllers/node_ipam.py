"""Node IPAM: gives each node its own range of pod addresses out of the cluster's.

Models pkg/controller/nodeipam/ipam/range_allocator.go.
"""

import ipaddress
from collections.abc import Iterator
from typing import Any

from cluster_engine.reconcile.actions import Action, Event, Patch
from cluster_engine.reconcile.controller import Controller
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.settings import Settings
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]


def controllers(settings: Settings) -> tuple[Controller, ...]:
    if not settings.allocate_node_cidrs:
        return ()
    whole = ipaddress.ip_network(settings.cluster_cidr)

    def reconcile(node: Manifest, view: View, now: float) -> Iterator[Action]:
        if node["spec"].get("podCIDR") or deleting(node):
            return
        name, given = node["metadata"]["name"], view.memory
        taken = {n["spec"]["podCIDR"] for n in view.all("nodes") if n["spec"].get("podCIDR")} | {c for other, c in given.items() if other != name}
        free = next((str(part) for part in whole.subnets(new_prefix=settings.node_cidr_mask_size) if str(part) not in taken), None)
        if free is None:
            yield Event(node, "Normal", "CIDRNotAvailable", f"Node {name} status is now: CIDRNotAvailable")
            return
        given[name] = free
        why = f"{free} is the first free range of the cluster's {settings.cluster_cidr}"
        yield Patch("nodes", "", name, {"spec": {"podCIDR": free, "podCIDRs": [free]}}, why, type="strategic")

    def gone(key: str, view: View, now: float) -> Iterator[Action]:
        view.memory.pop(key, None)
        yield from ()

    return (Controller("node-ipam-controller", "nodes", reconcile, gone=gone, account="node-controller"),)
