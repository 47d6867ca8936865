"""What `kubectl get pods` shows: one word for the state of all containers, readiness, restarts.

Models pkg/printers/internalversion/printers.go (printPod).
"""

from dataclasses import dataclass
from typing import Any

from cluster_engine.resources.kind import Column, Manifest
from cluster_engine.resources.table import AGE, CORE, NAME, NONE, age, epoch, human_duration

COLUMNS = (
    NAME,
    Column("Ready", "The aggregate readiness state of this pod for accepting traffic."),
    Column("Status", "The aggregate status of the containers in this pod."),
    Column("Restarts", "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted."),
    AGE,
    Column("IP", priority=1, described_by=CORE + "PodStatus.podIP"),
    Column("Node", priority=1, described_by=CORE + "PodSpec.nodeName"),
    Column("Nominated Node", priority=1, described_by=CORE + "PodStatus.nominatedNodeName"),
    Column("Readiness Gates", priority=1, described_by=CORE + "PodSpec.readinessGates"),
)


@dataclass(slots=True)
class _Restarts:
    count: int = 0
    last: float = 0.0

    def add(self, status: Manifest) -> None:
        self.count += status.get("restartCount", 0)
        ended = ((status.get("lastState") or {}).get("terminated") or {}).get("finishedAt")
        if ended:
            self.last = max(self.last, epoch(ended))


@dataclass(slots=True)
class Summary:
    """What the columns tell of all containers together."""

    reason: str
    total: int
    ready: int
    restarts: _Restarts
    sidecar_restarts: _Restarts


def row(pod: Manifest, now: float) -> list[Any]:
    spec, status, metadata = pod.get("spec") or {}, pod.get("status") or {}, pod["metadata"]
    tally = summary(pod)
    restarts = str(tally.restarts.count)
    if tally.restarts.count and tally.restarts.last:
        restarts = f"{restarts} ({human_duration(now - tally.restarts.last)} ago)"
    addresses = status.get("podIPs") or ()
    address = addresses[0].get("ip", "") if addresses else status.get("podIP", "")
    return [
        metadata.get("name", ""),
        f"{tally.ready}/{tally.total}",
        tally.reason,
        restarts,
        age(pod, now),
        address or NONE,
        spec.get("nodeName") or NONE,
        status.get("nominatedNodeName") or NONE,
        _gates(spec, status),
    ]


def _gates(spec: Manifest, status: Manifest) -> str:
    gates = spec.get("readinessGates")
    if not gates:
        return NONE
    true = {c.get("type") for c in status.get("conditions") or () if c.get("status") == "True"}
    return f"{sum(1 for g in gates if g.get('conditionType') in true)}/{len(gates)}"


def pod_status(pod: Manifest) -> str:
    """The STATUS column's word."""
    return summary(pod).reason


def summary(pod: Manifest) -> Summary:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    conditions = status.get("conditions") or ()
    tally = Summary(status.get("reason") or status.get("phase", ""), len(spec.get("containers") or ()), 0, _Restarts(), _Restarts())
    if any(c.get("type") == "PodScheduled" and c.get("reason") == "SchedulingGated" for c in conditions):
        tally.reason = "SchedulingGated"
    initializing = _init_containers(spec, status, tally)
    initialized = any(c.get("type") == "Initialized" and c.get("status") == "True" for c in conditions)
    if not initializing or initialized:
        _main_containers(status, conditions, tally)
    if pod["metadata"].get("deletionTimestamp") is not None:
        if status.get("reason") == "NodeLost":
            tally.reason = "Unknown"
        elif status.get("phase") not in ("Succeeded", "Failed"):
            tally.reason = "Terminating"
    return tally


def _init_containers(spec: Manifest, status: Manifest, tally: Summary) -> bool:
    """Counts restartable init containers in; says whether an init container is still to finish."""
    declared = spec.get("initContainers") or ()
    sidecars = {c.get("name") for c in declared if c.get("restartPolicy") == "Always"}
    tally.total += len(sidecars)
    for index, container in enumerate(status.get("initContainerStatuses") or ()):
        tally.restarts.add(container)
        if container.get("name") in sidecars:
            tally.sidecar_restarts.add(container)
        state = container.get("state") or {}
        ended, waiting = state.get("terminated"), state.get("waiting")
        if ended is not None and not ended.get("exitCode"):
            continue
        if container.get("name") in sidecars and container.get("started"):
            tally.ready += 1 if container.get("ready") else 0
            continue
        if ended is not None:
            tally.reason = "Init:" + (ended.get("reason") or _exit_text(ended))
        elif waiting is not None and waiting.get("reason") and waiting["reason"] != "PodInitializing":
            tally.reason = "Init:" + waiting["reason"]
        else:
            tally.reason = f"Init:{index}/{len(declared)}"
        return True
    return False


def _exit_text(ended: Manifest) -> str:
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', 0)}"


def _main_containers(status: Manifest, conditions: Any, tally: Summary) -> None:
    containers = status.get("containerStatuses") or ()
    tally.restarts = tally.sidecar_restarts
    running = False
    for container in reversed(containers):
        tally.restarts.add(container)
        state = container.get("state") or {}
        waiting, ended = state.get("waiting"), state.get("terminated")
        if waiting is not None and waiting.get("reason"):
            tally.reason = waiting["reason"]
        elif ended is not None:
            tally.reason = ended.get("reason") or _exit_text(ended)
        elif container.get("ready") and state.get("running") is not None:
            running = True
            tally.ready += 1
    if tally.reason == "Completed" and running:
        ready = any(c.get("type") == "Ready" and c.get("status") == "True" for c in conditions)
        tally.reason = "Running" if ready else "NotReady"
