"""The timers of a node's processes: who goes on when."""

import heapq
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cluster_engine.runtime.box import Box
    from cluster_engine.runtime.process import Process


class Timers:
    """A heap of moments. Processes that ended leave theirs behind; they are dropped when met."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Any, Any, int, Any]] = []
        self._order = 0

    def add(self, moment: float, box: "Box", process: "Process", answer: Any = None) -> None:
        self._order += 1
        heapq.heappush(self._heap, (moment, self._order, box, process, process.ticket, answer))

    def next_due(self) -> float | None:
        """When the next process goes on. Timers of processes that ended are dropped on the way."""
        while self._heap and self._heap[0][3].exit_code is not None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run_one(self, now: float) -> bool:
        """Let one process that is due go on."""
        due = self.next_due()
        if due is None or due > now:
            return False
        _, _, box, process, ticket, answer = heapq.heappop(self._heap)
        if answer is not None:
            box.answered(process, answer)
        else:
            box.resume(process, ticket)
        return True
