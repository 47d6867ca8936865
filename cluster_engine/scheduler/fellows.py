"""Counts of matching pods by node, kept until the node changes, so that spreading does not look at every pod each time."""

from cluster_engine.machinery.selectors import Selector
from cluster_engine.scheduler.node_info import NodeInfo

LIMIT = 512


class FellowCounts:
    """For (namespace, selector): how many living pods on a node match, by the node's generation."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}

    def count(self, namespace: str, selector: Selector, node: NodeInfo) -> int:
        by_node = self._kept.get((namespace, text := str(selector)))
        if by_node is None:
            if len(self._kept) >= LIMIT:
                self._kept.clear()
            by_node = self._kept[(namespace, text)] = {}
        kept = by_node.get(node.name)
        if kept is not None and kept[0] == node.generation:
            return kept[1]
        matches = selector.matches
        count = sum(1 for p in node.pods.values() if p.namespace == namespace and not p.terminating and matches(p.labels))
        by_node[node.name] = (node.generation, count)
        return count
