"""NodeResourcesFit: what the pod requests must be free on the node; scores by how full the node would be.

Models plugins/noderesources/fit.go with its three strategies.
"""

from itertools import pairwise

from cluster_engine.scheduler.framework import MAX_SCORE, SUCCESS, Code, CycleState, Plugin, Verdict
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo

Weights = tuple[tuple[str, int], ...]
DEFAULT_RESOURCES: Weights = (("cpu", 1), ("memory", 1))
Shape = tuple[tuple[int, int], ...]


def least_allocated(requested: int, capacity: int, shape: Shape) -> int:
    return 0 if capacity == 0 or requested > capacity else (capacity - requested) * MAX_SCORE // capacity


def most_allocated(requested: int, capacity: int, shape: Shape) -> int:
    return 0 if capacity == 0 else min(requested, capacity) * MAX_SCORE // capacity


def requested_to_capacity_ratio(requested: int, capacity: int, shape: Shape) -> int:
    """Straight lines between the points (utilization per cent, score 0..10)."""
    utilization = 100 if capacity == 0 or requested > capacity else requested * 100 // capacity
    points = [(u, s * 10) for u, s in shape]
    for (u0, s0), (u1, s1) in pairwise(points):
        if utilization <= u0:
            return s0
        if utilization <= u1:
            return s0 + (s1 - s0) * (utilization - u0) // (u1 - u0)
    return points[-1][1] if points else 0


STRATEGIES = {"LeastAllocated": least_allocated, "MostAllocated": most_allocated, "RequestedToCapacityRatio": requested_to_capacity_ratio}


class NodeResourcesFit(Plugin):
    name = "NodeResourcesFit"
    local = True
    has_filter = True
    has_score = True
    events = {"pods": frozenset({"deleted", "updated"}), "nodes": frozenset({"added", "updated"})}

    def __init__(self, strategy: str = "LeastAllocated", resources: Weights = DEFAULT_RESOURCES, shape: Shape = ()) -> None:
        self._score_one, self._resources, self._shape = STRATEGIES[strategy], resources, shape

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict:
        reasons, hopeless = [], False
        if len(node.pods) + 1 > node.allocatable.get("pods", 0):
            reasons.append("Too many pods")
        for resource, wanted in pod.requests.items():
            if wanted <= 0:
                continue
            allocatable = node.allocatable.get(resource, 0)
            if wanted > allocatable - node.requested.get(resource, 0):
                reasons.append(f"Insufficient {resource}")
                hopeless = hopeless or wanted > allocatable
        if not reasons:
            return SUCCESS
        return Verdict(Code.UNRESOLVABLE if hopeless else Code.UNSCHEDULABLE, tuple(reasons))

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        total = weights = 0
        for resource, weight in self._resources:
            capacity = node.allocatable.get(resource, 0)
            if not capacity:
                continue
            taken = node.scoring_requested if resource in ("cpu", "memory") else node.requested
            wanted = pod.scoring_requests if resource in ("cpu", "memory") else pod.requests
            total += weight * self._score_one(taken.get(resource, 0) + wanted.get(resource, 0), capacity, self._shape)
            weights += weight
        return total // weights if weights else 0
