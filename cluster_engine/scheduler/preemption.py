"""Default preemption: which pods of lower priority must go, and where, so that this one fits. Models plugins/defaultpreemption
and framework/preemption: victims are reprieved, highest priority first, as long as the pod still fits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cluster_engine.machinery.selectors import from_object
from cluster_engine.scheduler.cycle import Cycle, Verdicts
from cluster_engine.scheduler.explain import reason_counts
from cluster_engine.scheduler.framework import Code, CycleState, Verdict, unresolvable, unschedulable
from cluster_engine.scheduler.node_info import NodeInfo
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.snapshot import Snapshot

Manifest = dict[str, Any]
NOT_HELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node with the pods that would have to go; `violations`: how many of them a disruption budget protects."""

    node: str
    victims: tuple[PodInfo, ...]
    violations: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Either a candidate, or upstream's words for why there is none."""

    candidate: Candidate | None
    message: str = ""


def preempt(cycle: Cycle, state: CycleState, pod: PodInfo, snapshot: Snapshot, verdicts: Verdicts, budgets: Sequence[Manifest]) -> Outcome:
    """Find the node where preempting does the least harm."""
    if pod.spec.get("preemptionPolicy") == "Never":
        return Outcome(None, "not eligible due to preemptionPolicy=Never.")
    nominated = pod.manifest.get("status", {}).get("nominatedNodeName")
    if nominated and _victims_leaving(pod, snapshot.get(nominated), verdicts.failed.get(nominated)):
        return Outcome(None, "not eligible due to a terminating pod on the nominated node.")
    candidates, failures = [], []
    for node in snapshot.nodes():
        failed = verdicts.failed.get(node.name)
        if failed is None or failed.code is Code.UNRESOLVABLE:
            failures.append(unresolvable(NOT_HELPFUL))
            continue
        found = _select_victims(cycle, state, pod, node, budgets)
        if isinstance(found, Candidate):
            candidates.append(found)
        else:
            failures.append(found)
    if candidates:
        return Outcome(min(candidates, key=_harm))
    total = len(snapshot.nodes())
    return Outcome(None, f"0/{total} nodes are available: {reason_counts(failures)}.")


def _victims_leaving(pod: PodInfo, node: NodeInfo | None, failed: Verdict | None) -> bool:
    if node is None or (failed is not None and failed.code is Code.UNRESOLVABLE):
        return False
    return any(p.terminating and p.priority < pod.priority for p in node.pods.values())


def _select_victims(cycle: Cycle, state: CycleState, pod: PodInfo, node: NodeInfo, budgets: Sequence[Manifest]) -> Candidate | Verdict:
    lower = [p for p in node.pods.values() if p.priority < pod.priority]
    if not lower:
        return unschedulable(NO_VICTIMS)
    supposed = node.clone()
    for victim in lower:
        cycle.suppose(state, pod, victim, supposed, False)
    refusal = cycle.refusal_supposed(state, pod, supposed)
    removed = list(lower)
    try:
        if refusal is not None:
            return refusal
        protected, free = _split_by_budget(sorted(lower, key=_importance), budgets)
        victims: list[PodInfo] = []
        violations = 0
        for group, is_protected in ((protected, True), (free, False)):
            for candidate in group:
                cycle.suppose(state, pod, candidate, supposed, True)
                removed.remove(candidate)
                if cycle.refusal_supposed(state, pod, supposed) is not None:
                    cycle.suppose(state, pod, candidate, supposed, False)
                    removed.append(candidate)
                    victims.append(candidate)
                    violations += is_protected
        return Candidate(node.name, tuple(sorted(victims, key=_importance)), violations) if victims else unschedulable(NO_VICTIMS)
    finally:
        for victim in removed:
            cycle.suppose(state, pod, victim, supposed, True)


def _importance(pod: PodInfo) -> tuple[int, str]:
    """More important first: higher priority, then earlier start."""
    return (-pod.priority, _start(pod))


def _start(pod: PodInfo) -> str:
    return str(pod.manifest.get("status", {}).get("startTime") or "9999")


def _harm(candidate: Candidate) -> tuple[int, int, int, int, str, str]:
    """Upstream's order: budget violations, highest victim, sum of priorities, number of victims, then the latest start."""
    victims = candidate.victims
    top = victims[0].priority
    earliest = min(_start(v) for v in victims if v.priority == top)
    later_is_better = "".join(chr(0x10FFFF - ord(c)) for c in earliest)
    return (candidate.violations, top, sum(v.priority + 2**31 for v in victims), len(victims), later_is_better, candidate.node)


def _split_by_budget(pods: Sequence[PodInfo], budgets: Sequence[Manifest]) -> tuple[list[PodInfo], list[PodInfo]]:
    """Those whose going would break a disruption budget, and the others."""
    allowed = {b["metadata"]["uid"]: b.get("status", {}).get("disruptionsAllowed", 0) for b in budgets}
    protected: list[PodInfo] = []
    free: list[PodInfo] = []
    for pod in pods:
        broken = False
        for budget in budgets:
            if budget["metadata"].get("namespace") != pod.namespace or not pod.labels:
                continue
            if pod.name in (budget.get("status", {}).get("disruptedPods") or {}) or not _selects(budget, pod):
                continue
            allowed[budget["metadata"]["uid"]] -= 1
            broken = broken or allowed[budget["metadata"]["uid"]] < 0
        (protected if broken else free).append(pod)
    return protected, free


def _selects(budget: Manifest, pod: PodInfo) -> bool:
    selector = budget["spec"].get("selector")
    return bool(selector) and from_object(selector).matches(pod.labels)
