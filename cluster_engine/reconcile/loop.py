"""The loop: takes a key from the queue, asks its controller for a decision, and applies the actions one by one.

Models the workers of pkg/controller/*: processNextWorkItem and sync. Laws: a decision is made only on a view that has seen
the loop's own last writes for that key (the freshness gate); the first failed action ends the plan and requeues the key with
back-off; the same key is never worked on twice at once.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cluster_engine.client.client import Client, WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.kernel.workqueue import WorkQueue
from cluster_engine.machinery.status import ApiError
from cluster_engine.reconcile.actions import Action, Create, Delete, Event, Patch, Post, Update, UpdateStatus, WakeAt
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.view import EVERYTHING, Informers, View

Manifest = dict[str, Any]
Record = Callable[[Manifest, str, str, str], None]
KEPT_DECISIONS = 40
PATIENCE = 30.0  # seconds that a key waits for its own writes to come back by the watch
SETTLING = 0.05  # seconds between two decisions about one key: a burst of changes is looked at once, not once each


@dataclass(frozen=True, slots=True)
class Decision:
    """One look at one key, for pages: what was done and why, or why it failed."""

    time: float
    key: str
    actions: tuple[str, ...]
    error: str = ""


@dataclass(slots=True)
class Plan:
    """The actions of one decision that are still to be applied."""

    key: str
    subject: Manifest | None
    actions: deque[Action]
    done: list[str]
    failed: bool = False


class Loop:
    """Runs one `Controller`. `record(about, type, reason, message)` writes an event."""

    def __init__(self, controller: Controller, client: Client, informers: Informers, record: Record) -> None:
        self.controller = controller
        self.name = controller.name
        self._client = client
        self._record = record
        self.view = View(informers)
        self.queue = WorkQueue()
        self.decisions: deque[Decision] = deque(maxlen=KEPT_DECISIONS)
        self.counts = {"decisions": 0, "actions": 0, "failures": 0}
        self._plan: Plan | None = None
        self._held: dict[str, float] = {}
        self._own_writes: dict[str, dict[str, int]] = {}
        self._decided: dict[str, float] = {}
        self._next_resync: float | None = None
        self._informers = informers
        self._heard: set[str] = set()
        self._listen()

    def _listen(self) -> None:
        for resource, name, index in self.controller.indices:
            self._informers.of(resource).add_index(name, index)
        for resource in self.controller.reads:
            self._informers.of(resource)
        own = () if self.controller.resource == EVERYTHING else (Watches(self.controller.resource),)
        for watches in (*own, *self.controller.watches):
            if watches.resource != EVERYTHING:
                self._informers.of(watches.resource).add_handler(self._handler(watches))
        self.listen_to_new_kinds()

    def listen_to_new_kinds(self) -> None:
        """For loops that watch every kind: take in the kinds that came since the last call."""
        self._heard &= set(self._informers.informers)
        for watches in self.controller.watches:
            if watches.resource == EVERYTHING:
                for kind in self._informers.collectable():
                    if kind.name not in self._heard:
                        self._heard.add(kind.name)
                        self._informers.of(kind.name).add_handler(self._handler(watches))

    def _handler(self, watches: Watches) -> Callable[[WatchEvent], None]:
        def handle(event: WatchEvent) -> None:
            for key in watches.keys(event, self.view):
                self.queue.add(key)

        return handle

    # -- working

    def step(self, now: float) -> bool:
        """Apply the next action of the plan at hand, or decide about the next key that is due."""
        if self._plan is not None:
            self._apply_next(self._plan, now)
            return True
        self._resync(now)
        self._release_held(now)
        while (key := self.queue.pop(now)) is not None:
            if not self._fresh(key):
                self._held.setdefault(key, now)
            elif now < (settled := self._decided.get(key, 0.0) + SETTLING):
                self.queue.add_at(key, settled)
            else:
                self._decide(key, now)
                return True
        return False

    def next_wake(self, now: float) -> float | None:
        """When there is timed work next; `now` when there is work at once."""
        if self._plan is not None:
            return now
        moments = [m for m in (self.queue.next_due(), self._next_resync) if m is not None]
        moments += [since + PATIENCE for since in self._held.values()]
        return max(now, min(moments)) if moments else None

    def _resync(self, now: float) -> None:
        if not self.controller.resync or (self._next_resync is not None and now < self._next_resync):
            return
        if self._next_resync is not None:
            for manifest in self.view.all(self.controller.resource):
                self.queue.add(key_of(manifest))
        self._next_resync = now + self.controller.resync

    def _fresh(self, key: str) -> bool:
        """Whether the caches have seen what this loop itself wrote last for `key`."""
        writes = self._own_writes.get(key)
        if not writes:
            return True
        if any(self.view.revision(resource) < revision for resource, revision in writes.items()):
            return False
        del self._own_writes[key]
        return True

    def _release_held(self, now: float) -> None:
        """Let go of keys whose writes have come back; of others after a while, for a message may be lost."""
        for key, since in list(self._held.items()):
            if self._fresh(key) or now >= since + PATIENCE:
                del self._held[key]
                self._own_writes.pop(key, None)
                self.queue.add(key)

    def _decide(self, key: str, now: float) -> None:
        manifest = self.view.by_key(self.controller.resource, key)
        self.counts["decisions"] += 1
        self._decided[key] = now
        if manifest is None:
            del self._decided[key]
        actions: Iterable[Action] = ()
        if manifest is not None:
            actions = self.controller.reconcile(manifest, self.view, now)
        elif self.controller.gone is not None:
            actions = self.controller.gone(key, self.view, now)
        planned = deque(actions)
        if planned:
            self._plan = Plan(key, manifest, planned, [])
        else:
            self.queue.forget(key)

    def _apply_next(self, plan: Plan, now: float) -> None:
        action = plan.actions.popleft()
        try:
            self._apply(plan, action, now)
        except ApiError as error:
            self._fail(plan, action, error, now)
            return
        self.counts["actions"] += 1
        if not isinstance(action, WakeAt | Event):
            plan.done.append(action.why)
        if not plan.actions:
            self._finish(plan, now)

    def _finish(self, plan: Plan, now: float) -> None:
        self._plan = None
        if plan.failed:
            return
        self.queue.forget(plan.key)
        if plan.done:
            self.decisions.append(Decision(now, plan.key, tuple(plan.done)))

    def _fail(self, plan: Plan, action: Action, error: ApiError, now: float) -> None:
        """End the plan: what the action wants done about its refusal is still done, then the key waits for its back-off."""
        self._plan = None
        if plan.failed:
            return
        self.counts["failures"] += 1
        self.queue.add_failed(plan.key, now)
        self.decisions.append(Decision(now, plan.key, (*plan.done, getattr(action, "why", "")), error.message))
        if isinstance(action, Create) and action.refused is not None:
            last = deque(action.refused(error))
            self._plan = Plan(plan.key, plan.subject, last, [], failed=True) if last else None

    # -- effects

    def _apply(self, plan: Plan, action: Action, now: float) -> None:
        if isinstance(action, WakeAt):
            self.queue.add_at(plan.key, action.moment)
        elif isinstance(action, Event):
            self._record(action.about, action.type, action.reason, action.message)
        else:
            resource, revision = self._write(plan, action, self._because(plan))
            if revision:
                self._own_writes.setdefault(plan.key, {})[resource] = revision

    @staticmethod
    def _because(plan: Plan) -> tuple[int, ...]:
        version = (plan.subject or {}).get("metadata", {}).get("resourceVersion")
        return (int(version),) if version else ()

    def _write(self, plan: Plan, action: Action, because: tuple[int, ...]) -> tuple[str, int]:
        """Carry out one write; returns the resource and the revision it made (0 for none)."""
        if isinstance(action, Create):
            return action.resource, self._create(plan, action, because)
        if isinstance(action, Delete):
            return action.resource, self._delete(action, because)
        if isinstance(action, Patch):
            return action.resource, self._patch(action, because)
        if isinstance(action, Post):
            self._client.create(action.resource, action.manifest, subresource=action.subresource, why=action.why, because=because)
            return action.resource, 0
        subresource = "status" if isinstance(action, UpdateStatus) else action.subresource if isinstance(action, Update) else ""
        assert isinstance(action, Update | UpdateStatus)
        return action.resource, _revision(self._client.update(action.resource, action.manifest, subresource=subresource, why=action.why, because=because))

    def _create(self, plan: Plan, action: Create, because: tuple[int, ...]) -> int:
        try:
            made = self._client.create(action.resource, action.manifest, why=action.why, because=because)
        except ApiError as error:
            if action.or_exists and error.reason == "AlreadyExists":
                return 0
            raise
        if action.then is not None:
            plan.actions.extendleft(reversed(list(action.then(made))))
        return _revision(made)

    def _delete(self, action: Delete, because: tuple[int, ...]) -> int:
        try:
            return self._client.delete(
                action.resource, action.namespace, action.name, uid=action.uid, resource_version=action.resource_version,
                grace=action.grace, propagation=action.propagation, why=action.why, because=because,
            )  # fmt: skip
        except ApiError as error:
            if error.code == 404 or (error.code == 409 and action.uid and not action.resource_version):
                return 0
            raise

    def _patch(self, action: Patch, because: tuple[int, ...]) -> int:
        try:
            return _revision(
                self._client.patch(
                    action.resource,
                    action.namespace,
                    action.name,
                    action.patch,
                    type=action.type,
                    subresource=action.subresource,
                    why=action.why,
                    because=because,
                )
            )
        except ApiError as error:
            if action.or_gone and error.code == 404:
                return 0
            raise

    # -- for pages

    def explain(self) -> dict[str, Any]:
        """What this loop alone can show, made when asked for: the garbage collector's graph of owners."""
        return self.controller.explain(self.view) if self.controller.explain is not None else {}

    def inspect(self, now: float) -> dict[str, Any]:
        """Queue, caches and last reasons, as JSON data."""
        return {
            "name": self.name,
            "resource": self.controller.resource,
            "queue": [{"key": w.key, "due": max(0.0, w.due - now) if w.due else 0.0, "failures": w.failures} for w in self.queue.waiting()[:50]],
            "depth": len(self.queue),
            "cache": self.view.count(self.controller.resource),
            "last": [{"time": d.time, "key": d.key, "why": list(d.actions), "error": d.error} for d in reversed(self.decisions)],
            "metrics": dict(self.counts),
        }


def _revision(manifest: Manifest) -> int:
    return int(manifest.get("metadata", {}).get("resourceVersion") or 0)
