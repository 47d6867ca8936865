"""Calico: each node claims blocks of 64 addresses and tells the others by BGP which it holds; packets travel unwrapped.

Models projectcalico/calico (libcalico-go IPAM, BIRD's node-to-node mesh).
"""

from cluster_engine.network.cni.plugin import Hop, Plugin, Route
from cluster_engine.network.ipam import Blocks, Range

BLOCK_PREFIX = 26


class Calico(Plugin):
    """Blocks are claimed one by one, as a node needs them."""

    name = "calico"

    def __init__(self, pod_cidr: str) -> None:
        super().__init__(pod_cidr)
        self._pool = Blocks(pod_cidr, BLOCK_PREFIX)
        self._held: dict[str, list[Range]] = {}

    def add(self, node: str) -> str:
        held = self._held.setdefault(node, [])
        for block in held:
            if not block.full:
                return block.take()
        held.append(Range(self._pool.take()))
        return held[-1].take()

    def claim(self, node: str, address: str) -> bool:
        held = self._held.setdefault(node, [])
        for block in held:
            if address in block:
                return block.claim(address)
        cidr = self._pool.claim(address)
        if cidr is None:
            return False
        held.append(Range(cidr))
        return held[-1].claim(address)

    def delete(self, node: str, address: str) -> None:
        for block in self._held.get(node, ()):
            if address in block:
                block.free(address)

    def leave(self, node: str) -> None:
        super().leave(node)
        for block in self._held.pop(node, ()):
            self._pool.free(block.cidr)

    def routes(self, node: str) -> list[Route]:
        mine = [Route(block.cidr, "", "blackhole", "80") for block in self._held.get(node, ())]
        others = [
            Route(b.cidr, self._addresses[n], "eth0", "bird") for n, held in sorted(self._held.items()) if n != node and n in self._addresses for b in held
        ]
        return mine + others

    def path(self, source_node: str, target_node: str) -> list[Hop]:
        leave = Hop(source_node, "cali", "the pod's veth pair leads to the node; 169.254.1.1 answers as its gateway")
        arrive = Hop(target_node, "cali", "a /32 route leads into the pod's veth pair")
        if source_node == target_node:
            return [leave, arrive]
        return [leave, Hop(source_node, "eth0", "a route that BGP brought names the other node as next hop"), arrive]
