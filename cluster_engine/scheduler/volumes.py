"""PreBind of VolumeBinding: tell the binder and the provisioner which node the pod goes to, and wait for them."""

from typing import Any

from cluster_engine.client.client import Client
from cluster_engine.reconcile.view import Informers
from cluster_engine.scheduler.claims import is_bound
from cluster_engine.scheduler.framework import CycleState
from cluster_engine.scheduler.plugins.volume_binding import decisions

Manifest = dict[str, Any]
SELECTED_NODE = "volume.kubernetes.io/selected-node"


def prepare_volumes(client: Client, state: CycleState, node: str, informers: Informers) -> bool:
    """Write what is decided for the pod's waiting claims; whether all of them are bound by now."""
    pending = False
    for claim, volume in decisions(state, node):
        current = informers.of("persistentvolumeclaims").get(claim["metadata"]["namespace"], claim["metadata"]["name"])
        if current is not None and is_bound(current):
            continue
        pending = True
        if volume is None:
            _select_node(client, claim, node)
        else:
            _reserve(client, claim, volume)
    return not pending


def _select_node(client: Client, claim: Manifest, node: str) -> None:
    meta = claim["metadata"]
    if (meta.get("annotations") or {}).get(SELECTED_NODE) == node:
        return
    patch = {"metadata": {"annotations": {SELECTED_NODE: node}}}
    client.patch("persistentvolumeclaims", meta["namespace"], meta["name"], patch, why=f"the first consumer of this claim goes to {node}")


def _reserve(client: Client, claim: Manifest, volume: Manifest) -> None:
    if volume["spec"].get("claimRef"):
        return
    meta = claim["metadata"]
    reference = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}
    reference["resourceVersion"] = meta["resourceVersion"]
    annotations = {**(volume["metadata"].get("annotations") or {}), "pv.kubernetes.io/bound-by-controller": "yes"}
    reserved = {**volume, "metadata": {**volume["metadata"], "annotations": annotations}, "spec": {**volume["spec"], "claimRef": reference}}
    client.update("persistentvolumes", reserved, why=f"this volume fits the claim {meta['namespace']}/{meta['name']} on the chosen node")
