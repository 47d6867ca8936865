"""The scheduling framework: the extension points that plugins fill, and the verdicts that they give.

Models pkg/scheduler/framework (k8s.io/kube-scheduler/framework). A plugin implements the points that it needs; all are pure
functions of the pod, the node and the cycle's state, except Reserve, Permit, PreBind and Bind, which act for one chosen node.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cluster_engine.scheduler.node_info import NodeInfo
    from cluster_engine.scheduler.pod_info import PodInfo
    from cluster_engine.scheduler.snapshot import Snapshot

MAX_SCORE = 100


class Code(Enum):
    """How a plugin answers. UNRESOLVABLE: no preemption could help on this node."""

    SUCCESS = "Success"
    ERROR = "Error"
    UNSCHEDULABLE = "Unschedulable"
    UNRESOLVABLE = "UnschedulableAndUnresolvable"
    WAIT = "Wait"
    SKIP = "Skip"
    PENDING = "Pending"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A plugin's answer: `reasons` as upstream words them ("node(s) had untolerated taint(s)")."""

    code: Code
    reasons: tuple[str, ...] = ()
    plugin: str = ""

    @property
    def ok(self) -> bool:
        return self.code is Code.SUCCESS


SUCCESS = Verdict(Code.SUCCESS)
SKIP = Verdict(Code.SKIP)


def unschedulable(*reasons: str) -> Verdict:
    return Verdict(Code.UNSCHEDULABLE, reasons)


def unresolvable(*reasons: str) -> Verdict:
    return Verdict(Code.UNRESOLVABLE, reasons)


@dataclass(slots=True)
class CycleState:
    """What plugins carry from one point to the next within one cycle, each under its own name."""

    data: dict[str, Any] = field(default_factory=dict)
    skip_filter: set[str] = field(default_factory=set)
    skip_score: set[str] = field(default_factory=set)
    allowed_nodes: set[str] | None = None


class Plugin:
    """The base of all plugins: a name, and points that do nothing. `local` says that Filter and Score depend on the pod's
    spec and this one node alone, so that an answer holds until the node changes."""

    name = ""
    local = False
    has_filter = False
    has_score = False
    #: resource events after which a pod that this plugin refused may fit: {"pods": {"deleted"}, "nodes": {"added", ...}}
    events: dict[str, frozenset[str]] = {}

    def pre_enqueue(self, pod: "PodInfo") -> Verdict:
        return SUCCESS

    def pre_filter(self, state: CycleState, pod: "PodInfo", snapshot: "Snapshot") -> Verdict:
        """SKIP: this plugin's Filter has nothing to say about this pod."""
        return SUCCESS if self.has_filter else SKIP

    def filter(self, state: CycleState, pod: "PodInfo", node: "NodeInfo") -> Verdict:
        return SUCCESS

    def add_pod(self, state: CycleState, pod: "PodInfo", added: "PodInfo", node: "NodeInfo") -> None:
        """PreFilterExtensions: suppose that `added` ran on `node` (preemption, nominated pods)."""

    def remove_pod(self, state: CycleState, pod: "PodInfo", removed: "PodInfo", node: "NodeInfo") -> None:
        """PreFilterExtensions: suppose that `removed` were gone from `node`."""

    def pre_score(self, state: CycleState, pod: "PodInfo", snapshot: "Snapshot", nodes: Sequence["NodeInfo"]) -> Verdict:
        """SKIP: this plugin's Score makes no difference for this pod."""
        return SUCCESS if self.has_score else SKIP

    def score(self, state: CycleState, pod: "PodInfo", node: "NodeInfo") -> int:
        return 0

    def normalize(self, state: CycleState, pod: "PodInfo", scores: dict[str, int]) -> None:
        """Bring raw scores (by node name) to 0..100 in place."""

    def helps(self, resource: str, change: str, pod: "PodInfo", old: Any, new: Any) -> bool:
        """QueueingHint: could this change let the refused `pod` fit? `change`: added, updated, deleted."""
        return change in self.events.get(resource, ())


def default_normalize(scores: dict[str, int], reverse: bool) -> None:
    """Scale so that the highest becomes 100; `reverse` turns high into low. Models plugins/helper/normalize_score.go."""
    highest = max(scores.values(), default=0)
    if highest == 0:
        if reverse:
            for name in scores:
                scores[name] = MAX_SCORE
        return
    for name, score in scores.items():
        scaled = MAX_SCORE * score // highest
        scores[name] = MAX_SCORE - scaled if reverse else scaled
