"""A hollow kubelet: says that its pods run, at once, and runs nothing. For measuring control planes on many nodes.

Models the behaviour of kubemark's and KWOK's nodes: a bound pod is Running after one write; a pod that is being deleted goes at
once; whatever else is written to a pod's status is left alone.
"""

from collections import deque
from typing import Any

from cluster_engine.client.client import Client, Manifest, WatchEvent
from cluster_engine.kernel.clock import timestamp
from cluster_engine.kubelet.context import NodeContext
from cluster_engine.kubelet.heartbeat import Heartbeat
from cluster_engine.machinery.status import ApiError
from cluster_engine.network.ipam import PoolExhausted
from cluster_engine.network.namespace import NetworkNamespace

READY = ("Initialized", "Ready", "ContainersReady")
KEPT = 40


class HollowKubelet:
    """A Component with the same face as Kubelet."""

    def __init__(self, context: NodeContext, static_pods: tuple[Manifest, ...] = (), beat_offset: float = 0.0) -> None:
        self.context = context
        self.name = f"kubelet/{context.node}"
        self._beat_offset = beat_offset
        self.last: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.start()

    def start(self) -> None:
        self._todo: dict[str, Manifest] = {}
        self._addresses: dict[str, NetworkNamespace] = {}
        self._heartbeat = Heartbeat(self.context, self._beat_offset)
        self._listed = False
        self._written = 0

    def stop(self) -> None:
        for namespace in self._addresses.values():
            self.context.fabric.detach(namespace)
        self.start()

    def pod_event(self, event: WatchEvent) -> None:
        uid = event.object["metadata"]["uid"]
        if event.type == "DELETED":
            self._todo.pop(uid, None)
            namespace = self._addresses.pop(uid, None)
            if namespace is not None:
                self.context.fabric.detach(namespace)
            return
        status = event.object.get("status") or {}
        if status.get("podIP") and uid not in self._addresses and not event.object["spec"].get("hostNetwork"):
            self._addresses[uid] = self.context.fabric.attach(self.context.node, uid, status["podIP"])
        if "deletionTimestamp" in event.object["metadata"] or (status.get("phase") == "Pending" and uid not in self._addresses):
            self._todo[uid] = event.object

    def step(self, now: float) -> bool:
        if not self._listed:
            self._listed = True
            for pod in self.context.informers.of("pods").by_index("node", self.context.node):
                self.pod_event(WatchEvent("ADDED", pod, 0))
        if self._heartbeat.step(now):
            return True
        if not self._heartbeat.registered or not self._todo:
            return self.context.recorder.step()
        uid, pod = self._todo.popitem()
        try:
            end_now(self.context.client, pod) if "deletionTimestamp" in pod["metadata"] else self._run(uid, pod, now)
        except ApiError as error:
            if error.code == 409:
                self._again(uid, pod)
        return True

    def _again(self, uid: str, pod: Manifest) -> None:
        meta = pod["metadata"]
        found = self.context.client.get("pods", meta["namespace"], meta["name"])
        if found["metadata"]["uid"] == uid and (found["metadata"].get("deletionTimestamp") or (found.get("status") or {}).get("phase") == "Pending"):
            self._todo[uid] = found

    def _run(self, uid: str, pod: Manifest, now: float) -> None:
        status = pod.get("status") or {}
        moment = timestamp(now)
        address, host = self._address(uid, pod), self.context.address
        ready = [{"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": moment} for kind in READY]
        running = {"running": {"startedAt": moment}}
        made = {
            **status, "phase": "Running", "conditions": ready + [c for c in status.get("conditions") or () if c["type"] not in READY], "startTime": moment,
            "hostIP": host, "hostIPs": [{"ip": host}], "podIP": address, "podIPs": [{"ip": address}],
            "containerStatuses": [
                {"name": c["name"], "image": c["image"], "imageID": "", "state": running, "lastState": {}, "ready": True, "started": True, "restartCount": 0}
                for c in pod["spec"]["containers"]
            ],
        }  # fmt: skip
        self.context.client.update("pods", {**pod, "status": made}, subresource="status", why="a hollow node says that the pod runs")
        self._written += 1
        self.last.append({"time": now, "key": f"{pod['metadata']['namespace']}/{pod['metadata']['name']}", "why": "a hollow node says that the pod runs"})

    def _address(self, uid: str, pod: Manifest) -> str:
        if pod["spec"].get("hostNetwork"):
            return self.context.address
        try:
            namespace = self._addresses.get(uid) or self.context.fabric.attach(self.context.node, uid)
        except PoolExhausted:
            return self.context.address
        self._addresses[uid] = namespace
        return namespace.address

    def next_wake(self, now: float) -> float | None:
        due = self._heartbeat.next_wake()
        return now if self._heartbeat.registered and (self._todo or self.context.recorder.waiting) else max(now, due)

    def inspect(self) -> dict[str, Any]:
        return {
            "queue": len(self._todo),
            "pods": [],
            "last": list(reversed(self.last)),
            "metrics": {"pods": len(self._addresses), "statuses": self._written, "heartbeats": self._heartbeat.beats},
        }


class Strays:
    """Ends pods that are being deleted on Node objects behind which there is no machine, as KWOK does for every node it is told of."""

    name = "strays"

    def __init__(self, client: Client) -> None:
        self._client = client
        self._todo: dict[str, Manifest] = {}

    def pod_event(self, event: WatchEvent) -> bool:
        """Whether there is something to do now."""
        meta = event.object["metadata"]
        if event.type == "DELETED" or "deletionTimestamp" not in meta:
            return False
        self._todo[meta["uid"]] = event.object
        return True

    def step(self, now: float) -> bool:
        if not self._todo:
            return False
        _, pod = self._todo.popitem()
        end_now(self._client, pod)
        return True

    def next_wake(self, now: float) -> float | None:
        return now if self._todo else None

    def stop(self) -> None:
        self._todo.clear()

    def inspect(self) -> dict[str, Any]:
        return {"queue": len(self._todo), "last": [], "metrics": {}}


def end_now(client: Client, pod: Manifest) -> None:
    """Delete without any grace."""
    meta = pod["metadata"]
    try:
        client.delete("pods", meta["namespace"], meta["name"], uid=meta["uid"], grace=0, why="a hollow pod ends at once")
    except ApiError as error:
        if error.code not in (404, 409):
            raise
