"""Exponential back-off per thing: 10 s, doubled each time up to 5 minutes, forgotten after a long good time.

Models k8s.io/client-go/util/flowcontrol/backoff.go as the kubelet uses it for crashing containers and failing pulls.
"""

FIRST, LONGEST = 10.0, 300.0


class Backoff:
    """`delay` is 0 until the first failure."""

    __slots__ = ("delay", "since")

    def __init__(self) -> None:
        self.delay = 0.0
        self.since = 0.0

    def until(self, moment: float) -> float:
        """When one may try again after something that ended at `moment`."""
        return moment + self.delay

    def next(self, moment: float) -> None:
        """It is tried now: the next wait will be longer."""
        forgotten = self.delay and moment - self.since > 2 * LONGEST
        self.delay = FIRST if not self.delay or forgotten else min(self.delay * 2, LONGEST)
        self.since = moment
