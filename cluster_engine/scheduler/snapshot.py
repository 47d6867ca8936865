"""What the scheduler knows: every node with its pods, bound or assumed, kept up from the watches.

Models pkg/scheduler/backend/cache. A pod that was just placed is assumed to stand on its node until the watch shows it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo

Manifest = dict[str, Any]


class Snapshot:
    """Nodes by name with their pods. `with_affinity` are the nodes that hold pods with inter-pod terms."""

    def __init__(self) -> None:
        self._nodes: dict[str, NodeInfo] = {}
        self._place: dict[str, str] = {}
        self._assumed: set[str] = set()
        self._order: list[NodeInfo] | None = None
        self.objects: dict[str, Any] = {}
        self.images: dict[str, int] = {}

    # -- reading

    def nodes(self) -> list[NodeInfo]:
        """Living nodes by name."""
        if self._order is None:
            self._order = [n for _, n in sorted(self._nodes.items()) if n.manifest is not None]
        return self._order

    def get(self, name: str) -> NodeInfo | None:
        node = self._nodes.get(name)
        return node if node is not None and node.manifest is not None else None

    def with_affinity(self) -> Iterator[NodeInfo]:
        return (n for n in self.nodes() if n.pods_with_affinity)

    def with_anti_affinity(self) -> Iterator[NodeInfo]:
        return (n for n in self.nodes() if n.pods_with_anti_affinity)

    def pods(self) -> Iterable[PodInfo]:
        return (p for n in self.nodes() for p in n.pods.values())

    def is_assumed(self, uid: str) -> bool:
        return uid in self._assumed

    # -- keeping up

    def set_node(self, manifest: Manifest) -> None:
        name = manifest["metadata"]["name"]
        node = self._nodes.get(name)
        if node is None or node.manifest is None:
            self._order = None
        if node is None:
            node = self._nodes[name] = NodeInfo(name)
        self._count_images(node, -1)
        node.set_node(manifest)
        self._count_images(node, 1)

    def remove_node(self, name: str) -> None:
        node = self._nodes.get(name)
        if node is None:
            return
        self._order = None
        self._count_images(node, -1)
        node.set_node(None)
        if not node.pods:
            del self._nodes[name]

    def set_pod(self, pod: PodInfo) -> None:
        """A bound pod, as the watch shows it."""
        self._assumed.discard(pod.uid)
        self._put(pod, pod.node_name)

    def assume(self, pod: PodInfo, node_name: str) -> None:
        self._assumed.add(pod.uid)
        self._put(pod, node_name)

    def forget(self, uid: str) -> None:
        """A pod is gone, or its binding failed."""
        self._assumed.discard(uid)
        name = self._place.pop(uid, None)
        node = self._nodes.get(name) if name is not None else None
        if node is None:
            return
        node.remove_pod(uid)
        if node.manifest is None and not node.pods:
            del self._nodes[node.name]

    def _put(self, pod: PodInfo, node_name: str) -> None:
        old = self._nodes.get(self._place.get(pod.uid, ""))
        if old is not None:
            before = old.pods.get(pod.uid)
            if (
                old.name == node_name
                and before is not None
                and before.spec == pod.spec
                and before.labels == pod.labels
                and before.terminating == pod.terminating
            ):
                before.manifest = pod.manifest
                return
            old.remove_pod(pod.uid)
        node = self._nodes.get(node_name)
        if node is None:
            node = self._nodes[node_name] = NodeInfo(node_name)
        node.add_pod(pod)
        self._place[pod.uid] = node_name

    def _count_images(self, node: NodeInfo, sign: int) -> None:
        for image in node.images:
            self.images[image] = self.images.get(image, 0) + sign
