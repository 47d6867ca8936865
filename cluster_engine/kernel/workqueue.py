"""A queue of keys to work on: each key once, later when it fails, at a moment when asked to.

Models k8s.io/client-go/util/workqueue (rate limiting queue with per-item exponential back-off).
"""

import heapq
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a page shows of one key that is not due yet."""

    key: str
    due: float
    failures: int


class WorkQueue:
    """Keys wait for work in order of arrival; a key that is already waiting is not added twice.

    Law: a key is never lost between `add` and `pop`, and comes out once however often it was added.
    """

    def __init__(self, first_delay: float = 0.005, longest_delay: float = 1000.0) -> None:
        self._ready: dict[str, None] = {}
        self._later: list[tuple[float, int, str]] = []
        self._due: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._order = 0
        self._first_delay, self._longest_delay = first_delay, longest_delay

    def __len__(self) -> int:
        return len(self._ready) + len(self._due)

    def add(self, key: str) -> None:
        """Make `key` due now."""
        self._ready[key] = None
        self._due.pop(key, None)

    def add_at(self, key: str, moment: float) -> None:
        """Make `key` due at `moment`, unless it is due sooner already."""
        if key in self._ready or self._due.get(key, float("inf")) <= moment:
            return
        self._due[key] = moment
        self._order += 1
        heapq.heappush(self._later, (moment, self._order, key))

    def add_failed(self, key: str, now: float) -> float:
        """Make `key` due after its back-off, which doubles with each failure; returns the delay in seconds."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        delay: float = min(self._first_delay * 2.0 ** float(min(failures, 40)), self._longest_delay)
        self.add_at(key, now + delay)
        return delay

    def forget(self, key: str) -> None:
        """Reset the back-off of `key` after a success."""
        self._failures.pop(key, None)

    def failures(self, key: str) -> int:
        return self._failures.get(key, 0)

    def pop(self, now: float) -> str | None:
        """The next key that is due at `now`, or None."""
        self._promote(now)
        if not self._ready:
            return None
        key = next(iter(self._ready))
        del self._ready[key]
        return key

    def next_due(self) -> float | None:
        """When the next key is due: 0.0 for at once, None for never."""
        if self._ready:
            return 0.0
        while self._later and self._due.get(self._later[0][2]) != self._later[0][0]:
            heapq.heappop(self._later)
        return self._later[0][0] if self._later else None

    def waiting(self) -> list[Waiting]:
        """Every waiting key for display: those due at once first, then by moment."""
        ready = [Waiting(k, 0.0, self._failures.get(k, 0)) for k in self._ready]
        later = [Waiting(k, t, self._failures.get(k, 0)) for k, t in sorted(self._due.items(), key=lambda e: e[1])]
        return ready + later

    def _promote(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            moment, _, key = heapq.heappop(self._later)
            if self._due.get(key) == moment:
                del self._due[key]
                self._ready[key] = None
