"""The projector: one cluster's scene, kept up from the API's watches, and frames of what changed for all who look at it.

It runs only while somebody looks. Frames come at most thirty times a second; what does not fit into one is summed up, never
queued: a busy cluster makes frames richer, not more.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from cluster_engine.client.informer import Informer
from cluster_engine.kernel.signals import Signal
from cluster_engine.machinery.status import ApiError
from explorer.api.inside import READER
from explorer.scenes import instrument
from explorer.scenes.cause import resource_of, told
from explorer.scenes.part import part_of
from explorer.scenes.pull import pulls_of
from explorer.scenes.scene import RESOURCES, Scene

FRAME = 1 / 30
INSTRUMENTS = 0.2
HEARTBEAT = 1.0
GLANCE = 4.0
MOST_SIGNALS = 90
MOST_CAUSES = 40
REMEMBERED = 300
MOST_PROXIES = 12
PAGE_USER = (READER, "kubernetes-admin", ("system:masters",))

Frame = dict[str, Any]


class Projector:
    """What a cluster shows. `subscribe` gets every frame; the first subscriber starts it, the last one stops it."""

    def __init__(self, hosted: Any) -> None:
        self.hosted = hosted
        self.sequence = 0
        self.scene = Scene()
        self._listeners: list[Callable[[Frame], None]] = []
        self._signals: list[Signal] = []
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._informers: list[Informer] = []
        self._log: Any = None
        self._instruments_due = self._clock_due = 0.0
        self._clock: tuple[Any, ...] = ()

    # -- who looks

    def subscribe(self, listener: Callable[[Frame], None]) -> None:
        self._listeners.append(listener)
        if self._task is None:
            self._start()

    def unsubscribe(self, listener: Callable[[Frame], None]) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)
        if not self._listeners and self._task is not None:
            self._stop()

    def _start(self) -> None:
        cluster = self.hosted.cluster
        client = cluster.api.client(*PAGE_USER)
        self.scene = Scene()
        self._informers = [self._inform(client, resource) for resource in RESOURCES]
        self._log = self.hosted.store.watch("/registry/", self.hosted.store.durable_revision + 1, self._bell.set)
        cluster.signals.listeners.append(self._hear)
        self._take()
        self.scene.refresh(self._parts())
        self._task = asyncio.ensure_future(self._run())

    def _stop(self) -> None:
        assert self._task is not None
        self._task.cancel()
        self._task = None
        if self._hear in self.hosted.cluster.signals.listeners:
            self.hosted.cluster.signals.listeners.remove(self._hear)
        self._log.close()
        for informer in self._informers:
            informer.stop()
        self._informers = []

    def _inform(self, client: Any, resource: str) -> Informer:
        informer = Informer(client, resource)
        informer.add_handler(lambda event: self.scene.take(resource, event.object, event.type == "DELETED", event.revision))
        return informer

    def _hear(self, signal: Signal) -> None:
        if READER in (signal.source, signal.target):
            return
        self._signals.append(signal)
        self._bell.set()

    def glance(self) -> Scene:
        """The scene as it is, also when nobody looks yet; then it is kept for a moment, for somebody is about to."""
        if self._task is None:
            self._start()
        asyncio.get_running_loop().call_later(GLANCE, self._stop_if_unseen)
        return self.scene

    def _stop_if_unseen(self) -> None:
        if not self._listeners and self._task is not None:
            self._stop()

    # -- frames

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), INSTRUMENTS)
            self._bell.clear()
            frame = self._frame()
            if frame is not None:
                for listener in tuple(self._listeners):
                    listener(frame)
            await asyncio.sleep(FRAME)

    def _frame(self) -> Frame | None:
        frame: Frame = {}
        now = asyncio.get_running_loop().time()
        self._take()
        parts = []
        if now >= self._instruments_due:
            self._instruments_due = now + INSTRUMENTS
            parts = self._parts()
        if delta := self.scene.refresh(parts):
            frame["delta"] = delta.message()
        frame |= self._moved() | self._written()
        if (clock := self._clock_word(now, bool(frame))) is not None:
            frame["clock"] = clock
        if not frame:
            return None
        self.sequence += 1
        return {"type": "frame", "sequence": self.sequence, "revision": self.scene.revision} | frame

    def _take(self) -> None:
        for informer in self._informers:
            try:
                informer.pump()
            except ApiError:
                continue

    def _parts(self) -> list[Frame]:
        cluster, store = self.hosted.cluster, self.hosted.store
        parts = [instrument.etcd(store.revision, store.durable_revision, cluster.etcd.inspect()), instrument.api_server(cluster.api.watching)]
        for name, component in cluster.components.items():
            part = part_of(name)
            if part == "controller-manager":
                parts.append(instrument.controller_manager(component.inspect().get("loops") or []))
            elif part == "scheduler":
                parts.append(instrument.scheduler(component.inspect()))
        self.scene.pulling(self._pulls())
        return parts

    def _pulls(self) -> dict[str, dict[str, float]]:
        """Images under way, from the kubelets of nodes where pods are starting."""
        machines = self.hosted.cluster.fleet.machines
        found: dict[str, dict[str, float]] = {}
        for node in self.scene.nodes_starting_pods():
            if node in machines:
                found |= pulls_of(machines[node].kubelet.inspect())
        return found

    def _moved(self) -> Frame:
        """What moved since the last frame; beyond a frame's measure only how many on which way, failures always."""
        signals, self._signals = self._signals, []
        if not signals:
            return {}
        kept, merged = signals, Counter[str]()
        if len(signals) > MOST_SIGNALS:
            failed = [s for s in signals if not s.ok][-MOST_SIGNALS // 2 :]
            kept = failed + [s for s in signals if s.ok][-(MOST_SIGNALS - len(failed)) :]
            merged.update(f"{part_of(s.source)}>{part_of(s.target)}" for s in signals)
            merged.subtract(f"{part_of(s.source)}>{part_of(s.target)}" for s in kept)
        frame: Frame = {"signals": [message for s in kept for message in self._addressed(moved(s))]}
        return frame | ({"merged": merged} if merged else {})

    def _addressed(self, message: Frame) -> list[Frame]:
        """The kubelets and proxies of a cluster read one shared watch; each event goes to those whom it concerns."""
        if message["target"] != "kubelet":
            return [message]
        node = self.scene.node_of(message.get("subject", ""))
        if node:
            return [message | {"target": f"kubelet/{node}"}]
        about = message["label"].rpartition(" ")[2]
        names = self.scene.node_names() if about in ("service", "endpointslice") else []
        return [message | {"target": f"proxy/{name}"} for name in names[:MOST_PROXIES]]

    def _written(self) -> Frame:
        records = self._log.poll()
        if not records:
            return {}
        changed = sorted({resource_of(r.key) for r in records})
        return {"causes": [told(r) for r in records[-MOST_CAUSES:]], "changed": changed}

    def _clock_word(self, now: float, moving: bool) -> Frame | None:
        setting = self.hosted.clock.setting
        state = (setting.rate, setting.paused, setting.virtual_base)
        if state == self._clock and now < self._clock_due:
            return None
        self._clock, self._clock_due = state, now + HEARTBEAT
        return self.clock()

    def clock(self) -> Frame:
        setting = self.hosted.clock.setting
        return {"now": self.hosted.now, "rate": setting.rate, "paused": setting.paused, "revision": self.hosted.store.durable_revision}

    # -- for those who have just come

    def whole(self) -> Frame:
        """Everything as it is now, with the newest revisions."""
        self._take()
        self.scene.refresh(self._parts())
        return {"type": "scene", "sequence": self.sequence, "scene": self.scene.message(), "clock": self.clock()}

    def newest_causes(self) -> list[Frame]:
        store = self.hosted.store
        since = max(store.compacted + 1, store.durable_revision - REMEMBERED, 1)
        return [told(record) for record in store.log_since(since)]


def moved(signal: Signal) -> Frame:
    """A signal in the map's names for parts."""
    message: Frame = {"time": signal.time, "kind": signal.kind, "source": part_of(signal.source), "target": part_of(signal.target), "label": signal.label}
    optional = {
        "subject": signal.subject, "subject_name": signal.subject_name, "revision": signal.revision, "code": signal.code,
        "why": signal.why, "request": signal.request, "stage": signal.stage,
    }  # fmt: skip
    message |= {key: value for key, value in optional.items() if value}
    return message if signal.ok else message | {"ok": False}


_projectors: dict[Any, Projector] = {}


def projector_of(hosted: Any) -> Projector:
    """The one projector of a hosted cluster; those of clusters that are gone are forgotten."""
    for known in [h for h in _projectors if h.engine.clusters.get(h.name) is not h]:
        del _projectors[known]
    return _projectors.setdefault(hosted, Projector(hosted))
