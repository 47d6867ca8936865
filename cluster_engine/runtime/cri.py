"""The Container Runtime Interface: the calls by which a kubelet drives whatever runs containers.

Models k8s.io/cri-api/pkg/apis/runtime/v1. Each call is a method with the call's name in snake case. Calls that take time say
how long (`Taken.seconds`): the caller waits that long in cluster time before it goes on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Generic, Protocol, TypeVar

from cluster_engine.network.namespace import NetworkNamespace
from cluster_engine.volumes.mount import Mount

T = TypeVar("T")


class CriError(Exception):
    """A refused call. `code` is the gRPC code's name, `reason` what a kubelet shows as the container's waiting reason."""

    def __init__(self, code: str, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.reason = code, message, reason

    def __str__(self) -> str:
        return f"rpc error: code = {self.code} desc = {self.message}"


@dataclass(frozen=True, slots=True)
class Taken(Generic[T]):
    """A call's result and how many seconds of cluster time it took."""

    value: T
    seconds: float = 0.0


class SandboxState(Enum):
    READY = "SANDBOX_READY"
    NOT_READY = "SANDBOX_NOTREADY"


class ContainerState(Enum):
    CREATED = "CONTAINER_CREATED"
    RUNNING = "CONTAINER_RUNNING"
    EXITED = "CONTAINER_EXITED"


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """What a pod's sandbox is made from."""

    name: str
    namespace: str
    uid: str
    attempt: int = 0
    hostname: str = ""
    host_network: bool = False
    handler: str = ""
    search: tuple[str, ...] = ()
    nameserver: str = ""
    hosts: str = ""
    sysctls: tuple[tuple[str, str], ...] = ()
    host_ports: tuple[tuple[int, int, str], ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SandboxStatus:
    id: str
    state: SandboxState
    created_at: float
    address: str
    config: SandboxConfig


@dataclass(frozen=True, slots=True)
class Resources:
    """Limits as control groups take them; 0 is no limit. CPU in millicores, memory in bytes."""

    cpu_request: int = 0
    cpu_limit: int = 0
    memory_request: int = 0
    memory_limit: int = 0
    oom_score_adj: int = 1000


@dataclass(frozen=True, slots=True)
class ContainerConfig:
    """What a container is made from. `command` and `args` as in the pod: empty means the image's own."""

    name: str
    image: str
    attempt: int = 0
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    working_dir: str = ""
    env: tuple[tuple[str, str], ...] = ()
    mounts: tuple[Mount, ...] = ()
    ports: tuple[tuple[int, str], ...] = ()
    resources: Resources = Resources()
    user: int | None = None
    group: int | None = None
    groups: tuple[int, ...] = ()
    read_only_root: bool = False
    privileged: bool = False
    capabilities: tuple[str, ...] = ()
    stdin: bool = False
    tty: bool = False
    stop_signal: str = ""
    termination_path: str = "/dev/termination-log"


@dataclass(frozen=True, slots=True)
class ContainerStatus:
    id: str
    sandbox: str
    name: str
    attempt: int
    state: ContainerState
    image: str
    image_id: str
    created_at: float
    started_at: float = 0.0
    finished_at: float = 0.0
    exit_code: int = 0
    reason: str = ""
    message: str = ""
    user: int = 0
    group: int = 0
    groups: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageStatus:
    """An image on the node. `id` is its digest reference; `names` its tags."""

    id: str
    names: tuple[str, ...]
    size: int
    user: str = ""


class Pull(Protocol):
    """A pull under way."""

    @property
    def image(self) -> str: ...

    @property
    def asked_at(self) -> float: ...

    @property
    def started_at(self) -> float: ...

    @property
    def done_at(self) -> float: ...

    @property
    def error(self) -> CriError | None: ...

    @property
    def size(self) -> int: ...

    def progress(self, now: float) -> float:
        """The share that has arrived, 0 to 1."""


class Running(Protocol):
    """A process that was started by exec: ends with a code, may be written to and signalled."""

    exit_code: int | None

    def send(self, data: str) -> None: ...

    def close_input(self) -> None: ...

    def kill(self, signal: int) -> None: ...


class Output(Protocol):
    """Where a process writes. `stream`: stdout or stderr."""

    def write(self, stream: str, text: str) -> None: ...


class LogReader(Protocol):
    """A container's log, read from a place on."""

    def lines(self, place: int) -> tuple[list[tuple[float, str, str]], int]:
        """Lines (time, stream, text) from `place` on, and the next place."""

    def tail(self, count: int) -> int:
        """The place from which `count` lines follow."""

    def since(self, moment: float) -> int:
        """The place of the first line at or after `moment`."""


@dataclass(frozen=True, slots=True)
class ContainerStats:
    """What a container uses: CPU in nanocores and nanoseconds, memory and disk in bytes."""

    cpu_nanocores: int
    cpu_nanoseconds: int
    memory_working_set: int
    memory_rss: int
    root_fs_used: int
    log_used: int = 0
    throttled_share: float = 0.0


class RuntimeService(Protocol):
    name: str
    version: str

    def run_pod_sandbox(self, config: SandboxConfig, now: float) -> Taken[str]: ...

    def stop_pod_sandbox(self, sandbox: str, now: float) -> Taken[None]: ...

    def remove_pod_sandbox(self, sandbox: str, now: float) -> None: ...

    def pod_sandbox_status(self, sandbox: str) -> SandboxStatus: ...

    def list_pod_sandbox(self) -> list[SandboxStatus]: ...

    def create_container(self, sandbox: str, config: ContainerConfig, now: float) -> Taken[str]: ...

    def start_container(self, container: str, now: float) -> Taken[None]: ...

    def stop_container(self, container: str, grace: float, now: float) -> None:
        """Ask the container to end; after `grace` seconds it is killed. Its end is told as an event."""

    def remove_container(self, container: str, now: float) -> None: ...

    def list_containers(self, sandbox: str = "") -> list[ContainerStatus]: ...

    def container_status(self, container: str) -> ContainerStatus: ...

    def update_container_resources(self, container: str, resources: Resources, now: float) -> None: ...

    def exec(self, container: str, command: tuple[str, ...], output: Output, now: float, *, tty: bool = False) -> Running:
        """Exec and ExecSync: start a process beside the container's own. Raises CriError when there is no such program."""

    def attach(self, container: str, output: Output, now: float) -> Running: ...

    def port_forward(self, sandbox: str) -> NetworkNamespace:
        """The namespace in which forwarded ports are opened."""

    def log(self, container: str) -> LogReader: ...

    def container_stats(self, container: str, now: float) -> ContainerStats: ...


class ImageService(Protocol):
    def pull_image(self, image: str, now: float, pod: str = "") -> Pull:
        """`pod`: the uid of the pod that wants it, for those who watch."""

    def list_images(self) -> list[ImageStatus]: ...

    def image_status(self, image: str) -> ImageStatus | None: ...

    def remove_image(self, image: str, now: float) -> None: ...

    def image_fs_info(self) -> tuple[int, int]:
        """Bytes used by images, and the capacity of their file system."""


class Runtime(RuntimeService, ImageService, Protocol):
    """Both services, as one program offers them, and its own work in time."""

    def step(self, now: float) -> bool: ...

    def next_wake(self, now: float) -> float | None: ...
