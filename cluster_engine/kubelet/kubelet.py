"""The kubelet: one per node. It takes in which pods are its own, lets their workers work, and reports.

Models pkg/kubelet/kubelet.go (syncLoop). One `step` is one unit: a pod's next act, a status written, a heartbeat, an event.
"""

from collections import deque
from typing import Any

from cluster_engine.client.client import Manifest, WatchEvent
from cluster_engine.kernel.workqueue import WorkQueue
from cluster_engine.kubelet.admission import Rejection
from cluster_engine.kubelet.container_worker import ContainerWorker
from cluster_engine.kubelet.context import NodeContext
from cluster_engine.kubelet.eviction import Eviction
from cluster_engine.kubelet.heartbeat import Heartbeat
from cluster_engine.kubelet.pod_status import worst
from cluster_engine.kubelet.pod_worker import Course, PodWorker
from cluster_engine.kubelet.restore import rebooted, restore
from cluster_engine.kubelet.static_pods import StaticPods
from cluster_engine.kubelet.status_writer import StatusWriter

KEPT = 40
EVENTS_WAIT = 1.0
SYNC_RETRY = 10.0
CRITICAL = 2_000_000_000
SHUTDOWN, SHUTDOWN_CRITICAL = 20.0, 10.0


class Kubelet:
    """A Component (kernel.component). Pods come by `pod_event`, from whoever watches for all kubelets of the process."""

    def __init__(self, context: NodeContext, static_pods: tuple[Manifest, ...] = (), beat_offset: float = 0.0) -> None:
        self.context = context
        self.name = f"kubelet/{context.node}"
        self._static_manifests, self._beat_offset = static_pods, beat_offset
        self.last: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.start()

    def start(self) -> None:
        """Begin with nothing in memory, as a fresh process; what the runtime runs is found again."""
        self.workers: dict[str, PodWorker] = {}
        self._queue = WorkQueue()
        self._writer = StatusWriter(self.context)
        self._heartbeat = Heartbeat(self.context, self._beat_offset)
        self._static = StaticPods(self.context, self._static_manifests, self._add)
        self._eviction = Eviction(self.context)
        self._listed = False
        self.failures = 0
        self.context.runtime.told = self._container_changed
        self.context.volumes_in_use = self._volumes_in_use

    def _volumes_in_use(self) -> list[str]:
        return sorted({v.device for w in self.workers.values() if w.course is not Course.STOPPED for v in w.volumes.values() if v.device})

    def stop(self) -> None:
        """Forget all that lives in memory. Containers go on running."""
        self.context.runtime.told = lambda pod, container: None
        self.start()
        self.context.runtime.told = lambda pod, container: None

    # -- what reaches it

    def pod_event(self, event: WatchEvent) -> None:
        """A pod of this node was added, changed or removed."""
        pod = event.object
        if "kubernetes.io/config.mirror" in (pod["metadata"].get("annotations") or {}):
            self._static.mirror_event(event)
            return
        worker = self.workers.get(pod["metadata"]["uid"])
        if event.type == "DELETED":
            if worker is not None:
                worker.vanish()
                self._queue.add(worker.uid)
            return
        if worker is None:
            if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed") and "deletionTimestamp" not in pod["metadata"]:
                return
            self._add(pod)
        elif int(pod["metadata"]["resourceVersion"]) > int(worker.pod["metadata"].get("resourceVersion") or 0):
            worker.take(pod)
            self._queue.add(worker.uid)

    def _add(self, pod: Manifest) -> PodWorker:
        worker = PodWorker(pod, self.context, self._changed, self._living)
        self.workers[worker.uid] = worker
        found = [s for s in self.context.runtime.list_pod_sandbox() if s.config.uid == worker.uid] if not self._listed else []
        if found:
            worker.adopt(found[-1].id)
        elif not self._listed:
            self._find_again(worker)
        if "deletionTimestamp" in pod["metadata"]:
            worker.begin_to_stop("the pod is being deleted")
        self._queue.add(worker.uid)
        return worker

    def _find_again(self, worker: PodWorker) -> None:
        """A pod that this process hears of for the first time may have run before."""
        status = self._static.status_before(worker.pod) if self._static.owns(worker.uid) else worker.pod.get("status") or {}
        if not self.context.restoring or not restore(worker, status):
            rebooted(worker, status, self.context.clock.now())

    def _living(self) -> list[PodWorker]:
        return [w for w in self.workers.values() if w.course not in (Course.STOPPED, Course.ADMISSION)]

    def _container_changed(self, pod: str, container: str) -> None:
        self._queue.add(pod)
        self.context.wake()

    def _changed(self, worker: PodWorker) -> None:
        self._writer.mark(worker)
        meta = worker.pod["metadata"]
        if (meta.get("labels") or {}).get("k8s-app") == "kube-proxy":
            self.context.proxy_changed(any(c.running for c in worker.apps))
        self.last.append({"time": self.context.clock.now(), "key": f"{meta['namespace']}/{meta['name']}", "why": worker.why})

    # -- working

    def step(self, now: float) -> bool:
        """One unit of work. Pods first, so that what happens at one moment is told in one status; then reports."""
        if not self._listed:
            self.context.runtime.told = self._container_changed
            self._list()
        if self._heartbeat.step(now):
            return True
        if not self._heartbeat.registered:
            return False
        return self._static.step(now) or self._work(now) or self._writer.step(now) or self._evict(now) or self._tell()

    def _tell(self) -> bool:
        """Events wait while many nodes have pods to start."""
        return not self.context.crowded() and self.context.recorder.step()

    def _list(self) -> None:
        """Take in the pods that are already bound to this node, and remove sandboxes of pods that are no more."""
        pods = self.context.informers.of("pods").by_index("node", self.context.node)
        if self.context.restoring:
            self._restore_images()
        for pod in pods:
            if pod["metadata"]["uid"] not in self.workers:
                self.pod_event(WatchEvent("ADDED", pod, 0))
        known = {p["metadata"]["uid"] for p in pods} | self._static.uids
        for sandbox in self.context.runtime.list_pod_sandbox():
            if sandbox.config.uid not in known:
                self.context.runtime.remove_pod_sandbox(sandbox.id, self.context.clock.now())
        self._static.start()
        self._listed = True
        self.context.restoring = False

    def _restore_images(self) -> None:
        """The images that the node said it has."""
        node = self.context.informers.of("nodes")
        if not node.synced:
            node.pump()
        found = node.get("", self.context.node) or {}
        for image in (found.get("status") or {}).get("images") or ():
            self.context.runtime.images.preload_known(image["names"][1:])

    def _work(self, now: float) -> bool:
        while (uid := self._queue.pop(now)) is not None:
            worker = self.workers.get(uid)
            if worker is None:
                continue
            try:
                worked = worker.step(now)
            except (LookupError, TypeError, ValueError, AttributeError) as problem:
                self._sync_failed(worker, problem, now)
                return True
            if worked:
                self._queue.add(uid)
                return True
            if self._finish(worker, now):
                return True
            moment = worker.next_wake(now)
            if moment is not None:
                self._queue.add_at(uid, max(moment, now + 0.001))
        return False

    def _sync_failed(self, worker: PodWorker, problem: Exception, now: float) -> None:
        """One pod that cannot be handled must not hold up the others."""
        self.failures += 1
        self.context.tell(worker.pod, "Warning", "FailedSync", f"Error syncing pod: {type(problem).__name__}: {problem}")
        self._queue.add_at(worker.uid, now + SYNC_RETRY)

    def _finish(self, worker: PodWorker, now: float) -> bool:
        """Clean up after a pod that has ended and that nobody asks for any more."""
        if not (worker.gone and worker.course is Course.STOPPED):
            return False
        worker.clean_up(now)
        self._writer.drop(worker)
        del self.workers[worker.uid]
        return True

    def _evict(self, now: float) -> bool:
        victim = self._eviction.step(self._living(), now, self._heartbeat) if self._eviction.due(now) else None
        if victim is not None:
            self._queue.add(victim.uid)
        return victim is not None

    def next_wake(self, now: float) -> float | None:
        due = self._queue.next_due()
        moments = [self._heartbeat.next_wake()]
        if self._heartbeat.registered:
            moments += [m for m in (due, self._writer.next_wake(now), self._static.next_wake(now), self._eviction.next_wake(now)) if m is not None]
            if self.context.recorder.waiting:
                moments.append(now + EVENTS_WAIT if self.context.crowded() else now)
        return max(now, min(moments))

    # -- for others

    def worker_of(self, uid: str) -> PodWorker | None:
        return self.workers.get(uid) or self._static.worker_of(uid)

    def shut_down(self) -> None:
        """The machine will be switched off: refuse new pods and end those that run, critical ones last in line for time."""
        self.context.shutting_down = True
        self.context.conditions["Ready"] = ("False", "KubeletNotReady", "node is shutting down")
        for worker in self._living():
            critical = worker.pod["spec"].get("priority", 0) >= CRITICAL
            if worker.stopping:
                continue
            worker.verdict = Rejection("Terminated", "Pod was terminated in response to imminent node shutdown.")
            worker.begin_to_stop("the node is shutting down", min(worker.grace, SHUTDOWN_CRITICAL if critical else SHUTDOWN))
            self._queue.add(worker.uid)
        self.report_soon()

    @property
    def quiet(self) -> bool:
        """Nothing runs any more, and all of it was told."""
        return not self._living() and not len(self._writer)

    def report_soon(self) -> None:
        """The node's conditions changed: say so at once."""
        self._heartbeat.soon()
        self.context.wake()

    def inspect(self) -> dict[str, Any]:
        """Pods and where they are on their way, newest acts, counts."""
        now = self.context.clock.now()
        pods = [_shown(w, now) for w in list(self.workers.values())[:200]]
        metrics = {
            "pods": len(self.workers),
            "statuses": self._writer.written,
            "heartbeats": self._heartbeat.beats,
            "events": self.context.recorder.written,
            "failures": self.failures,
        }
        return {"queue": len(self._queue), "pods": pods, "last": list(reversed(self.last)), "metrics": metrics, "trouble": self._heartbeat.trouble}


def _shown(worker: PodWorker, now: float) -> dict[str, Any]:
    containers = [_shown_container(c, now) for c in worker.containers]
    return {"key": worker.key, "uid": worker.uid, "course": worker.course.value, "why": worker.why, "worst": worst(worker), "containers": containers}


def _shown_container(container: ContainerWorker, now: float) -> dict[str, Any]:
    again = container.next_wake(now) if container.waiting[0] == "CrashLoopBackOff" and not container.running else None
    return {
        "name": container.name,
        "role": container.role,
        "life": container.life.value,
        "restarts": container.attempt,
        "ready": container.ready and container.running,
        "pull": round(container.pull.progress(now), 3) if container.pull is not None else None,
        "again": max(0.0, round(again - now, 1)) if again is not None else None,
    }
