"""NodeVolumeLimits: a node attaches only as many volumes of a driver as its CSINode says. Models plugins/nodevolumelimits."""

from cluster_engine.scheduler.claims import claim_names, get
from cluster_engine.scheduler.framework import SKIP, SUCCESS, CycleState, Plugin, Verdict, unschedulable
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.snapshot import Snapshot


class NodeVolumeLimits(Plugin):
    name = "NodeVolumeLimits"
    has_filter = True
    events = {"csinodes.storage.k8s.io": frozenset({"added", "updated"}), "pods": frozenset({"deleted"}), "nodes": frozenset({"added"})}

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Verdict:
        state.data[self.name] = snapshot
        return SUCCESS if claim_names(pod) else SKIP

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict:
        snapshot: Snapshot = state.data[self.name]
        csi_node = get(snapshot, "csinodes.storage.k8s.io", "", node.name)
        if csi_node is None:
            return SUCCESS
        limits = {d["name"]: d["allocatable"]["count"] for d in csi_node["spec"].get("drivers", ()) if (d.get("allocatable") or {}).get("count") is not None}
        wanted = _volumes(pod, snapshot)
        attached = {v for p in node.pods.values() for v in _volumes(p, snapshot)}
        for driver, limit in limits.items():
            if sum(1 for d, _ in wanted | attached if d == driver) > limit and any(d == driver for d, _ in wanted - attached):
                return unschedulable("node(s) exceed max volume count")
        return SUCCESS


def _volumes(pod: PodInfo, snapshot: Snapshot) -> set[tuple[str, str]]:
    """(driver, volume or claim) of each of the pod's claims."""
    found = set()
    for name in claim_names(pod):
        claim = get(snapshot, "persistentvolumeclaims", pod.namespace, name)
        if claim is None:
            continue
        volume = get(snapshot, "persistentvolumes", "", claim["spec"].get("volumeName") or "")
        if volume is not None and "csi" in volume["spec"]:
            found.add((volume["spec"]["csi"]["driver"], volume["spec"]["csi"]["volumeHandle"]))
            continue
        storage_class = get(snapshot, "storageclasses.storage.k8s.io", "", claim["spec"].get("storageClassName") or "")
        if volume is None and storage_class is not None:
            found.add((storage_class["provisioner"], f"{pod.namespace}/{name}"))
    return found
