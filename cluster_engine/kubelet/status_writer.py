"""The status manager: writes the status of pods whose workers changed, once per pod however often it changed meanwhile.

Models pkg/kubelet/status/status_manager.go. Law: a status is written on the newest version of the pod that was seen; when
somebody was faster, it is computed anew.
"""

from cluster_engine.client.client import Manifest
from cluster_engine.kubelet.context import NodeContext
from cluster_engine.kubelet.pod_status import pod_status
from cluster_engine.kubelet.pod_worker import Course, PodWorker
from cluster_engine.machinery.status import ApiError

RETRY = 1.0


class StatusWriter:
    """`forgotten(worker)` is called when the pod is deleted for good."""

    def __init__(self, context: NodeContext) -> None:
        self._context = context
        self._dirty: dict[str, PodWorker] = {}
        self._blocked_until = 0.0
        self.written = 0

    def __len__(self) -> int:
        return len(self._dirty)

    def mark(self, worker: PodWorker) -> None:
        self._dirty[worker.uid] = worker

    def drop(self, worker: PodWorker) -> None:
        self._dirty.pop(worker.uid, None)

    def next_wake(self, now: float) -> float | None:
        return max(now, self._blocked_until) if self._dirty else None

    def step(self, now: float) -> bool:
        """Write one status, or delete one pod that has ended."""
        if not self._dirty or now < self._blocked_until:
            return False
        uid = next(iter(self._dirty))
        worker = self._dirty.pop(uid)
        if worker.gone:
            return True
        try:
            self._write(worker, now)
        except ApiError as error:
            self._failed(worker, error, now)
        return True

    def _failed(self, worker: PodWorker, error: ApiError, now: float) -> None:
        if error.code == 404:
            worker.gone = True
        elif error.code == 409:
            self._reread(worker)
        elif error.code >= 500 or error.code == 429:
            self._dirty[worker.uid] = worker
            self._blocked_until = now + RETRY

    def _reread(self, worker: PodWorker) -> None:
        """Somebody was faster: take the pod as it is now and compute again."""
        meta = worker.pod["metadata"]
        try:
            found = self._context.client.get("pods", meta["namespace"], meta["name"])
        except ApiError:
            return
        if found["metadata"]["uid"] == (worker.mirror or worker.pod)["metadata"]["uid"]:
            if worker.mirror is not None:
                worker.mirror = found
            else:
                worker.take(found)
            self._dirty[worker.uid] = worker

    def _write(self, worker: PodWorker, now: float) -> None:
        target = worker.mirror if worker.mirror is not None else worker.pod
        if worker.mirror is None and worker.pod["metadata"].get("resourceVersion") is None:
            return
        status = pod_status(worker, now)
        if worker.mirror is not None:
            status["qosClass"] = (target.get("status") or {}).get("qosClass", status.get("qosClass", "BestEffort"))
        if status != target.get("status"):
            because = (int(target["metadata"]["resourceVersion"]),)
            made = self._context.client.update("pods", {**target, "status": status}, subresource="status", why=worker.why, because=because)
            self.written += 1
            if worker.mirror is not None:
                worker.mirror = made
            else:
                worker.pod = made
            worker.written = status
        self._delete_when_over(worker, made if status != target.get("status") else target)

    def _delete_when_over(self, worker: PodWorker, pod: Manifest) -> None:
        meta = pod["metadata"]
        if worker.course is not Course.STOPPED or "deletionTimestamp" not in meta or worker.mirror is not None:
            return
        try:
            self._context.client.delete("pods", meta["namespace"], meta["name"], uid=meta["uid"], grace=0, why="everything of the pod has ended on its node")
        except ApiError as error:
            if error.code not in (404, 409):
                raise
