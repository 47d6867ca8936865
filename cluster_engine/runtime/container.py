"""Sandboxes and containers as a runtime keeps them.

Models containerd's metadata and task service.
"""

from collections.abc import Callable, Mapping

from cluster_engine.kernel.clock import Clock
from cluster_engine.network.fabric import Fabric
from cluster_engine.network.namespace import NetworkNamespace
from cluster_engine.runtime.box import Box
from cluster_engine.runtime.cri import (
    ContainerConfig,
    ContainerState,
    ContainerStats,
    ContainerStatus,
    Output,
    Running,
    SandboxConfig,
    SandboxState,
    SandboxStatus,
)
from cluster_engine.runtime.filesystem import FileSystem
from cluster_engine.runtime.image import Image
from cluster_engine.runtime.image_store import Stored
from cluster_engine.runtime.log import ContainerLog
from cluster_engine.runtime.process import Process
from cluster_engine.runtime.programs import Program
from cluster_engine.runtime.rootfs import make_disk
from cluster_engine.runtime.timers import Timers
from cluster_engine.runtime.trees import Volumes

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
MESSAGE_MOST = 4096


class Sandbox:
    """A pod's shared ground: network namespace, host name, volumes."""

    __slots__ = ("config", "containers", "created_at", "id", "namespace", "state", "volumes")

    def __init__(self, id: str, config: SandboxConfig, namespace: NetworkNamespace, now: float, volumes: Volumes) -> None:
        self.id, self.config, self.namespace, self.created_at = id, config, namespace, now
        self.state = SandboxState.READY
        self.containers: dict[str, Container] = {}
        self.volumes = volumes

    def status(self) -> SandboxStatus:
        return SandboxStatus(self.id, self.state, self.created_at, self.namespace.address, self.config)


class Container:
    """A container and what it wrote. It is the output of its own first process."""

    __slots__ = (
        "box",
        "config",
        "created_at",
        "exit_code",
        "finished_at",
        "id",
        "listeners",
        "log",
        "message",
        "reason",
        "resources",
        "sandbox",
        "started_at",
        "state",
        "stored",
    )
    box: Box

    def __init__(self, id: str, sandbox: Sandbox, config: ContainerConfig, stored: Stored, now: float) -> None:
        self.id, self.sandbox, self.config, self.stored, self.created_at = id, sandbox, config, stored, now
        self.state = ContainerState.CREATED
        self.started_at = self.finished_at = 0.0
        self.exit_code = 0
        self.reason = self.message = ""
        self.resources = config.resources
        self.log = ContainerLog()
        self.listeners: list[Output] = []

    @property
    def image(self) -> Image:
        return self.stored.image

    def make_box(self, fabric: Fabric, timers: Timers, programs: Mapping[str, Program], ended: Callable[["Container", int], None], clock: Clock) -> None:
        """Prepare what its processes will live in."""
        sandbox = self.sandbox.config

        def over(code: int) -> None:
            self._finish(code, clock.now())
            ended(self, code)

        def disk(box: Box) -> FileSystem:
            resolv = (
                f"search {' '.join(sandbox.search)}\nnameserver {sandbox.nameserver}\noptions ndots:5\n" if sandbox.nameserver else "nameserver 172.18.0.1\n"
            )
            return make_disk(box, self.sandbox.volumes, sandbox.hosts.replace("{address}", self.sandbox.namespace.address), resolv)

        self.box = Box(
            self.config,
            self.stored.image,
            sandbox.hostname or sandbox.name,
            self.sandbox.namespace,
            fabric,
            timers,
            programs,
            over,
            disk,
            clock,
            sandbox.search,
        )

    def environment(self) -> dict[str, str]:
        """The variables of its processes: PATH and HOSTNAME, the image's, the pod's."""
        return {"PATH": PATH, "HOSTNAME": self.box.hostname} | dict(self.stored.image.env) | dict(self.config.env) | {"HOME": "/root"}

    # -- output of the first process

    def write(self, stream: str, text: str) -> None:
        self.log.write(self.box.now, stream, text)
        for listener in self.listeners:
            listener.write(stream, text)

    def attached(self, output: Output) -> Running:
        """The first process, whose output `output` hears from now on."""
        self.listeners.append(output)
        return self.box.processes[1]

    def send_signal(self, signal: int) -> None:
        process = self.box.processes.get(1)
        if process is not None:
            process.kill(signal)

    def first_process(self) -> Process | None:
        return self.box.processes.get(1)

    # -- its end

    def _finish(self, code: int, now: float) -> None:
        self.state, self.finished_at, self.exit_code = ContainerState.EXITED, now, code
        self.reason = "OOMKilled" if self.box.killed_for_memory else self.reason or ("Completed" if code == 0 else "Error")
        if self.box.disk_made:
            said = self.box.disk().read(self.config.termination_path) or b""
            self.message = said.decode(errors="replace")[:MESSAGE_MOST]
        self.log.close(now)

    # -- what others see

    def status(self) -> ContainerStatus:
        user = self.config.user if self.config.user is not None else int(self.stored.image.user) if self.stored.image.user.isdigit() else 0
        return ContainerStatus(
            self.id, self.sandbox.id, self.config.name, self.config.attempt, self.state, self.stored.name, self.stored.id, self.created_at, self.started_at,
            self.finished_at, self.exit_code, self.reason, self.message, user, self.config.group or 0, self.config.groups,
        )  # fmt: skip

    def stats(self, now: float) -> ContainerStats:
        """What its control group says: from its first program's rest and the load that is put on it."""
        running, group = self.state is ContainerState.RUNNING, self.box.group
        group.account(now)
        memory = group.memory if running else 0
        disk = self.box.disk().used if self.box.disk_made else 0
        used = group.recent(now) if running else 0
        return ContainerStats(
            used * 1_000_000, int(group.cpu_seconds * 1e9), memory, memory, disk + 40_960, self.log.total_bytes, group.throttled_share if running else 0.0
        )
