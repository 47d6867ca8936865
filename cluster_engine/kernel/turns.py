"""Turns: which component works next. Ready ones take turns one unit at a time; the others sleep until woken or until their
own moment comes, and cost nothing meanwhile.
"""

import heapq

from cluster_engine.kernel.component import Component


class Turns:
    """The components of one cluster, by name. A component that is held (stopped) never gets a turn."""

    def __init__(self) -> None:
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
        return self.components.pop(name, None)

    def hold(self, name: str) -> None:
        """Give no more turns to `name`: its process is down."""
        self.held.add(name)
        self._ready.pop(name, None)
        self._due.pop(name, None)

    def release(self, name: str) -> None:
        self.held.discard(name)
        self.wake(name)

    def wake(self, name: str) -> None:
        """There may be work for `name` at once."""
        if name in self.components and name not in self.held:
            self._ready[name] = None

    def step(self, now: float) -> bool:
        """Let the next ready component that has work do one unit of it; says whether any did."""
        self._ring(now)
        while self._ready:
            name = next(iter(self._ready))
            del self._ready[name]
            component = self.components[name]
            if component.step(now):
                self._ready[name] = None
                self.last = name
                return True
            self._sleep(name, component.next_wake(now), now)
        return False

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
                self.wake(name)
