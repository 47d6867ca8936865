"""The cluster's clock: seconds since the Unix epoch in *cluster* time, which can be paused, slowed and jumped.

Models k8s.io/utils/clock. Nothing in the engine reads the host's time: whoever runs a cluster hands it a `Clock`.
"""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Gives cluster time in seconds since the epoch."""

    def now(self) -> float: ...


class VirtualClock:
    """A clock that only moves when told to, for deterministic runs. Starts at 2026-01-01T00:00:00Z."""

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds` (>= 0)."""
        if seconds < 0:
            raise ValueError("a clock does not run backwards")
        self._now += seconds

    def advance_to(self, moment: float) -> None:
        """Move forward to `moment`; an earlier moment changes nothing."""
        self._now = max(self._now, moment)


_second_text: tuple[int, str] = (-1, "")


def timestamp(now: float) -> str:
    """RFC 3339 with seconds, as metav1.Time prints it: 2026-01-01T00:00:00Z."""
    global _second_text
    second = int(now)
    if _second_text[0] != second:
        _second_text = (second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return _second_text[1]


def micro_timestamp(now: float) -> str:
    """RFC 3339 with microseconds, as metav1.MicroTime prints it: 2026-01-01T00:00:00.000000Z."""
    return f"{timestamp(now)[:-1]}.{int(now * 1_000_000) % 1_000_000:06d}Z"


def parse_time(text: str) -> float:
    """Seconds since the epoch of an RFC 3339 text. Raises ValueError when it is none."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
