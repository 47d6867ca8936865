"""A workload (Deployment, ReplicaSet, StatefulSet, DaemonSet, Job): how many pods it wants and has, and which are its own."""

from typing import Any

from explorer.scenes.sign import Sign

Manifest = dict[str, Any]
Item = dict[str, Any]

KINDS = {"deployments.apps": "Deployment", "replicasets.apps": "ReplicaSet", "statefulsets.apps": "StatefulSet", "daemonsets.apps": "DaemonSet"}


def counts(kind: str, manifest: Manifest) -> tuple[int, int]:
    """(ready, wanted) pods."""
    status = manifest.get("status", {})
    if kind == "DaemonSet":
        return status.get("numberReady", 0), status.get("desiredNumberScheduled", 0)
    wanted = manifest.get("spec", {}).get("replicas")
    return status.get("readyReplicas", 0), 1 if wanted is None else wanted


def workload_item(kind: str, manifest: Manifest) -> Item:
    """A chip that is drawn only while it is chosen, and in the tree."""
    meta = manifest["metadata"]
    ready, wanted = counts(kind, manifest)
    sign: Sign = "ready" if ready >= wanted else "notready"
    item: Item = {
        "id": meta["uid"], "kind": "workload", "type": kind, "name": meta["name"], "namespace": meta.get("namespace", ""),
        "sign": sign, "words": f"{ready} of {wanted} pods ready", "ready": ready, "wanted": wanted,
    }  # fmt: skip
    owner = controller_of(manifest)
    return item | ({"owner": owner} if owner else {})


def controller_of(manifest: Manifest) -> str:
    """The uid of the controlling owner; "" for none."""
    return next((o["uid"] for o in manifest["metadata"].get("ownerReferences") or () if o.get("controller")), "")
