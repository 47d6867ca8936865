"""The audit ring: what the API server decided about its newest requests, stage by stage, so that a page can follow one.

Models k8s.io/apiserver/pkg/audit. Requests of people and of components are kept apart, else the loops' many writes would
push out the one request that somebody wants to look at.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from cluster_engine.apiserver.fairness import NO_FLOW, Flow
from cluster_engine.store.record import Record

STAGES = ("authn", "authz", "fairness", "schema", "mutate", "validate", "store", "response")
NEXT = dict(pairwise(STAGES))
KEPT = 400
MOST_BODY = 2048


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage that a request went through: what was decided there and how many seconds it took."""

    name: str
    decision: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Sent:
    """What a request carried beside its path; a body over MOST_BODY is not kept, only its `size`."""

    query: str
    media: str
    body: bytes
    size: int


@dataclass(slots=True)
class Trace:
    """One request on its way. `at` tells the stage it is in, which is where it failed when `code` says so, for `reason`.

    `began`: when a request over HTTP came in, by the stopwatch; `sent` is what it carried.
    """

    id: str
    time: float
    method: str
    target: str
    component: str = ""
    user: str = ""
    code: int = 0
    message: str = ""
    at: str = "authn"
    stages: list[tuple[str, str, float]] = field(default_factory=list)
    before: Record | None = None
    after: Record | None = None
    revision: int = 0
    subject: str = ""
    subject_name: str = ""
    label: str = ""
    known: bool = False
    flow: Flow = NO_FLOW
    why: str = ""
    warnings: Sequence[str] = ()
    reason: str = ""
    began: float = 0.0
    sent: "Sent | None" = None

    def passed(self, stage: str, decision: str, watch: Callable[[], float]) -> None:
        """Note that the stage is over, with what it decided; the next one begins."""
        self.stages.append((stage, decision, watch()))
        self.at = NEXT.get(stage, stage)

    def stopped(self, stage: str, decision: str, watch: Callable[[], float]) -> None:
        """Note that the request ends at this stage."""
        self.stages.append((stage, decision, watch()))
        self.at = stage

    def timed(self) -> Iterator[Stage]:
        """The stages with the time that each took."""
        previous = self.began or (self.stages[0][2] if self.stages else 0.0)
        for name, decision, moment in self.stages:
            yield Stage(name, decision, moment - previous)
            previous = moment


class AuditLog:
    """The newest requests of people and of components, each at most KEPT."""

    def __init__(self) -> None:
        self.people: deque[Trace] = deque(maxlen=KEPT)
        self.components: deque[Trace] = deque(maxlen=KEPT)
        self.counts: dict[tuple[str, str, int], int] = {}
        self.seconds: dict[tuple[str, str], tuple[float, int]] = {}

    def keep(self, trace: Trace, *, inside: bool) -> None:
        (self.components if inside else self.people).append(trace)

    def count(self, key: tuple[str, str, int], seconds: float) -> None:
        """One more request of this method, resource and code."""
        self.counts[key] = self.counts.get(key, 0) + 1
        total, number = self.seconds.get(key[:2], (0.0, 0))
        self.seconds[key[:2]] = (total + seconds, number + 1)

    def find(self, request: str) -> Trace | None:
        """The trace of a request id, newest first."""
        for ring in (self.people, self.components):
            for trace in reversed(ring):
                if trace.id == request:
                    return trace
        return None
