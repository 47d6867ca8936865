"""A node as the scheduler sees it: what it offers, which pods stand on it, what they take together.

Models pkg/scheduler/framework/types.go (NodeInfo). `generation` rises with every change, so that answers can be kept.
"""

from typing import Any

from cluster_engine.scheduler.pod_info import PodInfo, amount

Manifest = dict[str, Any]


class NodeInfo:
    """One node. Change it only through `set_node`, `add_pod` and `remove_pod`."""

    __slots__ = (
        "allocatable", "generation", "images", "labels", "manifest", "name", "pods", "pods_with_affinity", "pods_with_anti_affinity", "ports",
        "requested", "scoring_requested", "taints", "unschedulable",
    )  # fmt: skip

    def __init__(self, name: str) -> None:
        self.name = name
        self.manifest: Manifest | None = None
        self.generation = 0
        self.pods: dict[str, PodInfo] = {}
        self.pods_with_affinity: dict[str, PodInfo] = {}
        self.pods_with_anti_affinity: dict[str, PodInfo] = {}
        self.requested: dict[str, int] = {}
        self.scoring_requested: dict[str, int] = {"cpu": 0, "memory": 0}
        self.ports: dict[tuple[str, str, int], int] = {}
        self.allocatable: dict[str, int] = {}
        self.labels: dict[str, str] = {}
        self.taints: list[Manifest] = []
        self.unschedulable = False
        self.images: dict[str, int] = {}

    def set_node(self, manifest: Manifest | None) -> None:
        """Take over the Node object; None when it is gone but pods still stand on it."""
        self.manifest = manifest
        self.generation += 1
        node = manifest or {}
        self.allocatable = {r: amount(r, str(q)) for r, q in node.get("status", {}).get("allocatable", {}).items()}
        self.labels = node.get("metadata", {}).get("labels") or {}
        self.taints = node.get("spec", {}).get("taints") or []
        self.unschedulable = bool(node.get("spec", {}).get("unschedulable"))
        self.images = {name: i.get("sizeBytes", 0) for i in node.get("status", {}).get("images", ()) for name in i.get("names", ())}

    def add_pod(self, pod: PodInfo) -> None:
        self.pods[pod.uid] = pod
        self._count(pod, 1)
        if pod.has_terms:
            self.pods_with_affinity[pod.uid] = pod
        if pod.required_anti_affinity:
            self.pods_with_anti_affinity[pod.uid] = pod

    def remove_pod(self, uid: str) -> None:
        pod = self.pods.pop(uid, None)
        if pod is None:
            return
        self._count(pod, -1)
        self.pods_with_affinity.pop(uid, None)
        self.pods_with_anti_affinity.pop(uid, None)

    def _count(self, pod: PodInfo, sign: int) -> None:
        self.generation += 1
        for resource, count in pod.requests.items():
            self.requested[resource] = self.requested.get(resource, 0) + sign * count
        for resource in ("cpu", "memory"):
            self.scoring_requested[resource] += sign * pod.scoring_requests.get(resource, 0)
        for port in pod.ports:
            self.ports[port] = self.ports.get(port, 0) + sign
            if not self.ports[port]:
                del self.ports[port]

    def clone(self) -> "NodeInfo":
        """A copy to suppose things on (preemption)."""
        copy = NodeInfo(self.name)
        copy.set_node(self.manifest)
        for pod in self.pods.values():
            copy.add_pod(pod)
        return copy
