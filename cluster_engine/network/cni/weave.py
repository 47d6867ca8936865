"""Weave Net: one flat layer-2 network over a mesh of routers; addresses come from one shared ring.

Models weaveworks/weave (ipam ring, fast datapath).
"""

from cluster_engine.network.cni.plugin import Hop, Plugin, Route
from cluster_engine.network.ipam import Range


class Weave(Plugin):
    """Any node may hand out any address of the one range."""

    name = "weave"

    def __init__(self, pod_cidr: str) -> None:
        super().__init__(pod_cidr)
        self._ring = Range(pod_cidr)

    def add(self, node: str) -> str:
        return self._ring.take()

    def claim(self, node: str, address: str) -> bool:
        return self._ring.claim(address)

    def delete(self, node: str, address: str) -> None:
        self._ring.free(address)

    def routes(self, node: str) -> list[Route]:
        return [Route(self.pod_cidr, "", "weave", "kernel")]

    def path(self, source_node: str, target_node: str) -> list[Hop]:
        leave = Hop(source_node, "weave", "the pod's veth pair leads to the weave bridge")
        arrive = Hop(target_node, "weave", "the bridge knows the pod's MAC address")
        if source_node == target_node:
            return [leave, arrive]
        return [leave, Hop(source_node, "vethwe-datapath", "sent over the mesh to the router that knows the MAC address"), arrive]
