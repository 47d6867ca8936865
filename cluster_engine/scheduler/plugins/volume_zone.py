"""VolumeZone keeps a pod in the zone of the volumes it is bound to. Models plugins/volumezone."""

from cluster_engine.scheduler.claims import claim_names, get
from cluster_engine.scheduler.framework import SKIP, SUCCESS, CycleState, Plugin, Verdict, unresolvable
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.snapshot import Snapshot

KEYS = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region")


class VolumeZone(Plugin):
    name = "VolumeZone"
    has_filter = True
    events = {
        "nodes": frozenset({"added", "updated"}),
        "persistentvolumeclaims": frozenset({"added", "updated"}),
        "persistentvolumes": frozenset({"added", "updated"}),
    }

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Verdict:
        wanted: list[tuple[str, frozenset[str]]] = []
        for name in claim_names(pod):
            claim = get(snapshot, "persistentvolumeclaims", pod.namespace, name) or {}
            volume = get(snapshot, "persistentvolumes", "", claim.get("spec", {}).get("volumeName") or "") or {}
            labels = volume.get("metadata", {}).get("labels") or {}
            wanted += [(key, frozenset(labels[key].split("__"))) for key in KEYS if key in labels]
        state.data[self.name] = wanted
        return SUCCESS if wanted else SKIP

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict:
        if any(node.labels.get(key) not in values for key, values in state.data[self.name]):
            return unresolvable("node(s) had no available volume zone")
        return SUCCESS
