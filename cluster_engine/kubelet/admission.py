"""The kubelet's own say on whether a pod may run here: the scheduler's promise is checked, for it may be stale or bypassed.

Models pkg/kubelet/lifecycle/predicate.go.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cluster_engine.client.client import Manifest
from cluster_engine.kubelet.env import quantity

if TYPE_CHECKING:
    from cluster_engine.kubelet.context import NodeContext
    from cluster_engine.kubelet.pod_worker import PodWorker

NAMES = {"cpu": "cpu", "memory": "memory"}


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a pod failed before it began, or was evicted."""

    reason: str
    message: str


def admit(worker: "PodWorker", context: "NodeContext", others: list["PodWorker"]) -> Rejection | None:
    """None when it may run."""
    if (worker.pod["metadata"].get("annotations") or {}).get("kubernetes.io/config.source") == "file":
        return None
    if context.shutting_down:
        return Rejection("NodeShutdown", "Pod was rejected as the node is shutting down.")
    return _too_many(context, others) or _too_large(worker, context, others) or _pressure(worker, context)


def _too_many(context: "NodeContext", others: list["PodWorker"]) -> Rejection | None:
    if len(others) < context.shape.pods:
        return None
    return Rejection(
        "OutOfpods", f"Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: {len(others)}, capacity: {context.shape.pods}"
    )


def _too_large(worker: "PodWorker", context: "NodeContext", others: list["PodWorker"]) -> Rejection | None:
    for resource, capacity_text in (("cpu", context.shape.cpu), ("memory", context.shape.memory)):
        wanted = requested(worker.pod, resource)
        if not wanted:
            continue
        used = sum(requested(other.pod, resource) for other in others)
        capacity = quantity(capacity_text).milli if resource == "cpu" else quantity(capacity_text).whole
        if used + wanted > capacity:
            text = f"Pod was rejected: Node didn't have enough resource: {resource}, requested: {wanted}, used: {used}, capacity: {capacity}"
            return Rejection(f"OutOf{resource}", text)
    return None


def requested(pod: Manifest, resource: str) -> int:
    """What a pod asks for: its containers together, or its greediest init container. CPU in millicores, memory in bytes."""

    def of(container: Manifest) -> int:
        text = ((container.get("resources") or {}).get("requests") or {}).get(resource)
        if not text:
            return 0
        return quantity(text).milli if resource == "cpu" else quantity(text).whole

    apps = sum(of(c) for c in pod["spec"]["containers"])
    inits = pod["spec"].get("initContainers") or ()
    sidecars = sum(of(c) for c in inits if c.get("restartPolicy") == "Always")
    return max(apps + sidecars, max((of(c) for c in inits if c.get("restartPolicy") != "Always"), default=0))


def _pressure(worker: "PodWorker", context: "NodeContext") -> Rejection | None:
    """Under pressure a node takes no more than what must run, or what promised to be modest."""
    pressed = [name for name, (status, _, _) in context.conditions.items() if status == "True" and name.endswith("Pressure")]
    if not pressed or worker.pod["spec"].get("priorityClassName") in ("system-node-critical", "system-cluster-critical"):
        return None
    best_effort = (worker.pod.get("status") or {}).get("qosClass") == "BestEffort"
    if pressed == ["MemoryPressure"] and not best_effort:
        return None
    return Rejection("Evicted", f"Pod was rejected: The node had condition: [{' '.join(pressed)}]. ")
