"""NodeUnschedulable keeps pods off cordoned nodes. Models plugins/nodeunschedulable."""

from cluster_engine.scheduler.framework import SUCCESS, CycleState, Plugin, Verdict, unresolvable
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.taints import tolerates

CORDON = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


class NodeUnschedulable(Plugin):
    name = "NodeUnschedulable"
    local = True
    has_filter = True
    events = {"nodes": frozenset({"added", "updated"})}

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict:
        if node.unschedulable and not tolerates(pod.spec.get("tolerations", ()), CORDON):
            return unresolvable("node(s) were unschedulable")
        return SUCCESS
