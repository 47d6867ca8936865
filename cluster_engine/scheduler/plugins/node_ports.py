"""NodePorts keeps pods off nodes where a host port that they ask for is taken. Models plugins/nodeports."""

from cluster_engine.scheduler.framework import SKIP, SUCCESS, CycleState, Plugin, Verdict, unschedulable
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.snapshot import Snapshot

ANY_ADDRESS = "0.0.0.0"


class NodePorts(Plugin):
    name = "NodePorts"
    local = True
    has_filter = True
    events = {"pods": frozenset({"deleted"}), "nodes": frozenset({"added"})}

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Verdict:
        return SUCCESS if pod.ports else SKIP

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict:
        for wanted in pod.ports:
            if any(_clash(wanted, taken) for taken in node.ports):
                return unschedulable("node(s) didn't have free ports for the requested pod ports")
        return SUCCESS


def _clash(wanted: tuple[str, str, int], taken: tuple[str, str, int]) -> bool:
    return wanted[1:] == taken[1:] and (wanted[0] == taken[0] or ANY_ADDRESS in (wanted[0], taken[0]))
