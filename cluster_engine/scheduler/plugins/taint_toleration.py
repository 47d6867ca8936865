"""TaintToleration keeps pods off nodes whose taints they do not bear, and away from PreferNoSchedule ones.

Models plugins/tainttoleration.
"""

from collections.abc import Sequence

from cluster_engine.scheduler.framework import SUCCESS, CycleState, Plugin, Verdict, default_normalize, unresolvable
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.snapshot import Snapshot
from cluster_engine.scheduler.taints import first_untolerated, tolerates


class TaintToleration(Plugin):
    name = "TaintToleration"
    local = True
    has_filter = True
    has_score = True
    events = {"nodes": frozenset({"added", "updated"})}

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict:
        if not node.taints:
            return SUCCESS
        taint = first_untolerated(pod.spec.get("tolerations", ()), node.taints, ("NoSchedule", "NoExecute"))
        if taint is None:
            return SUCCESS
        return unresolvable("node(s) had untolerated taint(s)")

    def pre_score(self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]) -> Verdict:
        return SUCCESS

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        if not node.taints:
            return 0
        bears = [t for t in pod.spec.get("tolerations", ()) if t.get("effect") in (None, "", "PreferNoSchedule")]
        return sum(1 for taint in node.taints if taint.get("effect") == "PreferNoSchedule" and not tolerates(bears, taint))

    def normalize(self, state: CycleState, pod: PodInfo, scores: dict[str, int]) -> None:
        default_normalize(scores, reverse=True)
