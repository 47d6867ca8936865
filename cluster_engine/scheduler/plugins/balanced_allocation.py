"""NodeResourcesBalancedAllocation prefers nodes on which CPU and memory would be used to the same share.

Models plugins/noderesources/balanced_allocation.go.
"""

from collections.abc import Sequence
from math import sqrt

from cluster_engine.scheduler.framework import MAX_SCORE, SKIP, SUCCESS, CycleState, Plugin, Verdict
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.snapshot import Snapshot


class BalancedAllocation(Plugin):
    name = "NodeResourcesBalancedAllocation"
    local = True
    has_score = True

    def __init__(self, resources: tuple[str, ...] = ("cpu", "memory")) -> None:
        self._resources = resources

    def pre_score(self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]) -> Verdict:
        return SUCCESS if any(pod.requests.get(r) for r in self._resources) else SKIP

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        shares = []
        for resource in self._resources:
            capacity = node.allocatable.get(resource, 0)
            if capacity:
                shares.append(min((node.requested.get(resource, 0) + pod.requests.get(resource, 0)) / capacity, 1.0))
        return int((1 - _deviation(shares)) * MAX_SCORE)


def _deviation(shares: list[float]) -> float:
    if len(shares) == 2:
        return abs((shares[0] - shares[1]) / 2)
    if len(shares) > 2:
        mean = sum(shares) / len(shares)
        return sqrt(sum((s - mean) ** 2 for s in shares) / len(shares))
    return 0.0
