"""Control groups: what a container may use, what it uses, and what happens when it wants more.

Models Linux cgroup v2 as runc sets it up: cpu.max throttles, memory.max kills. CPU is counted in millicores, memory in bytes.
"""

from dataclasses import dataclass

WINDOW = 15.0


@dataclass(frozen=True, slots=True)
class Limits:
    """0 is no limit. `cpu_weight` follows from the request and decides who gets how much of a busy CPU."""

    cpu: int = 0
    memory: int = 0
    cpu_weight: int = 1


def weight_of(millicores: int) -> int:
    """cpu.weight of a request: shares 2…262144 mapped onto 1…10000."""
    shares = min(max(millicores * 1024 // 1000, 2), 262_144)
    return 1 + (shares - 2) * 9999 // 262_142


class ControlGroup:
    """One container's group. `wanted` is what its processes would use if nothing held them back."""

    __slots__ = ("_at", "_pulsed", "_pulsed_since", "_rate", "cpu_seconds", "kills", "limits", "memory", "memory_peak", "throttled_seconds", "wanted")

    def __init__(self, limits: Limits, now: float) -> None:
        self.limits = limits
        self.wanted = 0
        self.memory = 0
        self.memory_peak = 0
        self.cpu_seconds = 0.0
        self.throttled_seconds = 0.0
        self.kills = 0
        self._at = now
        self._pulsed, self._pulsed_since, self._rate = 0.0, now, 0.0

    @property
    def used(self) -> int:
        """Millicores that it gets."""
        return min(self.wanted, self.limits.cpu) if self.limits.cpu else self.wanted

    @property
    def throttled_share(self) -> float:
        """The share of what it wanted that the quota held back."""
        return 1 - self.used / self.wanted if self.wanted else 0.0

    def account(self, now: float) -> None:
        """Add up what was used since the last look."""
        passed = max(0.0, now - self._at)
        self.cpu_seconds += self.used / 1000 * passed
        self.throttled_seconds += (self.wanted - self.used) / 1000 * passed
        self._at = now

    def pulse(self, seconds: float, now: float) -> None:
        """A request took this much CPU."""
        self._turn_window(now)
        self._pulsed += seconds
        self.cpu_seconds += seconds

    def recent(self, now: float) -> int:
        """Millicores of the last quarter of a minute: what its processes want all the time, and what requests took."""
        self._turn_window(now)
        total = self.used + round(self._rate * 1000)
        return min(total, self.limits.cpu) if self.limits.cpu else total

    def _turn_window(self, now: float) -> None:
        passed = now - self._pulsed_since
        if passed >= WINDOW:
            self._rate = self._pulsed / passed
            self._pulsed, self._pulsed_since = 0.0, now

    def burden(self, millicores: int, now: float) -> None:
        """The processes want this much CPU from now on."""
        self.account(now)
        self.wanted = max(0, millicores)

    def allocate(self, memory: int) -> bool:
        """The processes hold this much memory now; False when that is over the limit: the kernel kills."""
        self.memory = max(0, memory)
        self.memory_peak = max(self.memory_peak, self.memory)
        if self.limits.memory and self.memory > self.limits.memory:
            self.kills += 1
            return False
        return True
