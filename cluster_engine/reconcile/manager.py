"""The controller manager: many loops in one process, sharing informers, one unit of work at a time.

Models cmd/kube-controller-manager. Loops take turns, so that a busy one does not starve the others.
"""

from collections.abc import Callable, Sequence
from typing import Any

from cluster_engine.client.client import Client
from cluster_engine.machinery.status import ApiError
from cluster_engine.reconcile.controller import Controller
from cluster_engine.reconcile.loop import Loop, Record
from cluster_engine.reconcile.view import Informers
from cluster_engine.resources.registry import Registry, builtin_registry

RETRY = 1.0


class ControllerManager:
    """A Component (kernel.component) that runs `controllers`.

    `client_for(loop, account)` gives the client with the loop's own identity; `record_for(loop, account, source)` its event
    recorder; `kinds` is the cluster's registry, in which custom kinds come and go.
    """

    def __init__(
        self, name: str, controllers: Sequence[Controller], client: Client, client_for: Callable[[str, str], Client],
        record_for: Callable[[str, str, str], Record], kinds: Registry | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self._kinds = kinds if kinds is not None else builtin_registry()
        self._controllers, self._client, self._client_for, self._record_for = controllers, client, client_for, record_for
        self._now = 0.0
        self._turn = 0
        self._retry_at: float | None = None
        self.start()

    def start(self) -> None:
        """Begin with empty caches and queues, as a fresh process."""
        self.informers = Informers(self._client, self._kinds)
        self._kinds_seen = self._kinds.revision
        self.loops = [self._loop(c, c.account or c.name) for c in self._controllers]

    def _loop(self, controller: Controller, account: str) -> Loop:
        record = self._record_for(controller.name, account, controller.source or controller.name)
        return Loop(controller, self._client_for(controller.name, account), self.informers, record)

    def stop(self) -> None:
        """Forget all that lives in memory."""
        self.informers.stop()
        self.start()

    def step(self, now: float) -> bool:
        """Take in changes, then let the next loop that has work do one unit of it."""
        self._now = now
        if self._kinds.revision != self._kinds_seen:
            self._take_new_kinds()
        if self._retry_at is not None and now < self._retry_at:
            return False
        try:
            self.informers.pump()
        except ApiError:
            self._retry_at = now + RETRY
            return False
        self._retry_at = None
        for _ in range(len(self.loops)):
            loop = self.loops[self._turn]
            if loop.step(now):
                return True
            self._turn = (self._turn + 1) % len(self.loops)
        return False

    def _take_new_kinds(self) -> None:
        self._kinds_seen = self._kinds.revision
        self.informers.drop_unserved()
        for loop in self.loops:
            loop.listen_to_new_kinds()

    def next_wake(self, now: float) -> float | None:
        if self._retry_at is not None:
            return self._retry_at
        moments = [m for m in (loop.next_wake(now) for loop in self.loops) if m is not None]
        return min(moments) if moments else None

    def loop(self, name: str) -> Loop:
        """A loop by its controller's name. Raises KeyError."""
        for loop in self.loops:
            if loop.name == name:
                return loop
        raise KeyError(name)

    def inspect(self) -> dict[str, Any]:
        """All loops, busiest first."""
        loops = [loop.inspect(self._now) for loop in self.loops]
        last = sorted((entry | {"loop": found["name"]} for found in loops for entry in found["last"][:5]), key=lambda e: -e["time"])
        caches = {resource: len(informer) for resource, informer in self.informers.informers.items()}
        metrics = {key: sum(found["metrics"][key] for found in loops) for key in ("decisions", "actions", "failures")}
        return {"queue": sum(found["depth"] for found in loops), "loops": loops, "last": last[:40], "caches": caches, "metrics": metrics}
