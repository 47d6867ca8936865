"""Objects for scene tests, as short as they can be."""

from typing import Any

Manifest = dict[str, Any]


def pod(name: str = "web-6f9c4d8b7-q2d6j", node: str = "worker-1", *, phase: str = "Running", labels: dict[str, str] | None = None, **more: Any) -> Manifest:
    """A pod with one container that runs and is ready; `status` and `meta` are merged in."""
    status = {
        "phase": phase, "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{"name": "app", "ready": True, "restartCount": 0, "state": {"running": {}}}],
    }  # fmt: skip
    meta = {
        "uid": f"uid-{name}", "name": name, "namespace": "default", "resourceVersion": "7",
        "labels": labels or {"app": "web", "pod-template-hash": "6f9c4d8b7"},
        "ownerReferences": [{"kind": "ReplicaSet", "name": "web-6f9c4d8b7", "uid": "uid-rs", "controller": True}],
    }  # fmt: skip
    spec = {"containers": [{"name": "app", "image": "nginx:1.27", "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}}]}
    if node:
        spec["nodeName"] = node  # type: ignore[assignment]
    return {"kind": "Pod", "metadata": meta | more.get("meta", {}), "spec": spec | more.get("spec", {}), "status": status | more.get("status", {})}


def waiting(reason: str, restarts: int = 0) -> dict[str, Any]:
    """A status whose only container waits for `reason`."""
    state = {"name": "app", "ready": False, "restartCount": restarts, "state": {"waiting": {"reason": reason}}}
    return {"status": {"conditions": [{"type": "Ready", "status": "False"}], "containerStatuses": [state]}}


def node(name: str = "worker-1", ready: str = "True", **spec: Any) -> Manifest:
    allocatable = {"cpu": "2", "memory": "4Gi", "pods": "110"}
    status = {"conditions": [{"type": "Ready", "status": ready}], "allocatable": allocatable, "nodeInfo": {"containerRuntimeVersion": "containerd://2.1"}}
    return {"kind": "Node", "metadata": {"uid": f"uid-{name}", "name": name, "labels": {}}, "spec": spec, "status": status}


def service(name: str = "web", **selector: str) -> Manifest:
    spec = {"type": "ClusterIP", "clusterIP": "10.96.0.7", "selector": selector or {"app": "web"}}
    return {"kind": "Service", "metadata": {"uid": f"uid-svc-{name}", "name": name, "namespace": "default"}, "spec": spec}


def slice_of(name: str, **ready: bool) -> Manifest:
    """An EndpointSlice: pod name -> ready."""
    endpoints = [{"targetRef": {"uid": f"uid-{pod}"}, "conditions": {"ready": is_ready}} for pod, is_ready in ready.items()]
    meta = {"uid": f"uid-slice-{name}", "name": f"{name}-abc", "namespace": "default", "labels": {"kubernetes.io/service-name": name}}
    return {"kind": "EndpointSlice", "metadata": meta, "endpoints": endpoints}
