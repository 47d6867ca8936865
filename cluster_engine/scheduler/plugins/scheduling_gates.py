"""SchedulingGates keeps a pod out of the queue while it carries gates. Models plugins/schedulinggates."""

from cluster_engine.scheduler.framework import SUCCESS, Plugin, Verdict, unresolvable
from cluster_engine.scheduler.pod_info import PodInfo


class SchedulingGates(Plugin):
    name = "SchedulingGates"
    events = {"pods": frozenset({"updated"})}

    def pre_enqueue(self, pod: PodInfo) -> Verdict:
        gates = [g["name"] for g in pod.spec.get("schedulingGates", ())]
        return unresolvable(f"waiting for scheduling gates: [{' '.join(gates)}]") if gates else SUCCESS
