"""From a pod's container to what the runtime is asked to create.

Models generateContainerConfig of pkg/kubelet/kuberuntime/kuberuntime_container.go.
"""

from typing import TYPE_CHECKING, Any

from cluster_engine.client.client import Manifest
from cluster_engine.kubelet.env import ConfigError, environment, expand, quantity
from cluster_engine.runtime.cri import ContainerConfig, Resources
from cluster_engine.volumes.pod_volumes import mounts

if TYPE_CHECKING:
    from cluster_engine.kubelet.container_worker import ContainerWorker

QOS_SCORES = {"Guaranteed": -997, "BestEffort": 1000}


def container_config(worker: "ContainerWorker") -> ContainerConfig:
    """Raises ConfigError where something that it refers to is missing."""
    spec, pod = worker.spec, worker.pod.pod
    security = {**(pod["spec"].get("securityContext") or {}), **(spec.get("securityContext") or {})}
    env = environment(worker.context, pod, spec, (worker.pod.address, worker.context.address))
    user = security.get("runAsUser")
    _refuse_root(worker, security, user)
    return ContainerConfig(
        name=worker.name,
        image=spec["image"],
        attempt=worker.attempt,
        command=tuple(expand(word, env) for word in spec.get("command") or ()),
        args=tuple(expand(word, env) for word in spec.get("args") or ()),
        working_dir=spec.get("workingDir", ""),
        env=tuple(env.items()),
        mounts=mounts(spec, worker.pod.volumes, lambda text: expand(text, env)),
        ports=_ports(spec),
        resources=resources(worker),
        user=user,
        group=security.get("runAsGroup"),
        groups=tuple(security.get("supplementalGroups") or ()) + ((security["fsGroup"],) if "fsGroup" in security else ()),
        read_only_root=bool(security.get("readOnlyRootFilesystem")),
        privileged=bool(security.get("privileged")),
        capabilities=tuple((security.get("capabilities") or {}).get("add") or ()),
        stdin=bool(spec.get("stdin")),
        tty=bool(spec.get("tty")),
        stop_signal=(spec.get("lifecycle") or {}).get("stopSignal", ""),
        termination_path=spec.get("terminationMessagePath") or "/dev/termination-log",
    )


def _refuse_root(worker: "ContainerWorker", security: dict[str, Any], user: int | None) -> None:
    if not security.get("runAsNonRoot"):
        return
    image = worker.context.runtime.image_status(worker.spec["image"])
    image_user = image.user if image is not None else ""
    name = f'"{worker.pod.pod["metadata"]["name"]}_{worker.pod.pod["metadata"]["namespace"]}({worker.pod.pod["metadata"]["uid"]})", container: {worker.name}'
    if user == 0:
        raise ConfigError(f"container's runAsUser breaks non-root policy (pod: {name})")
    if user is None and image_user in ("", "0") and worker.context.runtime.is_known(worker.spec["image"]):
        raise ConfigError(f"container has runAsNonRoot and image will run as root (pod: {name})")


def _ports(spec: Manifest) -> tuple[tuple[int, str], ...]:
    """The declared ports, and those that its probes ask for: where a server that nobody described listens."""
    declared = {(port["containerPort"], port.get("protocol", "TCP")) for port in spec.get("ports") or ()}
    for kind in ("readinessProbe", "livenessProbe", "startupProbe"):
        for handler in ("httpGet", "tcpSocket", "grpc"):
            port = ((spec.get(kind) or {}).get(handler) or {}).get("port")
            if isinstance(port, int):
                declared.add((port, "TCP"))
    return tuple(sorted(declared))


def resources(worker: "ContainerWorker") -> Resources:
    """Requests and limits in the runtime's units."""
    found = worker.spec.get("resources") or {}
    requests, limits = found.get("requests") or {}, found.get("limits") or {}
    request = quantity(requests["memory"]).whole if "memory" in requests else 0
    return Resources(
        quantity(requests["cpu"]).milli if "cpu" in requests else 0,
        quantity(limits["cpu"]).milli if "cpu" in limits else 0,
        request,
        quantity(limits["memory"]).whole if "memory" in limits else 0,
        _score(worker, request),
    )


def _score(worker: "ContainerWorker", request: int) -> int:
    """How gladly the kernel kills it when memory runs out. Models pkg/kubelet/qos/policy.go."""
    qos = (worker.pod.pod.get("status") or {}).get("qosClass", "BestEffort")
    if qos in QOS_SCORES:
        return QOS_SCORES[qos]
    capacity = quantity(worker.context.shape.memory).whole
    return min(max(3, 1000 - 1000 * request // max(capacity, 1)), 999)
