"""Flannel: each node owns one /24 and wraps packets for other nodes in VXLAN.

Models flannel-io/flannel (vxlan backend) with the host-local IPAM and bridge plugins.
"""

from cluster_engine.network.cni.plugin import Hop, Plugin, Route
from cluster_engine.network.ipam import Blocks, Range

NODE_PREFIX = 24


class Flannel(Plugin):
    """The first address of a node's range is its bridge `cni0`."""

    name = "flannel"

    def __init__(self, pod_cidr: str) -> None:
        super().__init__(pod_cidr)
        self._pool = Blocks(pod_cidr, NODE_PREFIX)
        self._held: dict[str, Range] = {}

    def add(self, node: str) -> str:
        if node not in self._held:
            self._held[node] = Range(self._pool.take(), first=2)
        return self._held[node].take()

    def claim(self, node: str, address: str) -> bool:
        if node not in self._held:
            cidr = self._pool.claim(address)
            if cidr is None:
                return False
            self._held[node] = Range(cidr, first=2)
        return address in self._held[node] and self._held[node].claim(address)

    def delete(self, node: str, address: str) -> None:
        if node in self._held:
            self._held[node].free(address)

    def leave(self, node: str) -> None:
        super().leave(node)
        if node in self._held:
            self._pool.free(self._held.pop(node).cidr)

    def routes(self, node: str) -> list[Route]:
        mine = [Route(self._held[node].cidr, "", "cni0", "kernel")] if node in self._held else []
        others = [Route(h.cidr, h.cidr.partition("/")[0], "flannel.1", "static") for n, h in sorted(self._held.items()) if n != node]
        return mine + others

    def path(self, source_node: str, target_node: str) -> list[Hop]:
        leave = Hop(source_node, "cni0", "the pod's veth pair leads to the node's bridge")
        arrive = Hop(target_node, "cni0", "the bridge hands it to the pod's veth pair")
        if source_node == target_node:
            return [leave, arrive]
        wrapped = Hop(source_node, "flannel.1", "wrapped in VXLAN (UDP 8472) for the node that owns the range")
        return [leave, wrapped, Hop(target_node, "flannel.1", "unwrapped"), arrive]
