"""One scheduling cycle: filter the nodes, score those that are left, choose; and keep every verdict for whoever asks why.

Models pkg/scheduler/schedule_one.go (schedulePod). Answers of node-local plugins are kept per kind of pod until the node
changes, so that a thousand equal pods do not ask a thousand nodes the same thing a thousand times.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cluster_engine.kernel.chance import Chance
from cluster_engine.scheduler.framework import MAX_SCORE, Code, CycleState, Plugin, Verdict
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.profile import Profile
from cluster_engine.scheduler.snapshot import Snapshot

SIGNATURES_KEPT = 256
NOMINATED_ELSEWHERE = "node reserved for a nominated pod of higher priority"


@dataclass(slots=True)
class Verdicts:
    """What one cycle found. `failed`: the first refusal of each node that was looked at; `scores`: plugin -> node -> 0..100
    before weights; `totals`: weighted sums; `chosen`: the node, "" for none; `pre_filter`: a refusal before any node."""

    failed: dict[str, Verdict] = field(default_factory=dict)
    feasible: list[str] = field(default_factory=list)
    scores: dict[str, dict[str, int]] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    chosen: str = ""
    pre_filter: Verdict | None = None
    looked_at: int = 0


class Cycle:
    """The plugins of one profile with what they remember between cycles."""

    def __init__(self, profile: Profile, chance: Chance) -> None:
        self.profile = profile
        self.plugins = profile.plugins()
        self.by_name = {p.name: p for p in self.plugins}
        self._chance = chance
        self._local = [p for p in self.plugins if p.local and p.has_filter]
        self._wide = [p for p in self.plugins if not p.local and p.has_filter]
        self._scorers = [(p, profile.weights[p.name]) for p in self.plugins if p.has_score and profile.weights[p.name]]
        self._kept_filters: dict[str, dict[str, tuple[int, Verdict | None]]] = {}
        self._kept_scores: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
        self._start = 0

    def decide(self, pod: PodInfo, snapshot: Snapshot, nominated: Sequence[tuple[PodInfo, str]] = ()) -> tuple[Verdicts, CycleState]:
        """Choose a node for `pod`. `nominated`: pods of at least its priority that a node is reserved for."""
        state, verdicts = CycleState(), Verdicts()
        refusal = self.pre_filter(state, pod, snapshot)
        if refusal is not None:
            verdicts.pre_filter = refusal
            return verdicts, state
        feasible = self._filter_all(state, pod, snapshot, verdicts, nominated)
        verdicts.feasible = [n.name for n in feasible]
        if len(feasible) == 1:
            verdicts.chosen = feasible[0].name
        elif feasible:
            self._score_all(state, pod, snapshot, feasible, verdicts)
        return verdicts, state

    # -- filtering

    def pre_filter(self, state: CycleState, pod: PodInfo, snapshot: Snapshot) -> Verdict | None:
        """Run PreFilter; the refusal that ends the cycle, or None."""
        for plugin in self.plugins:
            verdict = plugin.pre_filter(state, pod, snapshot)
            if verdict.code is Code.SKIP:
                state.skip_filter.add(plugin.name)
            elif not verdict.ok:
                return Verdict(verdict.code, verdict.reasons, plugin.name)
        return None

    def _filter_all(self, state: CycleState, pod: PodInfo, snapshot: Snapshot, verdicts: Verdicts, nominated: Sequence[tuple[PodInfo, str]]) -> list[NodeInfo]:
        nodes = self._candidates(state, snapshot, verdicts)
        enough = self.profile.enough(len(nodes))
        start = self._start % len(nodes) if nodes else 0
        feasible: list[NodeInfo] = []
        looked_at = 0
        for node in (*nodes[start:], *nodes[:start]) if start else nodes:
            looked_at += 1
            refusal = self._refusal_with_nominated(state, pod, node, nominated) if nominated else self.refusal(state, pod, node)
            if refusal is not None:
                verdicts.failed[node.name] = refusal
                continue
            feasible.append(node)
            if len(feasible) >= enough:
                break
        self._start = start + looked_at if looked_at < len(nodes) else 0
        verdicts.looked_at = looked_at
        return feasible

    @staticmethod
    def _candidates(state: CycleState, snapshot: Snapshot, verdicts: Verdicts) -> list[NodeInfo]:
        """All nodes, or those that PreFilter has left over."""
        if state.allowed_nodes is None:
            return snapshot.nodes()
        elsewhere = Verdict(Code.UNRESOLVABLE, ("node(s) didn't match Pod's node affinity/selector",), "NodeAffinity")
        for node in snapshot.nodes():
            if node.name not in state.allowed_nodes:
                verdicts.failed[node.name] = elsewhere
        return [n for n in snapshot.nodes() if n.name in state.allowed_nodes]

    def refusal(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict | None:
        """The first plugin's refusal of `node`, or None when all agree."""
        local = self._local_refusal(state, pod, node)
        if local is not None:
            return local
        for plugin in self._wide:
            if plugin.name not in state.skip_filter:
                verdict = plugin.filter(state, pod, node)
                if not verdict.ok:
                    return Verdict(verdict.code, verdict.reasons, plugin.name)
        return None

    def _local_refusal(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict | None:
        kept = self._kept_filters.get(pod.signature)
        if kept is None:
            if len(self._kept_filters) >= SIGNATURES_KEPT:
                self._kept_filters.clear()
                self._kept_scores.clear()
            kept = self._kept_filters[pod.signature] = {}
        known = kept.get(node.name)
        if known is not None and known[0] == node.generation:
            return known[1]
        refusal = self._ask_local(state, pod, node)
        kept[node.name] = (node.generation, refusal)
        return refusal

    def _ask_local(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict | None:
        for plugin in self._local:
            if plugin.name not in state.skip_filter:
                verdict = plugin.filter(state, pod, node)
                if not verdict.ok:
                    return Verdict(verdict.code, verdict.reasons, plugin.name)
        return None

    def refusal_supposed(self, state: CycleState, pod: PodInfo, node: NodeInfo) -> Verdict | None:
        """As `refusal`, for a node that is only supposed (preemption): nothing is kept."""
        refusal = self._ask_local(state, pod, node)
        if refusal is not None:
            return refusal
        for plugin in self._wide:
            if plugin.name not in state.skip_filter and not (verdict := plugin.filter(state, pod, node)).ok:
                return Verdict(verdict.code, verdict.reasons, plugin.name)
        return None

    def suppose(self, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo, present: bool) -> None:
        """Tell the plugins to suppose that `other` stands (or not) on `node`, which is changed with it."""
        if present:
            node.add_pod(other)
        else:
            node.remove_pod(other.uid)
        for plugin in self.plugins:
            (plugin.add_pod if present else plugin.remove_pod)(state, pod, other, node)

    def _refusal_with_nominated(self, state: CycleState, pod: PodInfo, node: NodeInfo, nominated: Sequence[tuple[PodInfo, str]]) -> Verdict | None:
        """The pod must fit with the pods that this node is reserved for, and without them."""
        others = [p for p, name in nominated if name == node.name and p.uid != pod.uid and p.priority >= pod.priority]
        if others:
            supposed = node.clone()
            for other in others:
                self.suppose(state, pod, other, supposed, True)
            refusal = self.refusal_supposed(state, pod, supposed)
            for other in others:
                self.suppose(state, pod, other, supposed, False)
            if refusal is not None:
                return refusal
        return self.refusal(state, pod, node)

    # -- scoring

    def _score_all(self, state: CycleState, pod: PodInfo, snapshot: Snapshot, nodes: list[NodeInfo], verdicts: Verdicts) -> None:
        totals = dict.fromkeys(verdicts.feasible, 0)
        for plugin, weight in self._scorers:
            if plugin.pre_score(state, pod, snapshot, nodes).code is Code.SKIP:
                continue
            scores = self._raw_scores(plugin, state, pod, nodes)
            plugin.normalize(state, pod, scores)
            verdicts.scores[plugin.name] = scores
            for name, score in scores.items():
                totals[name] += weight * score
        verdicts.totals = totals
        best = max(totals.values())
        verdicts.chosen = self._chance.choice([name for name, total in totals.items() if total == best])

    def _raw_scores(self, plugin: Plugin, state: CycleState, pod: PodInfo, nodes: list[NodeInfo]) -> dict[str, int]:
        if not plugin.local:
            return {n.name: plugin.score(state, pod, n) for n in nodes}
        kept = self._kept_scores.setdefault((plugin.name, pod.signature), {})
        scores = {}
        for node in nodes:
            known = kept.get(node.name)
            if known is None or known[0] != node.generation:
                known = kept[node.name] = (node.generation, plugin.score(state, pod, node))
            scores[node.name] = known[1]
        return scores


def highest_total(profile: Profile) -> int:
    """The largest weighted sum that a node could reach."""
    return sum(profile.weights.values()) * MAX_SCORE
