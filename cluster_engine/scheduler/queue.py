"""The scheduling queue: active pods by priority, pods that back off, pods that wait for a change that could help.

Models pkg/scheduler/backend/queue/scheduling_queue.go. A refused pod comes back when an event happens that one of the
plugins that refused it says could help (QueueingHints), after its back-off, or after five minutes at the latest.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from cluster_engine.scheduler.pod_info import PodInfo

INITIAL_BACKOFF = 1.0
MAX_BACKOFF = 10.0
LONGEST_STAY = 300.0


@dataclass(slots=True)
class Queued:
    """A pod that waits. `attempts` so far; `refused_by`: the plugins of the last refusal; `since`: when it came."""

    pod: PodInfo
    since: float
    attempts: int = 0
    refused_by: frozenset[str] = field(default_factory=frozenset)
    message: str = ""
    moved: float = 0.0

    @property
    def backoff(self) -> float:
        """Seconds to wait after the last attempt: 1, 2, 4, 8, 10, ..."""
        return float(min(INITIAL_BACKOFF * 2 ** max(self.attempts - 1, 0), MAX_BACKOFF))


class SchedulingQueue:
    """Every pod without a node is in exactly one of: active, backing off, unschedulable, gated."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, float, int, str]] = []
        self._order = 0
        self.active: dict[str, Queued] = {}
        self.backing_off: dict[str, Queued] = {}
        self.unschedulable: dict[str, Queued] = {}
        self.gated: dict[str, Queued] = {}

    def __len__(self) -> int:
        return len(self.active) + len(self.backing_off) + len(self.unschedulable) + len(self.gated)

    def find(self, uid: str) -> Queued | None:
        return self.active.get(uid) or self.backing_off.get(uid) or self.unschedulable.get(uid) or self.gated.get(uid)

    def remove(self, uid: str) -> Queued | None:
        for place in (self.active, self.backing_off, self.unschedulable, self.gated):
            if uid in place:
                return place.pop(uid)
        return None

    def activate(self, queued: Queued) -> None:
        self.remove(queued.pod.uid)
        self.active[queued.pod.uid] = queued
        self._order += 1
        heapq.heappush(self._heap, (-queued.pod.priority, queued.since, self._order, queued.pod.uid))

    def pop(self) -> Queued | None:
        """The active pod of highest priority, oldest first."""
        while self._heap:
            uid = heapq.heappop(self._heap)[3]
            queued = self.active.pop(uid, None)
            if queued is not None:
                return queued
        return None

    def refuse(self, queued: Queued, now: float) -> None:
        """Back from a failed attempt, to wait for a change that could help."""
        queued.moved = now
        self.unschedulable[queued.pod.uid] = queued

    def back_off(self, queued: Queued, now: float) -> None:
        """Try again after the back-off, whatever happens."""
        queued.moved = now
        self.backing_off[queued.pod.uid] = queued

    def gate(self, queued: Queued) -> None:
        self.gated[queued.pod.uid] = queued

    def wake(self, helps: Callable[[Queued], bool], now: float) -> None:
        """An event: move every unschedulable pod that it could help to active, or to back-off while that lasts."""
        for queued in [q for q in self.unschedulable.values() if helps(q)]:
            del self.unschedulable[queued.pod.uid]
            if queued.moved + queued.backoff <= now:
                self.activate(queued)
            else:
                self.backing_off[queued.pod.uid] = queued

    def tick(self, now: float) -> None:
        """Activate what has waited long enough."""
        for queued in [q for q in self.backing_off.values() if q.moved + q.backoff <= now]:
            self.activate(queued)
        for queued in [q for q in self.unschedulable.values() if q.moved + LONGEST_STAY <= now]:
            self.activate(queued)

    def next_due(self) -> float | None:
        """When `tick` will next have something to do; 0.0 for at once."""
        if self.active:
            return 0.0
        moments = [q.moved + q.backoff for q in self.backing_off.values()]
        moments += [q.moved + LONGEST_STAY for q in self.unschedulable.values()]
        return min(moments, default=None)

    def waiting(self) -> Iterator[tuple[str, Queued]]:
        """Every waiting pod with the name of its place."""
        for place in ("active", "backing_off", "unschedulable", "gated"):
            for queued in getattr(self, place).values():
                yield place, queued
