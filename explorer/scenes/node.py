"""A node as a room: its sign, its taints and how full it is."""

from collections.abc import Iterable
from typing import Any

from explorer.scenes.pod import condition
from explorer.scenes.quantity import cpu, memory
from explorer.scenes.sign import Sign

Manifest = dict[str, Any]
Item = dict[str, Any]

ZONE = "topology.kubernetes.io/zone"
CONTROL_PLANE = "node-role.kubernetes.io/control-plane"


def node_sign(manifest: Manifest) -> tuple[Sign, str]:
    """The sign of a node and the words for it."""
    ready = condition(manifest, "Ready").get("status")
    if ready == "Unknown":
        return "unknown", "unknown, no heartbeat"
    if ready != "True":
        return "notready", "not ready" if ready else "joining"
    if manifest.get("spec", {}).get("unschedulable"):
        return "ready", "ready, cordoned"
    return "ready", "ready"


def is_silent(manifest: Manifest) -> bool:
    """Whether the node has stopped reporting, so that what is known of its pods is old."""
    return condition(manifest, "Ready").get("status") == "Unknown"


def requests(pods: Iterable[Manifest]) -> tuple[float, float]:
    """(cores, bytes) that the pods of a node ask for; pods that have ended ask for nothing."""
    cores = size = 0.0
    for pod in pods:
        if pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            continue
        for container in pod.get("spec", {}).get("containers") or ():
            asked = container.get("resources", {}).get("requests") or {}
            cores += cpu(asked.get("cpu", "0"))
            size += memory(asked.get("memory", "0"))
    return cores, size


def share(part: float, whole: float) -> float:
    return round(min(1.0, part / whole), 3) if whole > 0 else 0.0


def node_item(manifest: Manifest, pods: list[Manifest], used: tuple[float, float] | None = None) -> Item:
    """The room. `used`: (cores, bytes) in use where the kubelet has said so."""
    meta, spec, status = manifest["metadata"], manifest.get("spec", {}), manifest.get("status", {})
    sign, words = node_sign(manifest)
    room = status.get("allocatable") or status.get("capacity") or {}
    cores, size = requests(pods)
    whole = cpu(room.get("cpu", "0")), memory(room.get("memory", "0"))
    labels = meta.get("labels") or {}
    item: Item = {
        "id": meta["uid"], "kind": "node", "name": meta["name"], "sign": sign, "words": words, "master": CONTROL_PLANE in labels,
        "cpu": share(cores, whole[0]), "memory": share(size, whole[1]), "pods": len(pods), "room": int(room.get("pods", 110)),
    }  # fmt: skip
    if used:
        item |= {"cpuUsed": share(used[0], whole[0]), "memoryUsed": share(used[1], whole[1])}
    item |= {"zone": labels[ZONE]} if ZONE in labels else {}
    item |= {"cordoned": True} if spec.get("unschedulable") else {}
    runtime = status.get("nodeInfo", {}).get("containerRuntimeVersion", "").partition(":")[0]
    item |= {"runtime": runtime} if runtime else {}
    taints = [_taint(t) for t in spec.get("taints") or ()]
    return item | ({"taints": taints} if taints else {})


def _taint(taint: Manifest) -> str:
    key = taint["key"].rpartition("/")[2]
    return f"{key}:{taint.get('effect', '')}"
