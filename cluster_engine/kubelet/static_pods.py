"""Static pods: manifests in a folder of the node, run by its kubelet alone; mirror pods show them to the API server.

Models pkg/kubelet/config/file.go and pkg/kubelet/pod/mirror_client.go.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from cluster_engine.client.client import Manifest, WatchEvent
from cluster_engine.kernel.clock import timestamp
from cluster_engine.kubelet.context import NodeContext
from cluster_engine.kubelet.pod_worker import PodWorker
from cluster_engine.machinery.status import ApiError

RETRY = 2.0
VERSION = "v1.36.2"
PARTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    # image, cpu request, what differs
    "etcd": ("registry.k8s.io/etcd:3.6.6-0", "100m", {"requests": {"memory": "100Mi"}}),
    "kube-apiserver": (f"registry.k8s.io/kube-apiserver:{VERSION}", "250m", {}),
    "kube-controller-manager": (f"registry.k8s.io/kube-controller-manager:{VERSION}", "200m", {}),
    "kube-scheduler": (f"registry.k8s.io/kube-scheduler:{VERSION}", "100m", {}),
}
PORTS = {"etcd": 2381, "kube-apiserver": 6443, "kube-controller-manager": 10257, "kube-scheduler": 10259}


def control_plane(etcd: bool = True) -> tuple[Manifest, ...]:
    """The manifests that kubeadm leaves in /etc/kubernetes/manifests."""
    return tuple(_manifest(name) for name in PARTS if etcd or name != "etcd")


def control_plane_images() -> tuple[str, ...]:
    return tuple(image for image, _, _ in PARTS.values())


def _manifest(name: str) -> Manifest:
    image, cpu, more = PARTS[name]
    probe = {"tcpSocket": {"port": PORTS[name]}, "initialDelaySeconds": 10, "periodSeconds": 10, "timeoutSeconds": 15, "failureThreshold": 8}
    container = {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": [name],
        "livenessProbe": probe,
        "resources": {"requests": {"cpu": cpu} | more.get("requests", {})},
        "volumeMounts": [{"name": "config", "mountPath": f"/etc/kubernetes/{name}", "readOnly": True}],
    }
    spec = {
        "containers": [container],
        "hostNetwork": True,
        "priorityClassName": "system-node-critical",
        "priority": 2_000_001_000,
        "restartPolicy": "Always",
        "volumes": [{"name": "config", "hostPath": {"path": "/etc/kubernetes", "type": "DirectoryOrCreate"}}],
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
    }
    meta = {"name": name, "namespace": "kube-system", "labels": {"component": name, "tier": "control-plane"}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


class StaticPods:
    """The static pods of one node. A mirror pod that is deleted is made again; its deletion does not touch the pod."""

    def __init__(self, context: NodeContext, manifests: tuple[Manifest, ...], add: Callable[[Manifest], PodWorker]) -> None:
        self._context, self._add = context, add
        self._pods = {p["metadata"]["uid"]: p for p in (self._localized(m) for m in manifests)}
        self._workers: dict[str, PodWorker] = {}
        self._missing: dict[str, None] = dict.fromkeys(self._pods)
        self._retry_at = 0.0

    @property
    def uids(self) -> set[str]:
        return set(self._pods)

    def owns(self, uid: str) -> bool:
        return uid in self._pods

    def status_before(self, pod: Manifest) -> Manifest:
        """What the mirror pod said before the kubelet's process started."""
        meta = pod["metadata"]
        mirror = self._context.informers.of("pods").get(meta["namespace"], meta["name"])
        return (mirror or {}).get("status") or {}

    def start(self) -> None:
        """Begin all of them, before anything else is done."""
        for uid, pod in self._pods.items():
            if uid not in self._workers:
                self._workers[uid] = self._add(pod)

    def worker_of(self, uid: str) -> PodWorker | None:
        """The worker behind a mirror pod."""
        return next((w for w in self._workers.values() if w.mirror is not None and w.mirror["metadata"]["uid"] == uid), None)

    def next_wake(self, now: float) -> float | None:
        return max(now, self._retry_at) if self._missing else None

    def step(self, now: float) -> bool:
        """Make one mirror pod."""
        if not self._missing or now < self._retry_at:
            return False
        uid = next(iter(self._missing))
        try:
            self._workers[uid].mirror = self._mirror(self._pods[uid], now)
        except ApiError:
            self._retry_at = now + RETRY
            return True
        del self._missing[uid]
        self._workers[uid].changed("its mirror pod was made")
        return True

    def mirror_event(self, event: WatchEvent) -> None:
        """A mirror pod changed: when it goes, another is made."""
        meta = event.object["metadata"]
        uid = (meta.get("annotations") or {}).get("kubernetes.io/config.mirror", "")
        worker = self._workers.get(uid)
        if worker is None:
            return
        if event.type == "DELETED":
            if worker.mirror is None or worker.mirror["metadata"]["uid"] == meta["uid"]:
                worker.mirror = None
                self._missing[uid] = None
        elif "deletionTimestamp" in meta:
            self._let_go(meta)
        elif worker.mirror is None or int(meta["resourceVersion"]) > int(worker.mirror["metadata"]["resourceVersion"]):
            worker.mirror = event.object

    def _let_go(self, meta: dict[str, Any]) -> None:
        try:
            self._context.client.delete(
                "pods", meta["namespace"], meta["name"], uid=meta["uid"], grace=0, why="a mirror pod ends at once; the static pod itself goes on"
            )
        except ApiError:
            self._retry_at = self._context.clock.now() + RETRY

    def _localized(self, manifest: Manifest) -> Manifest:
        """The pod as the kubelet knows it: named after its node, with a uid from its content."""
        uid = hashlib.md5(json.dumps([manifest, self._context.node], sort_keys=True).encode(), usedforsecurity=False).hexdigest()
        meta = manifest["metadata"]
        seen = timestamp(self._context.clock.now())  # what a mirror pod that is already there says is kept
        annotations = (meta.get("annotations") or {}) | {
            "kubernetes.io/config.hash": uid,
            "kubernetes.io/config.seen": seen,
            "kubernetes.io/config.source": "file",
        }
        spec = {**manifest["spec"], "nodeName": self._context.node, "tolerations": [{"effect": "NoExecute", "operator": "Exists"}]}
        return {
            **manifest,
            "metadata": {**meta, "name": f"{meta['name']}-{self._context.node}", "uid": uid, "annotations": annotations},
            "spec": spec,
            "status": {},
        }

    def _mirror(self, pod: Manifest, now: float) -> Manifest:
        meta = {k: v for k, v in pod["metadata"].items() if k != "uid"}
        meta["annotations"] = meta["annotations"] | {"kubernetes.io/config.mirror": pod["metadata"]["uid"]}
        node = self._context.client.get("nodes", "", self._context.node)
        meta["ownerReferences"] = [{"apiVersion": "v1", "kind": "Node", "name": self._context.node, "uid": node["metadata"]["uid"], "controller": True}]
        why = f"show the static pod {meta['name']} of this node to the API server"
        try:
            return self._context.client.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": pod["spec"]}, why=why)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
            return self._context.client.get("pods", meta["namespace"], meta["name"])
