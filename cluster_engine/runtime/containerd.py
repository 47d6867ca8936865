"""containerd, simulated: a state machine on the cluster's clock behind the CRI's calls.

Models containerd's CRI plugin (internal/cri/server). Sandboxes get an address by CNI, images come from the registry model
layer by layer, containers run programs. Each call that takes time says how much.
"""

from collections.abc import Callable
from typing import Any

from cluster_engine.kernel.chance import Chance
from cluster_engine.kernel.clock import Clock
from cluster_engine.kernel.signals import Signal, Signals
from cluster_engine.network.fabric import Fabric
from cluster_engine.network.ipam import PoolExhausted
from cluster_engine.network.namespace import NetworkNamespace
from cluster_engine.runtime.cgroups import Limits, weight_of
from cluster_engine.runtime.container import Container, Sandbox
from cluster_engine.runtime.cri import (
    ContainerConfig,
    ContainerState,
    ContainerStats,
    ContainerStatus,
    CriError,
    ImageStatus,
    LogReader,
    Output,
    Resources,
    Running,
    SandboxConfig,
    SandboxState,
    SandboxStatus,
    Taken,
)
from cluster_engine.runtime.image_store import ImageStore, StoredPull
from cluster_engine.runtime.launch import command_of, program_for
from cluster_engine.runtime.programs import Program, programs
from cluster_engine.runtime.registry import Registry
from cluster_engine.runtime.signals import KILL, TERM, number_of
from cluster_engine.runtime.timers import Timers
from cluster_engine.runtime.trees import Trees, Volumes

Told = Callable[[str, str], None]


class Containerd:
    """One node's runtime. `told(pod uid, container id)` hears of every container that changed by itself (the event stream);
    `woken()` is called when it may have work of its own. `pressure_memory`: bytes that a fault takes from the node."""

    name = "containerd"
    version = "2.2.1"
    process_tree: tuple[str, ...] = ("systemd", "containerd", "containerd-shim-runc-v2")
    log_format = "/var/log/pods/{namespace}_{pod}_{uid}/{container}/{attempt}.log"
    sandbox_seconds = (0.12, 0.3)
    create_seconds = (0.02, 0.06)
    start_seconds = (0.05, 0.12)
    pause_image = "registry.k8s.io/pause:3.10.1"

    def __init__(self, node: str, fabric: Fabric, registry: Registry, clock: Clock, chance: Chance, signals: Signals) -> None:
        self.node, self.fabric, self.clock, self.signals = node, fabric, clock, signals
        self.images = ImageStore(registry, self.name)
        self.told: Told = lambda pod, container: None
        self.woken: Callable[[], None] = lambda: None
        self.pressure_memory = 0
        self.watches_memory = False
        self._chance = chance
        self._programs = programs()
        self._timers = Timers()
        self._trees: Trees = {}
        self.cluster_trees: Trees = {}
        self._sandboxes: dict[str, Sandbox] = {}
        self._containers: dict[str, Container] = {}
        self._deadlines: dict[str, float] = {}
        self.calls: dict[str, int] = {}

    # -- sandboxes

    def run_pod_sandbox(self, config: SandboxConfig, now: float) -> Taken[str]:
        self._call("RunPodSandbox", config.uid, config.name, f"make the sandbox of {config.name}: namespaces, then an address by CNI")
        if config.host_network:
            namespace = self.fabric.host(self.node)
        else:
            namespace = self._attach(config)
        self._open_host_ports(config, namespace)
        sandbox = Sandbox(self._chance.hex(64), config, namespace, now, Volumes(self._trees, self.cluster_trees))
        self._sandboxes[sandbox.id] = sandbox
        return Taken(sandbox.id, self._between(self.sandbox_seconds) + (0.0 if config.host_network else self.fabric.cni.seconds))

    def _attach(self, config: SandboxConfig, address: str = "") -> NetworkNamespace:
        try:
            return self.fabric.attach(self.node, config.uid, address)
        except PoolExhausted as error:
            text = f'failed to setup network for sandbox: plugin type="{self.fabric.cni.name}" failed (add): {error}'
            raise CriError("Unknown", text, "FailedCreatePodSandBox") from error

    def _open_host_ports(self, config: SandboxConfig, namespace: NetworkNamespace) -> None:
        """The portmap plugin: a port of the node leads into the sandbox."""
        host = self.fabric.host(self.node)
        for host_port, container_port, transport in config.host_ports:
            host.forwards[(transport, host_port)] = (namespace, container_port)

    def stop_pod_sandbox(self, sandbox: str, now: float) -> Taken[None]:
        found = self._sandbox(sandbox)
        self._call("StopPodSandbox", found.config.uid, found.config.name, "end what still runs and give the address back")
        for container in found.containers.values():
            self._kill(container)
        if found.state is SandboxState.READY:
            found.state = SandboxState.NOT_READY
            if not found.config.host_network:
                self.fabric.detach(found.namespace)
            forwards = self.fabric.host(self.node).forwards
            for host_port, _, transport in found.config.host_ports:
                forwards.pop((transport, host_port), None)
        return Taken(None, 0.02)

    def remove_pod_sandbox(self, sandbox: str, now: float) -> None:
        found = self._sandboxes.get(sandbox)
        if found is None:
            return
        if found.state is SandboxState.READY:
            self.stop_pod_sandbox(sandbox, now)
        self._call("RemovePodSandbox", found.config.uid, found.config.name, "forget the sandbox")
        for container in found.containers:
            self._containers.pop(container, None)
            self._deadlines.pop(container, None)
        del self._sandboxes[sandbox]

    def pod_sandbox_status(self, sandbox: str) -> SandboxStatus:
        return self._sandbox(sandbox).status()

    def list_pod_sandbox(self) -> list[SandboxStatus]:
        return [sandbox.status() for sandbox in self._sandboxes.values()]

    # -- containers

    def create_container(self, sandbox: str, config: ContainerConfig, now: float) -> Taken[str]:
        found = self._sandbox(sandbox)
        self._call("CreateContainer", found.config.uid, config.name, f"prepare the file system of {config.name} from its image's layers")
        stored = self.images.find(config.image)
        if stored is None:
            raise CriError("NotFound", f'failed to create containerd container: image "{config.image}" not found', "CreateContainerError")
        container = Container(self._chance.hex(64), found, config, stored, now)
        container.make_box(self.fabric, self._timers, self._programs, self._ended, self.clock)
        found.containers[container.id] = container
        self._containers[container.id] = container
        return Taken(container.id, self._between(self.create_seconds))

    def start_container(self, container: str, now: float) -> Taken[None]:
        found = self._container(container)
        self._call("StartContainer", found.sandbox.config.uid, found.config.name, f"start the first process of {found.config.name}")
        seconds = self._between(self.start_seconds)
        found.state, found.started_at = ContainerState.RUNNING, now
        argv = command_of(found.config, found.image)
        try:
            program = program_for(argv, found.box, self._programs)
        except CriError as error:
            found.state, found.finished_at, found.exit_code, found.reason, found.message = ContainerState.EXITED, now, 128, "StartError", error.message
            raise
        found.box.settle(program.memory, program.cpu)
        process = found.box.prepare(argv, found.environment(), found)
        process.stdin.closed, process.terminal = not found.config.stdin, found.config.tty
        found.box.begin(process, program.run(process))
        return Taken(None, seconds)

    def stop_container(self, container: str, grace: float, now: float) -> None:
        found = self._container(container)
        if found.state is not ContainerState.RUNNING:
            return
        self._call("StopContainer", found.sandbox.config.uid, found.config.name, f"ask it to end; kill it after {grace:g} s")
        signal = number_of(found.config.stop_signal) or TERM
        if grace <= 0:
            self._kill(found)
            return
        self._deadlines[container] = min(now + grace, self._deadlines.get(container, now + grace))
        found.send_signal(signal)

    def remove_container(self, container: str, now: float) -> None:
        found = self._containers.pop(container, None)
        if found is not None:
            self._kill(found)
            self._call("RemoveContainer", found.sandbox.config.uid, found.config.name, "forget an old instance")
            found.sandbox.containers.pop(container, None)

    def list_containers(self, sandbox: str = "") -> list[ContainerStatus]:
        containers = self._sandbox(sandbox).containers.values() if sandbox else self._containers.values()
        return [container.status() for container in containers]

    def container_status(self, container: str) -> ContainerStatus:
        return self._container(container).status()

    def update_container_resources(self, container: str, resources: Resources, now: float) -> None:
        found = self._container(container)
        self._call("UpdateContainerResources", found.sandbox.config.uid, found.config.name, "change the limits of its control group")
        found.resources = resources
        found.box.group.account(now)
        found.box.group.limits = Limits(resources.cpu_limit, resources.memory_limit, weight_of(resources.cpu_request))
        found.box.use(memory=max(0, found.box.group.memory - found.box.rest[0]))

    # -- sessions

    def exec(self, container: str, command: tuple[str, ...], output: Output, now: float, *, tty: bool = False) -> Running:
        found = self._running(container)
        self._call("Exec", found.sandbox.config.uid, found.config.name, f"run {command[0]} beside the container's own process")
        program = self._program_to_exec(command, found)
        process = found.box.prepare(command, found.environment(), output)
        process.stdin.closed = False
        process.terminal = tty
        found.box.begin(process, program.run(process))
        return process

    def _program_to_exec(self, command: tuple[str, ...], container: Container) -> Program:
        try:
            return program_for(command, container.box, self._programs, executing=True)
        except CriError as error:
            text = f'failed to exec in container: failed to start exec "{self._chance.hex(64)}": {error.message}'
            raise CriError(error.code, text, error.reason) from error

    def attach(self, container: str, output: Output, now: float) -> Running:
        found = self._running(container)
        self._call("Attach", found.sandbox.config.uid, found.config.name, "join the streams of its first process")
        return found.attached(output)

    def port_forward(self, sandbox: str) -> NetworkNamespace:
        found = self._sandbox(sandbox)
        self._call("PortForward", found.config.uid, found.config.name, "open a way into the sandbox's network")
        return found.namespace

    def log(self, container: str) -> LogReader:
        return self._container(container).log

    def container_stats(self, container: str, now: float) -> ContainerStats:
        return self._container(container).stats(now)

    # -- images

    def pull_image(self, image: str, now: float, pod: str = "") -> StoredPull:
        self._call("PullImage", pod, image, f"fetch the layers of {image} that are not here yet")
        return self.images.pull(image, now)

    def list_images(self) -> list[ImageStatus]:
        return self.images.all()

    def image_status(self, image: str) -> ImageStatus | None:
        return self.images.status(image)

    def is_known(self, image: str) -> bool:
        """Whether somebody described the image, so that what it says of itself can be relied on."""
        stored = self.images.find(image)
        return stored is not None and stored.image.known

    def remove_image(self, image: str, now: float) -> None:
        self._call("RemoveImage", "", image, "free its layers")
        self.images.remove(image)

    def image_fs_info(self) -> tuple[int, int]:
        return self.images.used, self.images.capacity

    # -- going on after the simulation itself was stopped

    def restore_sandbox(self, config: SandboxConfig, address: str, created_at: float) -> str:
        """A sandbox as it was, with its address."""
        namespace = self.fabric.host(self.node) if config.host_network else self._attach(config, address)
        self._open_host_ports(config, namespace)
        sandbox = Sandbox(self._chance.hex(64), config, namespace, created_at, Volumes(self._trees, self.cluster_trees))
        self._sandboxes[sandbox.id] = sandbox
        return sandbox.id

    def restore_container(self, sandbox: str, config: ContainerConfig, id: str, started_at: float) -> None:
        """A running container as it was. Raises CriError when its image or program is gone."""
        if self.images.find(config.image) is None:
            self.images.preload([config.image])
        found, stored = self._sandbox(sandbox), self.images.find(config.image)
        assert stored is not None
        container = Container(id, found, config, stored, started_at)
        container.make_box(self.fabric, self._timers, self._programs, self._ended, self.clock)
        argv = command_of(config, container.image)
        program = program_for(argv, container.box, self._programs)
        found.containers[id] = self._containers[id] = container
        container.state, container.started_at = ContainerState.RUNNING, started_at
        container.box.settle(program.memory, program.cpu)
        container.box.spawn(program, argv, container.environment(), container, resumed=True)
        self.woken()

    # -- its own work

    def step(self, now: float) -> bool:
        """Kill what outlived its grace, or let one process go on."""
        for container, deadline in self._deadlines.items():
            if deadline <= now:
                del self._deadlines[container]
                self._kill(self._containers[container])
                return True
        return self._timers.run_one(now)

    def next_wake(self, now: float) -> float | None:
        moments = [m for m in (self._timers.next_due(), min(self._deadlines.values(), default=None)) if m is not None]
        return min(moments) if moments else None

    def power_off(self) -> None:
        """The node lost power: every process is gone at once, and nobody is told."""
        told, self.told = self.told, lambda pod, container: None
        for sandbox in list(self._sandboxes):
            for container in self._sandboxes[sandbox].containers.values():
                self._kill(container)
            self.remove_pod_sandbox(sandbox, self.clock.now())
        self.told = told

    def inspect(self) -> dict[str, Any]:
        """What runs here, for pages."""
        running = [c for c in self._containers.values() if c.state is ContainerState.RUNNING]
        return {
            "queue": len(self._deadlines),
            "last": [],
            "metrics": dict(self.calls) | {"sandboxes": len(self._sandboxes), "containers": len(running), "images": len(self.images.all())},
            "runtime": f"{self.name}://{self.version}",
            "pulls": self.images.pulling(self.clock.now()),
        }

    def container(self, container: str) -> Container:
        """A container's inside, for load models and faults. Raises CriError."""
        return self._container(container)

    def put_load(self, container: str, millicores: int | None = None, memory: int | None = None) -> None:
        """A learner, a scenario or a fault makes the container's processes want more. Raises CriError."""
        self.watches_memory = True
        self._running(container).box.use(millicores, memory)
        self.woken()

    def containers(self) -> list[Container]:
        return list(self._containers.values())

    # -- inside

    def _ended(self, container: Container, code: int) -> None:
        self._deadlines.pop(container.id, None)
        self.told(container.sandbox.config.uid, container.id)

    def _kill(self, container: Container) -> None:
        self._deadlines.pop(container.id, None)
        if container.state is ContainerState.RUNNING:
            container.send_signal(KILL)

    def _sandbox(self, sandbox: str) -> Sandbox:
        found = self._sandboxes.get(sandbox)
        if found is None:
            raise CriError("NotFound", f'an error occurred when try to find sandbox "{sandbox}": not found')
        return found

    def _container(self, container: str) -> Container:
        found = self._containers.get(container)
        if found is None:
            raise CriError("NotFound", f'an error occurred when try to find container "{container}": not found')
        return found

    def _running(self, container: str) -> Container:
        found = self._container(container)
        if found.state is not ContainerState.RUNNING:
            raise CriError("Unknown", f"container is in {found.state.value} state")
        return found

    def _between(self, limits: tuple[float, float]) -> float:
        return self._chance.uniform(*limits)

    def _call(self, call: str, pod: str, name: str, why: str) -> None:
        self.calls[call] = self.calls.get(call, 0) + 1
        self.woken()
        if self.signals.watched:
            signal = Signal(self.clock.now(), "cri", f"kubelet/{self.node}", f"runtime/{self.node}", call, pod, name, why=why)
            self.signals.emit(signal)
