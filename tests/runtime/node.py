"""A node with a runtime and nothing else, for tests."""

from cluster_engine.kernel.chance import Chance
from cluster_engine.kernel.clock import VirtualClock
from cluster_engine.kernel.signals import Signals
from cluster_engine.network.fabric import Fabric
from cluster_engine.runtime.containerd import Containerd
from cluster_engine.runtime.cri import ContainerConfig, SandboxConfig
from cluster_engine.runtime.programs import registry


class Node:
    """Starts containers and lets time pass."""

    def __init__(self) -> None:
        self.clock, self.fabric = VirtualClock(), Fabric()
        self.runtime = Containerd("worker-1", self.fabric, registry(), self.clock, Chance(1), Signals())

    def run(self, image: str, *command: str, **more: object) -> str:
        """Pull, create and start a container; returns its id."""
        self.runtime.images.preload([image])
        self.sandbox = self.runtime.run_pod_sandbox(SandboxConfig("pod", "default", "uid-1", hostname="pod"), self.clock.now()).value
        container = self.runtime.create_container(self.sandbox, ContainerConfig("main", image, command=command, **more), self.clock.now()).value  # type: ignore[arg-type]
        self.runtime.start_container(container, self.clock.now())
        return container

    def pass_time(self, seconds: float) -> None:
        end = self.clock.now() + seconds
        while True:
            while self.runtime.step(self.clock.now()):
                pass
            moment = self.runtime.next_wake(self.clock.now())
            if moment is None or moment > end:
                break
            self.clock.advance_to(moment)
        self.clock.advance_to(end)

    def said(self, container: str) -> list[str]:
        return [line for _, _, line in self.runtime.log(container).lines(0)[0]]

    @property
    def address(self) -> str:
        return self.runtime.pod_sandbox_status(self.sandbox).address
