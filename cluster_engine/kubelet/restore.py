"""Going on where the simulation was stopped: pods that ran are running again as they were, and nothing is written for it.

Models nothing of upstream: there machines do not stop with the program that shows them. A machine that was switched off
is another thing: its pods start anew, and their restarts are counted.
"""

from cluster_engine.client.client import Manifest
from cluster_engine.kernel.clock import parse_time, timestamp
from cluster_engine.kubelet.container_config import container_config
from cluster_engine.kubelet.container_worker import ContainerWorker, Life
from cluster_engine.kubelet.env import ConfigError
from cluster_engine.kubelet.pod_worker import Course, PodWorker
from cluster_engine.kubelet.probes import probers
from cluster_engine.kubelet.volume_sources import sources_of
from cluster_engine.runtime.cri import ContainerState, ContainerStatus, CriError
from cluster_engine.volumes.plugin import NotReady
from cluster_engine.volumes.pod_volumes import prepare


def restore(worker: PodWorker, status: Manifest) -> bool:
    """Put the pod back as its status says. False when it was not running, or cannot be as it was."""
    if status.get("phase") not in ("Running", "Pending") or not status.get("podIP") or not status.get("startTime"):
        return False
    meta, spec, runtime = worker.pod["metadata"], worker.pod["spec"], worker.context.runtime
    try:
        worker.volumes = prepare(meta["namespace"], meta["name"], spec.get("volumes") or [], sources_of(worker.context, worker.pod, worker))
        worker.start_time = parse_time(status["startTime"])
        worker.sandbox = runtime.restore_sandbox(worker.sandbox_config(), status["podIP"], worker.start_time)
        worker.address = runtime.pod_sandbox_status(worker.sandbox).address
        entries = {e["name"]: e for f in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses") for e in status.get(f) or ()}
        for container in worker.containers:
            if container.name in entries:
                _container(container, entries[container.name])
    except (NotReady, ConfigError, CriError):
        worker.clean_up(worker.context.clock.now())
        return False
    worker.course = Course.RUNNING
    return True


def rebooted(worker: PodWorker, status: Manifest, now: float) -> None:
    """The machine was off meanwhile: what ran is lost, and will be started once more."""
    if status.get("startTime"):
        worker.start_time = parse_time(status["startTime"])
    entries = {e["name"]: e for f in ("initContainerStatuses", "containerStatuses") for e in status.get(f) or ()}
    for container in worker.containers:
        entry = entries.get(container.name)
        if entry is None or not entry.get("containerID"):
            continue
        state = entry["state"].get("terminated") or {"exitCode": 255, "reason": "Unknown", "containerID": entry["containerID"]}
        times = {"startedAt": (entry["state"].get("running") or {}).get("startedAt"), "finishedAt": timestamp(now)}
        container.last = _ended(container, entry, times | state)
        container.attempt = entry["restartCount"] + 1
    worker.sandbox_attempt = 1
    worker.why = "the machine was restarted, so its pods start anew"


def _container(worker: ContainerWorker, entry: Manifest) -> None:
    worker.attempt = entry["restartCount"]
    state, last = entry["state"], (entry.get("lastState") or {}).get("terminated")
    if last:
        worker.last = _ended(worker, entry, last)
    if "running" in state:
        _running(worker, entry, parse_time(state["running"]["startedAt"]))
    elif "terminated" in state:
        worker.status, worker.life = _ended(worker, entry, state["terminated"]), Life.EXITED
    elif state.get("waiting", {}).get("reason") == "CrashLoopBackOff" and worker.last is not None:
        worker.status, worker.last, worker.life = worker.last, None, Life.EXITED
        worker.waiting = (state["waiting"]["reason"], state["waiting"].get("message", ""))
        for _ in range(worker.attempt):
            worker.crashes.next(worker.status.finished_at)
        worker.pod.told_backoff[worker.name] = worker.attempt


def _running(worker: ContainerWorker, entry: Manifest, started_at: float) -> None:
    runtime = worker.context.runtime
    worker.id = entry["containerID"].partition("://")[2]
    runtime.restore_container(worker.pod.sandbox, container_config(worker), worker.id, started_at)
    worker.status, worker.life, worker.hook_done = runtime.container_status(worker.id), Life.RUNNING, True
    worker.started, worker.ready = bool(entry.get("started")), bool(entry.get("ready"))
    worker.probers = probers(worker, worker.context.clock.now())
    for prober in worker.probers:
        prober.done = prober.kind == "startup" and worker.started


def _ended(worker: ContainerWorker, entry: Manifest, state: Manifest) -> ContainerStatus:
    id, started = state.get("containerID", "").partition("://")[2], _moment(state, "startedAt")
    return ContainerStatus(
        id, worker.pod.sandbox, worker.name, worker.attempt, ContainerState.EXITED, entry["image"], entry.get("imageID", ""), started, started,
        _moment(state, "finishedAt"), state["exitCode"], state.get("reason", ""), state.get("message", ""),
    )  # fmt: skip


def _moment(state: Manifest, field: str) -> float:
    return parse_time(state[field]) if state.get(field) else 0.0
