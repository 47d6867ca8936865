"""NodeName keeps a pod that names its node to that node. Models plugins/nodename."""

from cluster_engine.scheduler.framework import SUCCESS, CycleState, Plugin, Verdict, unresolvable
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo


class NodeName(Plugin):
    name = "NodeName"
    local = True
    has_filter = True
    events = {"nodes": frozenset({"added"})}

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict:
        if pod.node_name and pod.node_name != node.name:
            return unresolvable("node(s) didn't match the requested node name")
        return SUCCESS
