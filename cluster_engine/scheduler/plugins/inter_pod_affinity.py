"""InterPodAffinity places a pod near or far from other pods, as either side's terms ask. Models plugins/interpodaffinity."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cluster_engine.machinery.selectors import Selector, from_object
from cluster_engine.scheduler.framework import MAX_SCORE, SKIP, SUCCESS, CycleState, Plugin, Verdict, unresolvable, unschedulable
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.snapshot import Snapshot

Manifest = dict[str, Any]
Counts = dict[tuple[str, str], int]
HARD_WEIGHT = 1


@dataclass(frozen=True, slots=True)
class Term:
    """An affinity term with its selectors worked out. `namespaces` None stands for all."""

    key: str
    selector: Selector
    namespaces: frozenset[str] | None
    namespace_selector: Selector | None

    def matches(self, pod: PodInfo, namespace_labels: "Namespaces") -> bool:
        chosen = self.namespaces is not None and pod.namespace in self.namespaces
        if not chosen and self.namespace_selector is not None:
            chosen = self.namespace_selector.matches(namespace_labels(pod.namespace))
        return chosen and self.selector.matches(pod.labels)


class Namespaces:
    """Labels of namespaces, from the snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._of = snapshot.objects.get("namespace_labels")

    def __call__(self, name: str) -> dict[str, str]:
        found: dict[str, str] = self._of(name) if self._of is not None else {}
        return found


def terms(owner: PodInfo, raw: Sequence[Manifest]) -> list[Term]:
    """The terms of `owner`; without namespaces a term means the owner's own."""
    found = []
    for term in raw:
        names = frozenset(term.get("namespaces") or ())
        selector = term.get("namespaceSelector")
        if not names and selector is None:
            names = frozenset({owner.namespace})
        found.append(Term(term["topologyKey"], _selector(term, owner), names, from_object(selector) if selector is not None else None))
    return found


def _selector(term: Manifest, owner: PodInfo) -> Selector:
    selector = dict(term.get("labelSelector") or {})
    expressions = list(selector.get("matchExpressions") or ())
    for key in term.get("matchLabelKeys", ()):
        if key in owner.labels:
            expressions.append({"key": key, "operator": "In", "values": [owner.labels[key]]})
    for key in term.get("mismatchLabelKeys", ()):
        if key in owner.labels:
            expressions.append({"key": key, "operator": "NotIn", "values": [owner.labels[key]]})
    if expressions:
        selector["matchExpressions"] = expressions
    return from_object(selector if term.get("labelSelector") is not None or expressions else None)


@dataclass(slots=True)
class Counted:
    """Per (topology key, domain): how many existing pods match or forbid."""

    affinity_terms: list[Term]
    anti_terms: list[Term]
    forbidden_by_others: Counts = field(default_factory=dict)
    near: Counts = field(default_factory=dict)
    far: Counts = field(default_factory=dict)
    namespaces: Namespaces | None = None


class InterPodAffinity(Plugin):
    name = "InterPodAffinity"
    has_filter = True
    has_score = True
    events = {"pods": frozenset({"added", "updated", "deleted"}), "nodes": frozenset({"added", "updated"})}

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Verdict:
        counted = Counted(terms(pod, pod.required_affinity), terms(pod, pod.required_anti_affinity), namespaces=Namespaces(snapshot))
        for node in snapshot.with_anti_affinity():
            for other in node.pods_with_anti_affinity.values():
                self._forbid(counted, pod, other, node, 1)
        if counted.affinity_terms or counted.anti_terms:
            for node in snapshot.nodes():
                for other in node.pods.values():
                    self._relate(counted, other, node, 1)
        if not counted.affinity_terms and not counted.anti_terms and not counted.forbidden_by_others:
            return SKIP
        state.data[self.name] = counted
        return SUCCESS

    @staticmethod
    def _forbid(counted: Counted, pod: PodInfo, other: PodInfo, node: NodeInfo, sign: int) -> None:
        assert counted.namespaces is not None
        for term in terms(other, other.required_anti_affinity):
            if term.key in node.labels and term.matches(pod, counted.namespaces):
                place = (term.key, node.labels[term.key])
                counted.forbidden_by_others[place] = counted.forbidden_by_others.get(place, 0) + sign

    @staticmethod
    def _relate(counted: Counted, other: PodInfo, node: NodeInfo, sign: int) -> None:
        names = counted.namespaces
        assert names is not None
        if counted.affinity_terms and all(t.matches(other, names) for t in counted.affinity_terms):
            for term in counted.affinity_terms:
                if term.key in node.labels:
                    place = (term.key, node.labels[term.key])
                    counted.near[place] = counted.near.get(place, 0) + sign
        for term in counted.anti_terms:
            if term.key in node.labels and term.matches(other, names):
                place = (term.key, node.labels[term.key])
                counted.far[place] = counted.far.get(place, 0) + sign

    def add_pod(self, state: CycleState, pod: PodInfo, added: PodInfo, node: NodeInfo) -> None:
        self._suppose(state, pod, added, node, 1)

    def remove_pod(self, state: CycleState, pod: PodInfo, removed: PodInfo, node: NodeInfo) -> None:
        self._suppose(state, pod, removed, node, -1)

    def _suppose(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo, sign: int) -> None:
        counted = state.data.get(self.name)
        if counted is None:
            return
        self._forbid(counted, pod, other, node, sign)
        self._relate(counted, other, node, sign)

    def filter(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict:
        counted: Counted = state.data[self.name]
        if not self._near_enough(counted, pod, node):
            return unresolvable("node(s) didn't match pod affinity rules")
        if any(counted.far.get((t.key, node.labels.get(t.key, "")), 0) > 0 for t in counted.anti_terms if t.key in node.labels):
            return unschedulable("node(s) didn't match pod anti-affinity rules")
        if counted.forbidden_by_others:
            for (key, domain), count in counted.forbidden_by_others.items():
                if count > 0 and node.labels.get(key) == domain:
                    return unschedulable("node(s) didn't satisfy existing pods anti-affinity rules")
        return SUCCESS

    @staticmethod
    def _near_enough(counted: Counted, pod: PodInfo, node: NodeInfo) -> bool:
        if not counted.affinity_terms:
            return True
        if any(t.key not in node.labels for t in counted.affinity_terms):
            return False
        if all(counted.near.get((t.key, node.labels[t.key]), 0) > 0 for t in counted.affinity_terms):
            return True
        # The first pod of a group that wants to be near itself may go anywhere.
        assert counted.namespaces is not None
        nobody = not any(count > 0 for count in counted.near.values())
        return nobody and all(t.matches(pod, counted.namespaces) for t in counted.affinity_terms)

    def pre_score(self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: Sequence[NodeInfo]) -> Verdict:
        own = bool(pod.preferred_affinity or pod.preferred_anti_affinity)
        sums: Counts = {}
        names = Namespaces(snapshot)
        wanted = [(t, p["weight"]) for p in pod.preferred_affinity for t in terms(pod, [p["podAffinityTerm"]])]
        unwanted = [(t, -p["weight"]) for p in pod.preferred_anti_affinity for t in terms(pod, [p["podAffinityTerm"]])]
        for node in snapshot.nodes() if own else snapshot.with_affinity():
            for other in node.pods.values() if own else node.pods_with_affinity.values():
                for term, weight in (*wanted, *unwanted):
                    _weigh(sums, term, weight, other, node, names)
                if other.has_terms:
                    _weigh_others_terms(sums, pod, other, node, names)
        if not sums:
            return SKIP
        state.data[self.name + "/score"] = sums
        return SUCCESS

    def score(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> int:
        sums: Counts = state.data[self.name + "/score"]
        return sum(weight for (key, domain), weight in sums.items() if node.labels.get(key) == domain)

    def normalize(self, state: CycleState, pod: PodInfo, scores: dict[str, int]) -> None:
        low, high = min(scores.values(), default=0), max(scores.values(), default=0)
        for name, score in scores.items():
            scores[name] = MAX_SCORE * (score - low) // (high - low) if high > low else 0


def _weigh(sums: Counts, term: Term, weight: int, target: PodInfo, node: NodeInfo, names: Namespaces) -> None:
    if term.key in node.labels and term.matches(target, names):
        place = (term.key, node.labels[term.key])
        sums[place] = sums.get(place, 0) + weight


def _weigh_others_terms(sums: Counts, pod: PodInfo, other: PodInfo, node: NodeInfo, names: Namespaces) -> None:
    """What the pods that already run would like: their required and preferred terms that select the new pod."""
    for term in terms(other, other.required_affinity):
        _weigh(sums, term, HARD_WEIGHT, pod, node, names)
    for preferred in other.preferred_affinity:
        for term in terms(other, [preferred["podAffinityTerm"]]):
            _weigh(sums, term, preferred["weight"], pod, node, names)
    for preferred in other.preferred_anti_affinity:
        for term in terms(other, [preferred["podAffinityTerm"]]):
            _weigh(sums, term, -preferred["weight"], pod, node, names)
