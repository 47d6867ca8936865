"""Node-pressure eviction: when memory or disk runs short, pods go, those first that use more than they asked for.

Models pkg/kubelet/eviction (eviction_manager.go, helpers.go): hard thresholds memory.available < 100Mi and
nodefs.available < 10%; a condition stays for five minutes after the pressure is gone.
"""

from typing import TYPE_CHECKING

from cluster_engine.kubelet.admission import Rejection, requested
from cluster_engine.kubelet.context import NodeContext
from cluster_engine.kubelet.env import quantity
from cluster_engine.kubelet.pod_worker import PodWorker

if TYPE_CHECKING:
    from cluster_engine.kubelet.heartbeat import Heartbeat

PERIOD = 10.0
MEMORY_LEAST = 100 * (1 << 20)
TRANSITION = 300.0
SYSTEM_MEMORY = 350 * (1 << 20)
CRITICAL = 2_000_000_000


class Eviction:
    """Looks every ten seconds, but only where a pod could matter. `pressed_memory` is what a fault adds to the node's own use."""

    def __init__(self, context: NodeContext) -> None:
        self._context = context
        self._due = 0.0
        self._pressed_since = 0.0
        self._pressed = False
        self._any = False
        self.evicted = 0

    def next_wake(self, now: float) -> float | None:
        return self._due if self._any or self._pressed else None

    def due(self, now: float) -> bool:
        """Whether it is time to look."""
        return now >= self._due and (self._pressed or self._context.runtime.watches_memory)

    def step(self, pods: list[PodWorker], now: float, heartbeat: "Heartbeat") -> PodWorker | None:
        """Evict at most one pod, and say which."""
        self._any = bool(pods) and self._context.runtime.watches_memory
        if now < self._due or not (self._any or self._pressed):
            return None
        self._due = now + PERIOD
        available = self.available(pods, now)
        if available >= MEMORY_LEAST:
            self._relieve(now, heartbeat)
            return None
        self._press(now, heartbeat)
        victim = self._choose(pods, now)
        if victim is not None:
            self._evict(victim, available, now)
        return victim

    def available(self, pods: list[PodWorker], now: float) -> int:
        used = sum(self._used(pod, now) for pod in pods)
        return quantity(self._context.shape.memory).whole - SYSTEM_MEMORY - self._context.runtime.pressure_memory - used

    def _used(self, pod: PodWorker, now: float) -> int:
        return sum(self._context.runtime.container_stats(c.id, now).memory_working_set for c in pod.containers if c.running)

    def _press(self, now: float, heartbeat: "Heartbeat") -> None:
        self._pressed_since = now
        if not self._pressed:
            self._pressed = True
            self._context.conditions["MemoryPressure"] = ("True", "KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
            heartbeat.soon()

    def _relieve(self, now: float, heartbeat: "Heartbeat") -> None:
        if self._pressed and now - self._pressed_since > TRANSITION:
            self._pressed = False
            self._context.conditions.pop("MemoryPressure", None)
            heartbeat.soon()

    def _choose(self, pods: list[PodWorker], now: float) -> PodWorker | None:
        """Over its request first, then low priority, then how far over."""
        static = "kubernetes.io/config.source"
        open_to = [
            p for p in pods if not p.stopping and p.pod["spec"].get("priority", 0) < CRITICAL and static not in (p.pod["metadata"].get("annotations") or {})
        ]

        def rank(pod: PodWorker) -> tuple[bool, int, int]:
            over = self._used(pod, now) - requested(pod.pod, "memory")
            return over <= 0, pod.pod["spec"].get("priority", 0), -over

        return min(open_to, key=rank, default=None)

    def _evict(self, victim: PodWorker, available: int, now: float) -> None:
        text = f"The node was low on resource: memory. Threshold quantity: 100Mi, available: {max(available, 0) // 1024}Ki. "
        for container in victim.containers:
            if container.running:
                used = self._context.runtime.container_stats(container.id, now).memory_working_set
                asked = ((container.spec.get("resources") or {}).get("requests") or {}).get("memory", "0")
                text += f"Container {container.name} was using {used // 1024}Ki, request is {asked}, has larger consumption of memory. "
        self.evicted += 1
        self._context.tell(victim.pod, "Warning", "Evicted", text)
        victim.verdict = Rejection("Evicted", text)
        victim.begin_to_stop("the node is short of memory", grace=0.0)
