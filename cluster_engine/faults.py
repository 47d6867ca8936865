"""Faults: trouble that a person or a script causes, each with its way back. Consequences are nobody's business here: the
cluster itself notices and heals, or does not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cluster_engine.cluster import CONTROLLER_MANAGER, SCHEDULER, Cluster
from cluster_engine.machinery.quantity import whole
from cluster_engine.machinery.status import ApiError

Manifest = dict[str, Any]
Act = Callable[[Cluster, str], None]
SPARED = 64 * 1024 * 1024
COMPONENTS = (SCHEDULER, CONTROLLER_MANAGER)


class UnknownTarget(ValueError):
    """There is no such thing to break; the text says what there is."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One sort of trouble. `target`: what it wants named (pod, container, node, component, member, or nothing).

    `cause` brings it about; `mend` undoes it, None where only the cluster can. `expect`: what a learner may look for.
    """

    name: str
    about: str
    target: str
    expect: str
    cause: Act
    mend: Act | None = None


def _node(cluster: Cluster, name: str) -> str:
    if name not in cluster.fleet.machines:
        raise UnknownTarget(f"there is no machine {name!r}; there are {', '.join(sorted(cluster.fleet.machines)) or 'none'}")
    return name


def _pod(cluster: Cluster, target: str) -> Manifest:
    namespace, _, name = target.partition("/")
    try:
        return cluster.api.loopback.get("pods", namespace, name.partition("/")[0])
    except ApiError as error:
        raise UnknownTarget(error.message) from None


def _kill_container(cluster: Cluster, target: str) -> None:
    """`namespace/pod/container`, or `namespace/pod` for all of its containers."""
    pod = _pod(cluster, target)
    machine = cluster.fleet.pod(pod)
    wanted = target.split("/")[2] if target.count("/") > 1 else ""
    if machine is None:
        raise UnknownTarget(f"{target} is on no node yet")
    now, killed = cluster.clock.now(), 0
    for sandbox in machine.runtime.list_pod_sandbox():
        if sandbox.config.uid != pod["metadata"]["uid"]:
            continue
        for container in machine.runtime.list_containers(sandbox.id):
            if not wanted or container.name == wanted:
                machine.runtime.stop_container(container.id, 0.0, now)
                killed += 1
    if not killed:
        raise UnknownTarget(f"nothing of {target} runs")
    cluster.turns.wake(cluster.fleet.name)


def _delete_pod(cluster: Cluster, target: str) -> None:
    pod = _pod(cluster, target)
    meta = pod["metadata"]
    cluster.api.loopback.delete("pods", meta["namespace"], meta["name"], grace=0, why="somebody deleted the pod by force")


def _power_off(cluster: Cluster, target: str) -> None:
    cluster.power(_node(cluster, target), False, "somebody pulled the plug")


def _power_on(cluster: Cluster, target: str) -> None:
    cluster.power(_node(cluster, target), True, "somebody switched the machine on")


def _halt_kubelet(cluster: Cluster, target: str) -> None:
    cluster.fleet.halt(_node(cluster, target))


def _resume_kubelet(cluster: Cluster, target: str) -> None:
    cluster.fleet.resume(_node(cluster, target))
    cluster.turns.wake(cluster.fleet.name)


def _component(cluster: Cluster, name: str) -> str:
    if name not in COMPONENTS or name not in cluster.components:
        raise UnknownTarget(f"there is no component {name!r} to stop; there are {', '.join(c for c in COMPONENTS if c in cluster.components)}")
    return name


def _stop_component(cluster: Cluster, target: str) -> None:
    cluster.components[_component(cluster, target)].stop()
    cluster.turns.hold(target)


def _start_component(cluster: Cluster, target: str) -> None:
    cluster.turns.release(_component(cluster, target))


def _member(cluster: Cluster, name: str) -> str:
    if name not in cluster.etcd.disks:
        raise UnknownTarget(f"there is no etcd member {name!r}; there are {', '.join(sorted(cluster.etcd.disks))}")
    return name


def _stop_member(cluster: Cluster, target: str) -> None:
    if _member(cluster, target) in cluster.etcd.nodes:
        cluster.etcd.stop_member(target)


def _start_member(cluster: Cluster, target: str) -> None:
    cluster.etcd.start_member(_member(cluster, target))


def _isolate_member(cluster: Cluster, target: str) -> None:
    cluster.etcd.isolate(_member(cluster, target))


def _lossy_links(cluster: Cluster, target: str) -> None:
    members = sorted(cluster.etcd.disks)
    for index, one in enumerate(members):
        for other in members[index + 1 :]:
            cluster.etcd.lose(one, other, 0.3)


def _heal_links(cluster: Cluster, target: str) -> None:
    cluster.etcd.heal()


def _registry_slow(cluster: Cluster, target: str) -> None:
    cluster.fleet.images.slow = 20.0


def _registry_well(cluster: Cluster, target: str) -> None:
    cluster.fleet.images.slow = 1.0


def _registry_down(cluster: Cluster, target: str) -> None:
    cluster.fleet.images.down.add(target or "docker.io")


def _registry_up(cluster: Cluster, target: str) -> None:
    cluster.fleet.images.down.discard(target or "docker.io")


def _memory_pressure(cluster: Cluster, target: str) -> None:
    """Something outside of Kubernetes takes nearly all of the machine's memory."""
    machine = cluster.fleet.machines[_node(cluster, target)]
    machine.runtime.pressure_memory = whole(machine.context.shape.memory) - SPARED
    machine.runtime.watches_memory = True
    cluster.fleet.turns.wake(machine.kubelet.name)
    cluster.turns.wake(cluster.fleet.name)


def _memory_back(cluster: Cluster, target: str) -> None:
    cluster.fleet.machines[_node(cluster, target)].runtime.pressure_memory = 0
    cluster.turns.wake(cluster.fleet.name)


FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("kill-container", "Kill a container's process", "container", "The kubelet restarts it, after a back-off when it happens often.", _kill_container),
        Fault("delete-pod", "Delete a pod by force", "pod", "Its controller makes another one; a pod without a controller is gone.", _delete_pod),
        Fault(
            "power-off", "Pull a node's plug", "node",
            "Its heartbeats stop; after 40 s it is Unknown, after 5 min its pods are made elsewhere.", _power_off, _power_on,
        ),
        Fault(
            "stop-kubelet", "Stop a node's kubelet", "node",
            "Containers go on, but nobody reports or restarts them; the node becomes Unknown.", _halt_kubelet, _resume_kubelet,
        ),
        Fault(
            "stop-component", "Stop a control-plane component", "component",
            "What it did is left undone until it is back; all else goes on.", _stop_component, _start_component,
        ),
        Fault(
            "stop-etcd", "Stop an etcd member", "member",
            "With a majority left nothing changes; without one nothing can be written.", _stop_member, _start_member,
        ),
        Fault(
            "isolate-etcd", "Cut an etcd member off", "member",
            "The others go on, with a new leader if need be; the lonely one can decide nothing.", _isolate_member, _heal_links,
        ),
        Fault(
            "lossy-etcd", "Make the links between etcd members lossy", "",
            "Writes take more messages; nothing acknowledged is lost.", _lossy_links, _heal_links,
        ),
        Fault(
            "registry-down", "Make an image registry unreachable", "registry",
            "New pods cannot pull: ErrImagePull, then ImagePullBackOff.", _registry_down, _registry_up,
        ),
        Fault(
            "memory-pressure", "Let something eat a node's memory", "node",
            "The node reports MemoryPressure and evicts pods, those first that use more than they asked for.", _memory_pressure, _memory_back,
        ),
        Fault(
            "slow-registry", "Make the image registry slow", "",
            "Pods stay in ContainerCreating while their images crawl in.", _registry_slow, _registry_well,
        ),
    )
}  # fmt: skip


def cause(cluster: Cluster, name: str, target: str = "") -> str:
    """Bring a fault about; returns what to look for. Raises KeyError for an unknown fault, UnknownTarget for a wrong target."""
    fault = FAULTS[name]
    fault.cause(cluster, target)
    return fault.expect


def mend(cluster: Cluster, name: str, target: str = "") -> None:
    """Undo a fault. Raises KeyError, UnknownTarget, or ValueError for a fault that only the cluster can mend."""
    fault = FAULTS[name]
    if fault.mend is None:
        raise ValueError(f"{fault.name} cannot be undone; the cluster heals it")
    fault.mend(cluster, target)
