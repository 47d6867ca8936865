"""NodeAffinity keeps a pod to the nodes that its selector and affinity name, and prefers those it prefers.

Models plugins/nodeaffinity.
"""

from collections.abc import Sequence

from cluster_engine.scheduler.framework import SKIP, SUCCESS, CycleState, Plugin, Verdict, default_normalize, unresolvable
from cluster_engine.scheduler.node_affinity import required_matches, term_matches
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.snapshot import Snapshot

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


class NodeAffinity(Plugin):
    name = "NodeAffinity"
    local = True
    has_filter = True
    has_score = True
    events = {"nodes": frozenset({"added", "updated"})}

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Verdict:
        required = (pod.affinity.get("nodeAffinity") or {}).get(REQUIRED)
        if not required and not pod.spec.get("nodeSelector"):
            return SKIP
        names = _named_nodes(required or {})
        if names is not None:
            state.allowed_nodes = names if state.allowed_nodes is None else state.allowed_nodes & names
        return SUCCESS

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict:
        if required_matches(pod.spec, node.name, node.labels):
            return SUCCESS
        return unresolvable("node(s) didn't match Pod's node affinity/selector")

    def pre_score(self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]) -> Verdict:
        return SUCCESS if (pod.affinity.get("nodeAffinity") or {}).get(PREFERRED) else SKIP

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        preferred = (pod.affinity.get("nodeAffinity") or {}).get(PREFERRED, ())
        return sum(int(p["weight"]) for p in preferred if term_matches(p["preference"], node.name, node.labels))

    def normalize(self, state: CycleState, pod: PodInfo, scores: dict[str, int]) -> None:
        default_normalize(scores, reverse=False)


def _named_nodes(required: dict[str, object]) -> set[str] | None:
    """The node names that every term pins by metadata.name (as DaemonSet pods do), or None when one does not."""
    names: set[str] = set()
    terms = required.get("nodeSelectorTerms")
    if not isinstance(terms, list) or not terms:
        return None
    for term in terms:
        pinned = [f["values"] for f in term.get("matchFields") or () if f["key"] == "metadata.name" and f["operator"] == "In"]
        if not pinned:
            return None
        names.update(*pinned)
    return names
