"""A cluster under the virtual clock: one thread, as fast as it can, the same seed giving the same trace.

Used by scenarios, fuzzing, the tests of labs and benchmarks. Every write is durable (in memory) at the end of its turn.
"""

from collections.abc import Callable
from typing import Any

from cluster_engine.apiserver.local import LocalClient
from cluster_engine.cluster import Cluster
from cluster_engine.kernel.clock import VirtualClock
from cluster_engine.machinery.status import ApiError
from cluster_engine.store.backend import Backend, MemoryBackend
from cluster_engine.store.mvcc import Store
from cluster_engine.templates import Template

Manifest = dict[str, Any]
MOST_UNITS = 5_000_000
BATCH = 32


class NeverHappened(AssertionError):
    """What was waited for did not come about in time."""


class Simulation:
    """A whole cluster that runs when told to."""

    def __init__(self, template: str | Template = "dev", seed: int = 1, *, backend: Backend | None = None, clock: VirtualClock | None = None) -> None:
        self.clock = clock or VirtualClock()
        self.store = Store(backend or MemoryBackend())
        self.cluster = Cluster("simulation", self.store, self.clock, seed, template)
        self.store.flush()
        self.units = 0
        self.admin: LocalClient = self.cluster.api.client("kubectl", "kubernetes-admin", ("system:masters",))

    def step(self) -> bool:
        """One unit of work; False when there is none now. What is written becomes durable, and seen, every BATCH units at the latest."""
        worked = self.cluster.step(self.clock.now())
        self.units += worked
        if not worked or self.units % BATCH == 0:
            worked = bool(self.store.flush()) or worked
        return worked

    def settle_now(self) -> None:
        """Work until nobody has anything to do at this moment."""
        self.store.flush()
        while self.step():
            if self.units > MOST_UNITS:
                raise NeverHappened("the components never come to rest")

    def run(self, seconds: float) -> None:
        """Let `seconds` of cluster time pass."""
        self._run_to(self.clock.now() + seconds, None)

    def until(self, happened: Callable[[], bool], within: float = 60.0) -> float:
        """Run until `happened()`; returns the seconds it took. Raises NeverHappened after `within` seconds of cluster time."""
        began = self.clock.now()
        if not self._run_to(began + within, happened):
            raise NeverHappened(f"not within {within} s of cluster time")
        return self.clock.now() - began

    def _run_to(self, end: float, happened: Callable[[], bool] | None) -> bool:
        while True:
            self.settle_now()
            if happened is not None and happened():
                return True
            now = self.clock.now()
            moment = self.cluster.next_wake(now)
            if moment is None or moment > end:
                self.clock.advance_to(end)
                self.settle_now()
                return happened is not None and happened()
            self.clock.advance_to(max(moment, now + 0.001))

    # -- as a person at kubectl

    def apply(self, *manifests: Manifest) -> None:
        """Create each manifest, or server-side apply it where it exists."""
        for manifest in manifests:
            resource = self._resource(manifest)
            kind = self.cluster.api.registry[resource]
            if kind.namespaced:
                manifest = {**manifest, "metadata": {"namespace": "default", **manifest["metadata"]}}
            try:
                self.admin.create(resource, manifest, why="applied by a person")
            except ApiError as error:
                if error.reason != "AlreadyExists":
                    raise
                meta = manifest["metadata"]
                self.admin.patch(resource, meta.get("namespace", ""), meta["name"], manifest, type="apply", why="applied again by a person")
        self.store.flush()

    def _resource(self, manifest: Manifest) -> str:
        kind = self.cluster.api.registry.by_kind(manifest["apiVersion"], manifest["kind"])
        if kind is None:
            raise LookupError(f"no kind {manifest['kind']} in {manifest['apiVersion']}")
        return kind.name

    def get(self, resource: str, name: str, namespace: str = "default") -> Manifest:
        return self.admin.get(resource, namespace if self.cluster.api.registry[resource].namespaced else "", name)

    def objects(self, resource: str, namespace: str = "", labels: str = "") -> list[Manifest]:
        return self.admin.list(resource, namespace, labels=labels).items

    def ready_pods(self, namespace: str = "default", labels: str = "") -> list[Manifest]:
        """Pods whose Ready condition is true."""
        return [p for p in self.objects("pods", namespace, labels) if is_ready(p)]


def is_ready(pod: Manifest) -> bool:
    return any(c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions", ()))
