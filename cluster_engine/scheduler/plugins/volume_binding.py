"""VolumeBinding: every claim of the pod must be bound to a volume that the node can reach, or be bindable there.

Models plugins/volumebinding. Claims whose class waits for the first consumer are decided here: PreBind marks the claim with
the chosen node, and the binder or the provisioner does the rest; the pod is bound when they have.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cluster_engine.machinery.quantity import whole
from cluster_engine.machinery.selectors import from_object
from cluster_engine.scheduler.claims import claim_names, every, get, is_bound, waits_for_consumer
from cluster_engine.scheduler.framework import SKIP, SUCCESS, CycleState, Plugin, Verdict, unresolvable
from cluster_engine.scheduler.node_affinity import selector_matches
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.snapshot import Snapshot

Manifest = dict[str, Any]
NO_PROVISIONER = "kubernetes.io/no-provisioner"


@dataclass(slots=True)
class Claims:
    """The pod's claims by what is to be done with them. `matches`: by node, the volumes chosen for waiting claims."""

    snapshot: Snapshot
    bound: list[Manifest] = field(default_factory=list)
    waiting: list[Manifest] = field(default_factory=list)
    volumes: list[Manifest] = field(default_factory=list)
    matches: dict[str, list[tuple[Manifest, Manifest | None]]] = field(default_factory=dict)


class VolumeBinding(Plugin):
    name = "VolumeBinding"
    has_filter = True
    events = {
        "persistentvolumeclaims": frozenset({"added", "updated"}),
        "persistentvolumes": frozenset({"added", "updated"}),
        "storageclasses.storage.k8s.io": frozenset({"added", "updated"}),
        "csinodes.storage.k8s.io": frozenset({"added", "updated"}),
        "nodes": frozenset({"added", "updated"}),
    }

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Verdict:
        names = claim_names(pod)
        if not names:
            return SKIP
        claims = Claims(snapshot)
        unbound = False
        for name in names:
            claim = get(snapshot, "persistentvolumeclaims", pod.namespace, name)
            if claim is None:
                return unresolvable(f'persistentvolumeclaim "{name}" not found')
            if claim["metadata"].get("deletionTimestamp"):
                return unresolvable(f'persistentvolumeclaim "{name}" is being deleted')
            if claim.get("status", {}).get("phase") == "Lost":
                return unresolvable(f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{claim["spec"].get("volumeName", "")}"')
            if is_bound(claim):
                claims.bound.append(claim)
            elif waits_for_consumer(snapshot, claim):
                claims.waiting.append(claim)
            else:
                unbound = True
        if unbound:
            return unresolvable("pod has unbound immediate PersistentVolumeClaims")
        if claims.waiting:
            claims.volumes = sorted(every(snapshot, "persistentvolumes"), key=_size)
        state.data[self.name] = claims
        return SUCCESS

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict:
        claims: Claims = state.data[self.name]
        for claim in claims.bound:
            volume = get(claims.snapshot, "persistentvolumes", "", claim["spec"]["volumeName"])
            if volume is None:
                return unresolvable("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)")
            if not _reachable(volume, node):
                return unresolvable("node(s) didn't match PersistentVolume's node affinity")
        chosen: list[tuple[Manifest, Manifest | None]] = []
        for claim in claims.waiting:
            verdict = self._place(claims, claim, node, chosen)
            if not verdict.ok:
                return verdict
        claims.matches[node.name] = chosen
        return SUCCESS

    @staticmethod
    def _place(claims: Claims, claim: Manifest, node: NodeInfo, chosen: list[tuple[Manifest, Manifest | None]]) -> Verdict:
        selected = (claim["metadata"].get("annotations") or {}).get("volume.kubernetes.io/selected-node")
        if selected and selected != node.name:
            return unresolvable("node(s) didn't match the node selected for a claim")
        taken = {v["metadata"]["name"] for _, v in chosen if v is not None}
        for volume in claims.volumes:
            if volume["metadata"]["name"] not in taken and fits(volume, claim) and _reachable(volume, node):
                chosen.append((claim, volume))
                return SUCCESS
        storage_class = get(claims.snapshot, "storageclasses.storage.k8s.io", "", claim["spec"].get("storageClassName") or "") or {}
        if storage_class.get("provisioner") in (None, NO_PROVISIONER):
            return unresolvable("node(s) didn't find available persistent volumes to bind")
        if not _topology_allows(storage_class, node):
            return unresolvable("node(s) didn't match the allowed topologies of the storage class")
        chosen.append((claim, None))
        return SUCCESS

    def pre_score(self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]) -> Verdict:
        return SKIP


def decisions(state: CycleState, node_name: str) -> list[tuple[Manifest, Manifest | None]]:
    """For PreBind: (claim, the volume to bind it to, or None to provision one) on the chosen node."""
    claims = state.data.get(VolumeBinding.name)
    return claims.matches.get(node_name, []) if claims is not None else []


def _size(volume: Manifest) -> int:
    return whole(str(volume["spec"].get("capacity", {}).get("storage", "0")))


def fits(volume: Manifest, claim: Manifest) -> bool:
    """Whether an unbound volume could serve the claim: class, size, modes, selector, and no other claim's reservation."""
    spec, wanted = volume["spec"], claim["spec"]
    reserved = spec.get("claimRef")
    if reserved and (reserved.get("name"), reserved.get("namespace")) != (claim["metadata"]["name"], claim["metadata"]["namespace"]):
        return False
    if volume["metadata"].get("deletionTimestamp") or (not reserved and volume.get("status", {}).get("phase") not in (None, "Available", "Pending")):
        return False
    if (spec.get("storageClassName") or "") != (wanted.get("storageClassName") or ""):
        return False
    if spec.get("volumeMode", "Filesystem") != wanted.get("volumeMode", "Filesystem"):
        return False
    if not set(wanted.get("accessModes", ())) <= set(spec.get("accessModes", ())):
        return False
    if wanted.get("selector") is not None and not from_object(wanted["selector"]).matches(volume["metadata"].get("labels") or {}):
        return False
    return _size(volume) >= whole(str(wanted.get("resources", {}).get("requests", {}).get("storage", "0")))


def _reachable(volume: Manifest, node: NodeInfo) -> bool:
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    return selector_matches(required, node.name, node.labels)


def _topology_allows(storage_class: Manifest, node: NodeInfo) -> bool:
    terms = storage_class.get("allowedTopologies")
    if not terms:
        return True
    return any(all(node.labels.get(e["key"]) in e["values"] for e in t.get("matchLabelExpressions", ())) for t in terms)
