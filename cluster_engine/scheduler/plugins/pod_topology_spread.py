"""PodTopologySpread spreads a pod's fellows over zones, nodes or any other domain, within the skew that is allowed.

Models plugins/podtopologyspread. Pods without constraints of their own get upstream's system defaults for scoring.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log
from typing import Any

from cluster_engine.machinery.selectors import Selector, from_object
from cluster_engine.scheduler.fellows import FellowCounts, Fellows
from cluster_engine.scheduler.framework import MAX_SCORE, SKIP, SUCCESS, CycleState, Plugin, Verdict, unresolvable, unschedulable
from cluster_engine.scheduler.node_affinity import required_matches
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.snapshot import Snapshot
from cluster_engine.scheduler.taints import first_untolerated

HOSTNAME = "kubernetes.io/hostname"
SYSTEM_DEFAULTS = ((HOSTNAME, 3), ("topology.kubernetes.io/zone", 5))
MISMATCH = "node(s) didn't match pod topology spread constraints"


@dataclass(slots=True)
class Constraint:
    """One constraint with its selector worked out. `counts`: matching pods by domain, over the nodes that count."""

    key: str
    max_skew: int
    selector: Selector
    fellows: Fellows
    min_domains: int = 1
    honour_affinity: bool = True
    honour_taints: bool = False
    counts: dict[str, int] = field(default_factory=dict)

    def least(self) -> int:
        """The smallest count of any domain; 0 while there are fewer domains than minDomains."""
        return 0 if len(self.counts) < self.min_domains or not self.counts else min(self.counts.values())


@dataclass(slots=True)
class Preferences:
    """PreScore's result: soft constraints, each domain's weight, and the nodes that lack a key."""

    constraints: list[Constraint]
    weights: list[float]
    ignored: set[str]


class PodTopologySpread(Plugin):
    name = "PodTopologySpread"
    has_filter = True
    has_score = True
    events = {"pods": frozenset({"added", "updated", "deleted"}), "nodes": frozenset({"added", "updated", "deleted"})}

    def __init__(self) -> None:
        self._fellows = FellowCounts()

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Verdict:
        constraints = _constraints(pod, "DoNotSchedule", self._fellows)
        if not constraints:
            return SKIP
        for node in snapshot.nodes():
            if all(c.key in node.labels for c in constraints):
                for constraint in constraints:
                    if _counts_node(constraint, pod, node):
                        domain = node.labels[constraint.key]
                        constraint.counts[domain] = constraint.counts.get(domain, 0) + constraint.fellows.on(node)
        state.data[self.name] = constraints
        return SUCCESS

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict:
        for constraint in state.data[self.name]:
            domain = node.labels.get(constraint.key)
            if domain is None:
                return unresolvable(f"{MISMATCH} (missing required label)")
            own = 1 if constraint.selector.matches(pod.labels) else 0
            if constraint.counts.get(domain, 0) + own - constraint.least() > constraint.max_skew:
                return unschedulable(MISMATCH)
        return SUCCESS

    def add_pod(self, state: CycleState, pod: PodInfo, added: PodInfo, node: NodeInfo) -> None:
        self._suppose(state, pod, added, node, 1)

    def remove_pod(self, state: CycleState, pod: PodInfo, removed: PodInfo, node: NodeInfo) -> None:
        self._suppose(state, pod, removed, node, -1)

    def _suppose(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo, sign: int) -> None:
        constraints: list[Constraint] = state.data.get(self.name, [])
        if other.namespace != pod.namespace or not all(c.key in node.labels for c in constraints):
            return
        for constraint in constraints:
            if constraint.selector.matches(other.labels) and _counts_node(constraint, pod, node):
                domain = node.labels[constraint.key]
                constraint.counts[domain] = constraint.counts.get(domain, 0) + sign

    def pre_score(self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]) -> Verdict:
        own = bool(pod.spec.get("topologySpreadConstraints"))
        constraints = _constraints(pod, "ScheduleAnyway", self._fellows) if own else _default_constraints(pod, snapshot, self._fellows)
        if not constraints:
            return SKIP
        preferences = Preferences(constraints, [], set())
        for node in nodes:
            if own and not all(c.key in node.labels for c in constraints):
                preferences.ignored.add(node.name)
                continue
            for constraint in constraints:
                if constraint.key in node.labels and constraint.key != HOSTNAME:
                    constraint.counts.setdefault(node.labels[constraint.key], 0)
        feasible = len(nodes) - len(preferences.ignored)
        preferences.weights = [log((feasible if c.key == HOSTNAME else len(c.counts)) + 2) for c in constraints]
        self._count(pod, snapshot, [c for c in constraints if c.key != HOSTNAME], constraints if own else [])
        state.data[self.name + "/score"] = preferences
        return SUCCESS

    @staticmethod
    def _count(pod: PodInfo, snapshot: Snapshot, constraints: list[Constraint], required: list[Constraint]) -> None:
        if not constraints:
            return
        for node in snapshot.nodes():
            if not all(c.key in node.labels for c in required):
                continue
            for constraint in constraints:
                domain = node.labels.get(constraint.key)
                if domain in constraint.counts and (count := constraint.fellows.on(node)) and _counts_node(constraint, pod, node):
                    constraint.counts[domain] += count

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        preferences: Preferences = state.data[self.name + "/score"]
        if node.name in preferences.ignored:
            return 0
        total = 0.0
        for constraint, weight in zip(preferences.constraints, preferences.weights, strict=True):
            domain = node.labels.get(constraint.key)
            if domain is None:
                continue
            count = constraint.fellows.on(node) if constraint.key == HOSTNAME else constraint.counts.get(domain, 0)
            total += count * weight + (constraint.max_skew - 1)
        return round(total)

    def normalize(self, state: CycleState, pod: PodInfo, scores: dict[str, int]) -> None:
        preferences: Preferences = state.data[self.name + "/score"]
        counted = [s for n, s in scores.items() if n not in preferences.ignored]
        low, high = min(counted, default=0), max(counted, default=0)
        for name, score in scores.items():
            if name in preferences.ignored:
                scores[name] = 0
            elif high == 0:
                scores[name] = MAX_SCORE
            else:
                scores[name] = MAX_SCORE * (high + low - score) // high


def _constraints(pod: PodInfo, action: str, fellows: FellowCounts) -> list[Constraint]:
    found = []
    for raw in pod.spec.get("topologySpreadConstraints", ()):
        if raw.get("whenUnsatisfiable") == action:
            selector = _selector(raw, pod)
            found.append(
                Constraint(
                    raw["topologyKey"],
                    raw.get("maxSkew", 1),
                    selector,
                    fellows.of(pod.namespace, selector),
                    raw.get("minDomains") or 1,
                    raw.get("nodeAffinityPolicy", "Honor") == "Honor" and _has_affinity(pod),
                    raw.get("nodeTaintsPolicy", "Ignore") == "Honor",
                )  # fmt: skip
            )
    return found


def _has_affinity(pod: PodInfo) -> bool:
    return bool(pod.spec.get("nodeSelector") or pod.affinity.get("nodeAffinity"))


def _selector(raw: dict[str, Any], pod: PodInfo) -> Selector:
    selector = dict(raw.get("labelSelector") or {})
    same = {k: pod.labels[k] for k in raw.get("matchLabelKeys", ()) if k in pod.labels}
    if same:
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), **same}
    return from_object(selector if raw.get("labelSelector") is not None else None)


def _default_constraints(pod: PodInfo, snapshot: Snapshot, counts: FellowCounts) -> list[Constraint]:
    """The system defaults, over the pods that the pod's services and controller select together."""
    fellows = snapshot.objects.get("fellows")
    selector = fellows(pod) if fellows is not None else None
    if selector is None:
        return []
    honour = _has_affinity(pod)
    return [Constraint(key, skew, selector, counts.of(pod.namespace, selector), honour_affinity=honour) for key, skew in SYSTEM_DEFAULTS]


def _counts_node(constraint: Constraint, pod: PodInfo, node: NodeInfo) -> bool:
    if constraint.honour_affinity and not required_matches(pod.spec, node.name, node.labels):
        return False
    return not constraint.honour_taints or first_untolerated(pod.spec.get("tolerations", ()), node.taints, ("NoSchedule", "NoExecute")) is None
