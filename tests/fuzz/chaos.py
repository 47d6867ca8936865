"""Chaos for a simulated cluster: a seed decides which caches lag, which loop works next, and when the controller manager dies.

Nothing is mocked: caches are really behind, queues are really reordered, the process really loses its memory.
"""

import random
from collections.abc import Callable
from typing import Any

from cluster_engine.reconcile.manager import ControllerManager
from cluster_engine.reconcile.view import Informers
from cluster_engine.simulation import Simulation

Manifest = dict[str, Any]
NAME = "kube-controller-manager"
MOST_CRASHES = 5  # a process that dies faster than it can start gets nothing done, which proves nothing


class LaggingInformers(Informers):
    """Informers that sometimes do not look, each for itself."""

    chance: random.Random
    lag: float

    def pump(self) -> int:
        count = 0
        for resource, informer in list(self.informers.items()):
            if self.kinds.get(resource) is not None and not (informer.synced and self.chance.random() < self.lag):
                count += informer.pump()
        return count


class Chaos:
    """A hollow cluster whose controller manager has a hard life. `watch` is called after every unit of work."""

    def __init__(self, seed: int, *, lag: float = 0.4, crashes: float = 0.01, watch: Callable[[], None] | None = None) -> None:
        self.chance = random.Random(seed)
        self.lag, self.crashes, self.watch = lag, crashes, watch
        self.cluster = Simulation("hollow", seed=seed)
        self.cluster.run(5)
        self.died = 0
        self._unsettle()

    @property
    def manager(self) -> ControllerManager:
        found = self.cluster.cluster.turns.components[NAME]
        assert isinstance(found, ControllerManager)
        return found

    def _unsettle(self) -> None:
        """Let the manager's caches lag from now on."""
        informers = self.manager.informers
        informers.__class__ = LaggingInformers
        assert isinstance(informers, LaggingInformers)
        informers.chance, informers.lag = self.chance, self.lag

    def _disturb(self) -> None:
        manager = self.manager
        if self.died < MOST_CRASHES and self.chance.random() < self.crashes:
            manager.stop()
            self.cluster.cluster.turns.wake(NAME)
            self.died += 1
            self._unsettle()
        if self.chance.random() < 0.2:
            self.chance.shuffle(manager.loops)
        for loop in manager.loops:
            ready = loop.queue._ready
            if len(ready) > 1 and self.chance.random() < 0.3:
                keys = list(ready)
                self.chance.shuffle(keys)
                loop.queue._ready = dict.fromkeys(keys)

    def run(self, seconds: float) -> None:
        """Live through `seconds` of cluster time, disturbed after every unit of work."""
        end = self.cluster.clock.now() + seconds
        while True:
            idle = 0
            while idle < 5:  # a lagging cache looks again: idle once does not mean done
                self._disturb()
                worked = self.cluster.step()
                idle = 0 if worked else idle + 1
                self.cluster.cluster.turns.wake(NAME)
                if worked and self.watch is not None:
                    self.watch()
            now = self.cluster.clock.now()
            moment = self.cluster.cluster.next_wake(now)
            if moment is None or max(moment, now + 0.2) > end:
                self.cluster.clock.advance_to(end)
                return
            self.cluster.clock.advance_to(max(moment, now + 0.2))

    def calm(self, seconds: float = 60.0) -> None:
        """Let the storm pass, and the cluster settle."""
        self.lag, self.crashes = 0.0, 0.0
        self._unsettle()
        self.run(seconds)
