"""Counts of matching pods by node, kept until the node changes, so that spreading does not look at every pod each time."""

from cluster_engine.machinery.selectors import Selector
from cluster_engine.scheduler.node_info import NodeInfo

LIMIT = 512


class Fellows:
    """How many living pods of one namespace match one selector, node by node."""

    __slots__ = ("_kept", "_namespace", "_selector")

    def __init__(self, namespace: str, selector: Selector) -> None:
        self._namespace, self._selector = namespace, selector
        self._kept: dict[str, tuple[int, int]] = {}

    def on(self, node: NodeInfo) -> int:
        kept = self._kept.get(node.name)
        if kept is not None and kept[0] == node.generation:
            return kept[1]
        matches, namespace = self._selector.matches, self._namespace
        count = sum(1 for p in node.pods.values() if p.namespace == namespace and not p.terminating and matches(p.labels))
        self._kept[node.name] = (node.generation, count)
        return count


class FellowCounts:
    """One `Fellows` for each namespace and selector, at most LIMIT."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Fellows] = {}

    def of(self, namespace: str, selector: Selector) -> Fellows:
        key = (namespace, str(selector))
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= LIMIT:
                self._kept.clear()
            found = self._kept[key] = Fellows(namespace, selector)
        return found
