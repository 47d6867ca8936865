"""Turns: which component works next. Ready ones take turns one unit at a time; the others sleep until woken or until their
own moment comes, and cost nothing meanwhile.
"""

import heapq
from collections.abc import Callable

from cluster_engine.kernel.component import Component

CRASH_BACKOFF = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class Turns:
    """The components of one cluster, by name. A component that is held (stopped) never gets a turn.

    `crashed(name, error)` hears of a component that raised: it loses its memory and begins anew after a back-off, as a
    process under a kubelet does. Without it the error is raised, which is what tests want.
    """

    def __init__(self, crashed: Callable[[str, Exception], None] | None = None) -> None:
        self.crashed = crashed
        self._crashes: dict[str, int] = {}
        self._down: set[str] = set()
        self.components: dict[str, Component] = {}
        self.held: set[str] = set()
        self._ready: dict[str, None] = {}
        self._alarms: list[tuple[float, int, str]] = []
        self._due: dict[str, float] = {}
        self._order = 0
        self.last = ""

    def add(self, component: Component) -> None:
        self.components[component.name] = component
        self.wake(component.name)

    def remove(self, name: str) -> Component | None:
        self._ready.pop(name, None)
        self._due.pop(name, None)
        self.held.discard(name)
        self._down.discard(name)
        return self.components.pop(name, None)

    def hold(self, name: str) -> None:
        """Give no more turns to `name`: its process is down."""
        self.held.add(name)
        self._ready.pop(name, None)
        self._due.pop(name, None)

    def release(self, name: str) -> None:
        self.held.discard(name)
        self.wake(name)

    @property
    def waiting(self) -> int:
        """How many have work at once."""
        return len(self._ready)

    def wake(self, name: str) -> None:
        """There may be work for `name` at once."""
        if name in self.components and name not in self.held and name not in self._down:
            self._ready[name] = None

    def step(self, now: float) -> bool:
        """Let the next ready component that has work do one unit of it; says whether any did."""
        self._ring(now)
        while self._ready:
            name = next(iter(self._ready))
            del self._ready[name]
            if self._unit(name, now):
                return True
        return False

    def _unit(self, name: str, now: float) -> bool:
        component = self.components[name]
        try:
            worked = component.step(now)
            if not worked:
                self._sleep(name, component.next_wake(now), now)
        except Exception as error:
            if self.crashed is None:
                raise
            self._crash(name, component, error, now)
            return True
        if worked:
            self._crashes.pop(name, None)
            self._ready[name] = None
            self.last = name
        return worked

    def _crash(self, name: str, component: Component, error: Exception, now: float) -> None:
        count = self._crashes.get(name, 0)
        self._crashes[name] = count + 1
        component.stop()
        self._down.add(name)
        self._sleep(name, now + CRASH_BACKOFF[min(count, len(CRASH_BACKOFF) - 1)], now)
        if self.crashed is not None:
            self.crashed(name, error)

    def next_wake(self, now: float) -> float | None:
        """`now` while somebody is ready, else the next alarm, else None."""
        if self._ready:
            return now
        while self._alarms and self._due.get(self._alarms[0][2]) != self._alarms[0][0]:
            heapq.heappop(self._alarms)
        return self._alarms[0][0] if self._alarms else None

    def _sleep(self, name: str, moment: float | None, now: float) -> None:
        if moment is None:
            self._due.pop(name, None)
            return
        # Work that is due but could not be done now (a cache that must catch up first) is tried again at the next change.
        if moment <= now:
            self._due.pop(name, None)
            return
        self._due[name] = moment
        self._order += 1
        heapq.heappush(self._alarms, (moment, self._order, name))

    def _ring(self, now: float) -> None:
        while self._alarms and self._alarms[0][0] <= now:
            moment, _, name = heapq.heappop(self._alarms)
            if self._due.get(name) == moment:
                del self._due[name]
                self._down.discard(name)
                self.wake(name)
