"""What a node says of itself: capacity, addresses, conditions, system, images.

Models pkg/kubelet/nodestatus/setters.go and kubelet_node_status.go.
"""

import hashlib
from typing import Any

from cluster_engine.client.client import Manifest
from cluster_engine.kernel.clock import timestamp
from cluster_engine.kubelet.context import NodeContext
from cluster_engine.machinery.quantity import parse

VERSION = "v1.36.2"
KERNEL, OS_IMAGE = "6.12.48", "Debian GNU/Linux 13 (trixie)"
IMAGES_MOST = 50
RESERVED_MEMORY = 100 * (1 << 20)
CONDITIONS: tuple[tuple[str, str, str, str], ...] = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


def labels(context: NodeContext) -> dict[str, str]:
    """What a kubelet may say of its own node."""
    shape = context.shape
    result = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": shape.name,
        "kubernetes.io/os": "linux",
    }
    if shape.zone:
        result["topology.kubernetes.io/zone"] = shape.zone
    return result | shape.labels


def role_labels(context: NodeContext) -> dict[str, str]:
    """What kubeadm puts on a node: roles, which a kubelet must not claim for itself (NodeRestriction)."""
    result = {f"node-role.kubernetes.io/{role}": "" for role in context.shape.roles}
    return result | ({"node.kubernetes.io/exclude-from-external-load-balancers": ""} if context.shape.control_plane else {})


def new_node(context: NodeContext, now: float) -> Manifest:
    """The Node with which a kubelet registers."""
    spec: dict[str, Any] = {"taints": [dict(t) for t in context.shape.taints]} if context.shape.taints else {}
    annotations = {"volumes.kubernetes.io/controller-managed-attach-detach": "true"}
    meta = {"name": context.node, "labels": labels(context), "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Node", "metadata": meta, "spec": spec, "status": node_status(context, {}, now)}


def capacity(context: NodeContext) -> tuple[dict[str, str], dict[str, str]]:
    """Capacity, and what of it pods may have."""
    shape = context.shape
    memory = parse(shape.memory)
    whole = {"cpu": shape.cpu, "ephemeral-storage": shape.disk, "hugepages-1Gi": "0", "hugepages-2Mi": "0", "memory": shape.memory, "pods": str(shape.pods)}
    if shape.hollow:
        plain = {k: whole[k] for k in ("cpu", "memory", "pods")}
        return plain, dict(plain)
    free = dict(whole) | {"memory": f"{(memory.whole - RESERVED_MEMORY) // 1024}Ki", "ephemeral-storage": str(parse(shape.disk).whole * 9 // 10)}
    return whole, free


def node_status(context: NodeContext, old: Manifest, now: float) -> Manifest:
    """The status as it is now; conditions keep the moment at which they last changed."""
    whole, free = capacity(context)
    kept = {k: v for k, v in old.items() if k in ("volumesAttached", "phase")}
    in_use = context.volumes_in_use()
    return (
        kept
        | ({"volumesInUse": in_use} if in_use else {})
        | {
            "capacity": whole,
            "allocatable": free,
            "conditions": conditions(context, old.get("conditions") or [], now),
            "addresses": [{"type": "InternalIP", "address": context.address}, {"type": "Hostname", "address": context.node}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": node_info(context),
            "images": images(context),
            "runtimeHandlers": [{"features": {"recursiveReadOnlyMounts": True, "userNamespaces": True}, "name": ""}],
            "features": {"supplementalGroupsPolicy": True},
        }
    )


def conditions(context: NodeContext, old: list[Manifest], now: float) -> list[Manifest]:
    before = {c["type"]: c for c in old}
    result = []
    for kind, usual_status, usual_reason, usual_message in CONDITIONS:
        status, reason, message = context.conditions.get(kind, (usual_status, usual_reason, usual_message))
        since = before.get(kind, {}).get("lastTransitionTime") if before.get(kind, {}).get("status") == status else None
        entry = {
            "type": kind,
            "status": status,
            "lastHeartbeatTime": timestamp(now),
            "lastTransitionTime": since or timestamp(now),
            "reason": reason,
            "message": message,
        }
        result.append(entry)
    return result + [c for c in old if c["type"] not in {kind for kind, *_ in CONDITIONS}]


def node_info(context: NodeContext) -> dict[str, Any]:
    digest = hashlib.sha256(context.node.encode()).hexdigest()
    uuid = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"
    return {
        "architecture": "amd64",
        "bootID": f"{digest[32:40]}-{digest[40:44]}-4{digest[45:48]}-9{digest[49:52]}-{digest[52:64]}",
        "containerRuntimeVersion": f"{context.runtime.name}://{context.runtime.version}",
        "kernelVersion": KERNEL,
        "kubeProxyVersion": "",
        "kubeletVersion": VERSION,
        "machineID": digest[:32],
        "operatingSystem": "linux",
        "osImage": OS_IMAGE,
        "systemUUID": uuid,
        "swap": {"capacity": 0},
    }


def images(context: NodeContext) -> list[Manifest]:
    """The largest images first, as the scheduler's image locality reads them."""
    found = sorted(context.runtime.list_images(), key=lambda image: (-image.size, image.id))
    return [{"names": [image.id, *image.names], "sizeBytes": image.size} for image in found[:IMAGES_MOST]]
