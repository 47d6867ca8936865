"""containerStatuses: what the status of a pod says of each container.

Models convertToAPIContainerStatuses of pkg/kubelet/kubelet_pods.go.
"""

from typing import Any

from cluster_engine.client.client import Manifest
from cluster_engine.kernel.clock import timestamp
from cluster_engine.kubelet.container_worker import ContainerWorker, Life
from cluster_engine.runtime.cri import ContainerState, ContainerStatus

EPOCH = "1970-01-01T00:00:00Z"


def container_status(worker: ContainerWorker) -> Manifest:
    """One entry, as it is now."""
    status, runtime = worker.status, worker.context.runtime.name
    known = status or worker.last
    result: Manifest = {
        "name": worker.name,
        "state": _state(worker, runtime),
        "lastState": {"terminated": _terminated(worker.last, runtime)} if worker.last is not None else {},
        "ready": _ready(worker),
        "restartCount": worker.attempt,
        "image": known.image if known is not None else worker.spec["image"],
        "imageID": known.image_id if known is not None else "",
        "started": worker.started and worker.running,
    }
    if known is not None:
        result["containerID"] = f"{runtime}://{known.id}"
    requests = (worker.spec.get("resources") or {}).get("requests")
    if requests:
        result["allocatedResources"] = requests
    if status is not None and status.state is ContainerState.RUNNING:
        if worker.spec.get("resources"):
            result["resources"] = worker.spec["resources"]
        result["user"] = {"linux": {"gid": status.group, "supplementalGroups": sorted({status.group, *status.groups}), "uid": status.user}}
    mounts = [_mount(m) for m in worker.spec.get("volumeMounts") or ()]
    if mounts:
        result["volumeMounts"] = mounts
    return result


def _ready(worker: ContainerWorker) -> bool:
    if worker.role == "init":
        return worker.succeeded
    return worker.ready and worker.running


def _mount(mount: Manifest) -> Manifest:
    result: Manifest = {"name": mount["name"], "mountPath": mount["mountPath"]}
    if mount.get("readOnly"):
        result |= {"readOnly": True, "recursiveReadOnly": "Disabled"}
    return result


def _state(worker: ContainerWorker, runtime: str) -> dict[str, Any]:
    status = worker.status
    if status is not None and worker.running:
        return {"running": {"startedAt": timestamp(status.started_at)}}
    if status is not None and worker.life is Life.EXITED and not _will_wait(worker):
        return {"terminated": _terminated(status, runtime)}
    reason, message = worker.waiting
    return {"waiting": {"reason": reason} | ({"message": message} if message else {})}


def _will_wait(worker: ContainerWorker) -> bool:
    """An ended container that is in back-off is shown as waiting; its end is shown as the last state."""
    return worker.waiting[0] == "CrashLoopBackOff" and not worker.pod.stopping and not worker.over


def _terminated(status: ContainerStatus, runtime: str) -> dict[str, Any]:
    result: dict[str, Any] = {"exitCode": status.exit_code, "reason": status.reason}
    if status.message:
        result["message"] = status.message
    started = timestamp(status.started_at) if status.reason != "StartError" else EPOCH
    return result | {"startedAt": started, "finishedAt": timestamp(status.finished_at), "containerID": f"{runtime}://{status.id}"}


def statuses(workers: list[ContainerWorker]) -> list[Manifest]:
    result = []
    for worker in workers:
        entry = container_status(worker)
        if worker.status is not None and worker.life is Life.EXITED and _will_wait(worker):
            entry["lastState"] = {"terminated": _terminated(worker.status, worker.context.runtime.name)}
        result.append(entry)
    return result
