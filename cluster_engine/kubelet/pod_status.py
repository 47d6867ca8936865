"""The status of a pod, computed from what its worker knows: phase, conditions, addresses, containers.

Models pkg/kubelet/kubelet_pods.go (generateAPIPodStatus, getPhase) and pkg/kubelet/status/generate.go.
"""

from typing import Any

from cluster_engine.client.client import Manifest
from cluster_engine.kernel.clock import timestamp
from cluster_engine.kubelet.container_status import statuses
from cluster_engine.kubelet.container_worker import ContainerWorker, Life
from cluster_engine.kubelet.pod_worker import Course, PodWorker

OWNED = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
RESERVED_KEYS = (
    "phase",
    "conditions",
    "message",
    "reason",
    "podIP",
    "podIPs",
    "hostIP",
    "hostIPs",
    "startTime",
    "containerStatuses",
    "initContainerStatuses",
    "ephemeralContainerStatuses",
    "observedGeneration",
)


def pod_status(worker: PodWorker, now: float) -> Manifest:
    """The whole status. What others wrote there (nominations, gates, resize results) is kept."""
    old = (worker.mirror or worker.pod).get("status") or {}
    phase = _phase(worker, old.get("phase", ""))
    result: Manifest = {k: v for k, v in old.items() if k not in RESERVED_KEYS}
    result["phase"] = phase
    generation = worker.pod["metadata"].get("generation")
    if generation:
        result["observedGeneration"] = generation
    result["conditions"] = _conditions(worker, phase, old.get("conditions") or [], now)
    if worker.verdict is not None:
        result |= {"reason": worker.verdict.reason, "message": worker.verdict.message}
        if worker.verdict.reason.startswith("OutOf"):
            return result | {"startTime": timestamp(worker.start_time)}
    address = worker.context.address
    result |= {"hostIP": address, "hostIPs": [{"ip": address}]}
    if worker.address:
        result |= {"podIP": worker.address, "podIPs": [{"ip": worker.address}]}
    if worker.start_time:
        result["startTime"] = timestamp(worker.start_time)
    for field, workers in (("initContainerStatuses", worker.init), ("containerStatuses", worker.apps), ("ephemeralContainerStatuses", worker.ephemeral)):
        if workers:
            result[field] = statuses(workers)
    return result


def _phase(worker: PodWorker, old: str) -> str:
    if worker.verdict is not None:
        return "Failed"
    if old in ("Failed", "Succeeded"):
        return old
    if any(c.role == "init" and c.over and not c.succeeded for c in worker.init):
        return "Failed"
    if worker.course is Course.STOPPED:
        return "Succeeded" if worker.apps and all(c.succeeded for c in worker.apps) else "Failed"
    if not worker.initialized:
        return "Pending"
    if all(c.over for c in worker.apps) and not any(c.running for c in worker.init):
        return "Succeeded" if all(c.succeeded for c in worker.apps) else "Failed"
    known = any(c.running or c.status is not None or c.last is not None for c in worker.apps)
    waits = any(c.status is None and c.last is None for c in worker.apps)
    return "Running" if known and not waits else "Pending"


# -- conditions


def _conditions(worker: PodWorker, phase: str, old: list[Manifest], now: float) -> list[Manifest]:
    containers = _containers_ready(worker, phase)
    made = {
        "PodReadyToStartContainers": ("True" if worker.sandbox and worker.course in (Course.RUNNING, Course.STOPPING) else "False", "", ""),
        "Initialized": _initialized(worker, phase),
        "Ready": _ready(worker, containers, old),
        "ContainersReady": containers,
        "PodScheduled": ("True", "", ""),
    }
    before = {c["type"]: c for c in old}
    generation = worker.pod["metadata"].get("generation")
    result = [_condition(kind, verdict, before.get(kind), generation, now) for kind, verdict in made.items()]
    return result + [c for c in old if c["type"] not in OWNED]


def _condition(kind: str, verdict: tuple[str, str, str], before: Manifest | None, generation: int | None, now: float) -> Manifest:
    status, reason, message = verdict
    since = before.get("lastTransitionTime") if before is not None and before["status"] == status else None
    result: Manifest = {"type": kind}
    if generation:
        result["observedGeneration"] = generation
    result |= {"status": status, "lastProbeTime": None, "lastTransitionTime": since or timestamp(now)}
    if reason:
        result["reason"] = reason
    if message:
        result["message"] = message
    return result


def _names(workers: list[ContainerWorker]) -> str:
    return "[" + " ".join(w.name for w in workers) + "]"


def _initialized(worker: PodWorker, phase: str) -> tuple[str, str, str]:
    if phase == "Succeeded":
        return "True", "PodCompleted", ""
    if worker.initialized:
        return "True", "", ""
    left = [c for c in worker.init if not (c.started if c.role == "sidecar" else c.succeeded)]
    return "False", "ContainersNotInitialized", f"containers with incomplete status: {_names(left)}"


def _containers_ready(worker: PodWorker, phase: str) -> tuple[str, str, str]:
    if phase in ("Succeeded", "Failed"):
        return "False", "PodCompleted" if phase == "Succeeded" else "PodFailed", ""
    unready = [c for c in worker.init if c.role == "sidecar" and not c.ready] + [c for c in worker.apps if not (c.ready and c.running)]
    if unready:
        return "False", "ContainersNotReady", f"containers with unready status: {_names(unready)}"
    return "True", "", ""


def _ready(worker: PodWorker, containers: tuple[str, str, str], old: list[Manifest]) -> tuple[str, str, str]:
    if containers[0] != "True":
        return containers
    found: dict[str, Any] = {c["type"]: c["status"] for c in old}
    complaints = []
    for gate in worker.pod["spec"].get("readinessGates") or ():
        kind = gate["conditionType"]
        if kind not in found:
            complaints.append(f'corresponding condition of pod readiness gate "{kind}" does not exist.')
        elif found[kind] != "True":
            complaints.append(f'the status of pod readiness gate "{kind}" is not "True", but {found[kind]}')
    return ("False", "ReadinessGatesNotReady", ", ".join(complaints)) if complaints else ("True", "", "")


def worst(worker: PodWorker) -> str:
    """A word for pages: the waiting reason that counts most."""
    reasons = [c.waiting[0] for c in worker.containers if c.life in (Life.WAITING, Life.EXITED) and not c.over]
    return reasons[0] if reasons else ""
