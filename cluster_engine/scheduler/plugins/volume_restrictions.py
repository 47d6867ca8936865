"""VolumeRestrictions: a ReadWriteOncePod claim serves one pod at a time. Models plugins/volumerestrictions."""

from cluster_engine.scheduler.claims import claim_names, get
from cluster_engine.scheduler.framework import SKIP, SUCCESS, CycleState, Plugin, Verdict, unschedulable
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.snapshot import Snapshot


class VolumeRestrictions(Plugin):
    name = "VolumeRestrictions"
    has_filter = True
    events = {"pods": frozenset({"deleted"}), "persistentvolumeclaims": frozenset({"added", "updated"}), "nodes": frozenset({"added"})}

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Verdict:
        single = set()
        for name in claim_names(pod):
            claim = get(snapshot, "persistentvolumeclaims", pod.namespace, name)
            if claim is not None and "ReadWriteOncePod" in claim["spec"].get("accessModes", ()):
                single.add(name)
        if not single:
            return SKIP
        taken = {n.name for n in snapshot.nodes() for p in n.pods.values() if p.namespace == pod.namespace and single & set(claim_names(p))}
        state.data[self.name] = taken
        return SUCCESS

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict:
        if state.data[self.name]:
            return unschedulable("node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode")
        return SUCCESS
