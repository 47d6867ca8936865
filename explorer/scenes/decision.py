"""A scheduler's decision as a matrix: nodes by filters and scores, each verdict with its reason; and how the totals add up."""

from dataclasses import dataclass
from typing import Any

from cluster_engine.scheduler.decision import Attempt

# Short names of plugins, as column heads; a plugin that is not here shows its own name.
HEADS = {
    "NodeUnschedulable": "Unsched\u00adulable", "NodeName": "Node name", "TaintToleration": "Taints", "NodeAffinity": "Node affinity", "NodePorts": "Ports",
    "NodeResourcesFit": "Resources fit", "VolumeBinding": "Volumes", "PodTopologySpread": "Topology spread", "InterPodAffinity": "Pod affinity",
    "NodeResourcesBalancedAllocation": "Balanced use", "ImageLocality": "Image locality",
}  # fmt: skip
MEANS = {
    "NodeUnschedulable": "Is the node open to new pods, or cordoned?",
    "NodeName": "Does the pod name another node?",
    "TaintToleration": "Does the pod tolerate the node's taints?",
    "NodeAffinity": "Do the node's labels match the pod's selector and affinity?",
    "NodePorts": "Are the host ports that the pod asks for free?",
    "NodeResourcesFit": "Is what the pod requests still free on the node?",
    "VolumeBinding": "Can the pod have its volumes on this node: shared, attached, bound, and in this zone?",
    "PodTopologySpread": "Does the pod keep to the spread it asks for?",
    "InterPodAffinity": "Do this pod and those that run bear each other's company?",
    "NodeResourcesBalancedAllocation": "Would CPU and memory be used to the same share?",
    "ImageLocality": "Does the node have the pod's images already?",
}
# Plugins that stand in one column.
TOGETHER = dict.fromkeys(("VolumeRestrictions", "NodeVolumeLimits", "VolumeZone"), "VolumeBinding")
PASSED, REFUSED, NOT_ASKED = "passed", "refused", "not asked"


@dataclass(frozen=True, slots=True)
class Mark:
    """One filter's verdict on one node."""

    state: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """One plugin's score of one node: `value` 0..100, `weighted` what it adds to the sum,
    `start` where that begins in the sum's bar."""

    plugin: str
    value: int
    weighted: int
    start: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One node. `place`: chosen, second, ... or out."""

    node: str
    marks: tuple[Mark, ...]
    scores: tuple[Score, ...]
    total: int | None
    mean: int | None
    place: str
    refused_by: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """A column: what it is called, what it asks, its weight (0 for a filter)."""

    plugin: str
    title: str
    means: str
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole decision, nodes with the highest totals first, those that were refused last."""

    filters: tuple[Head, ...]
    scores: tuple[Head, ...]
    rows: tuple[Row, ...]
    weights: int
    said: str
    hidden: int


def matrix_of(attempt: Attempt, most: int = 20) -> Matrix:
    """The matrix of one attempt, at most `most` nodes."""
    found = attempt.matrix()
    scored = next((set(n["scores"]) for n in found["nodes"] if n.get("scores")), set())
    weights: dict[str, int] = found["weights"]
    filters = tuple(_head(p) for p in _filters(attempt))
    scores = tuple(_head(p, weights[p]) for p in found["plugins"] if p in scored)
    order = [h.plugin for h in filters]
    feasible = [n for n in found["nodes"] if not n["refused_by"]]
    rows = [_feasible(n, order, scores, i, found["node"]) for i, n in enumerate(feasible)]
    rows += [_refused(n, order) for n in found["nodes"] if n["refused_by"]]
    return Matrix(filters, scores, tuple(rows[:most]), sum(h.weight for h in scores), _said(attempt, len(feasible)), found["hidden"] + max(0, len(rows) - most))


def _filters(attempt: Attempt) -> list[str]:
    """The columns, in the order in which plugins are asked."""
    return list(dict.fromkeys(TOGETHER.get(p.name, p.name) for p in attempt.profile.plugins() if p.has_filter))


def _head(plugin: str, weight: int = 0) -> Head:
    return Head(plugin, HEADS.get(plugin, plugin), MEANS.get(plugin, ""), weight)


def _feasible(node: dict[str, Any], order: list[str], heads: tuple[Head, ...], index: int, chosen: str) -> Row:
    scores: list[Score] = []
    for head in heads:
        value = node["scores"].get(head.plugin, 0)
        scores.append(Score(head.plugin, value, value * head.weight, sum(s.weighted for s in scores)))
    place = "chosen" if node["node"] == chosen else ("second" if index == 1 else "")
    return Row(node["node"], tuple(Mark(PASSED) for _ in order), tuple(scores), node["total"], node["mean"], place)


def _refused(node: dict[str, Any], order: list[str]) -> Row:
    by, reasons = node["refused_by"], tuple(node["reasons"])
    column = TOGETHER.get(by, by)
    at = order.index(column) if column in order else len(order)
    marks = tuple(Mark(PASSED if i < at else REFUSED if i == at else NOT_ASKED, "; ".join(reasons) if i == at else "") for i in range(len(order)))
    return Row(node["node"], marks, (), None, None, "out", by, reasons)


def _said(attempt: Attempt, kept: int) -> str:
    """One sentence: how many nodes were looked at, how many were left, and the outcome."""
    looked = attempt.verdicts.looked_at or len(attempt.verdicts.failed)
    begun = f"The scheduler looked at {looked} node{'s' if looked != 1 else ''}, kept {kept}"
    if attempt.result == "bound":
        return f"{begun} and chose {attempt.verdicts.chosen}."
    if attempt.result == "preempting":
        return f"{begun} and makes room by asking {', '.join(attempt.victims)} to go."
    return f"{begun}. {attempt.message}"
