"""What the parts of one kubelet share: its node, its runtime, its caches, and whom to tell."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cluster_engine.client.client import Client, Manifest
from cluster_engine.client.events import EventRecorder, reference_to
from cluster_engine.kernel.chance import Chance
from cluster_engine.kernel.clock import Clock
from cluster_engine.kernel.signals import Signal, Signals
from cluster_engine.kubelet.node import NodeShape
from cluster_engine.network.fabric import Fabric
from cluster_engine.reconcile.view import Informers
from cluster_engine.runtime.containerd import Containerd

CLUSTER_DOMAIN = "cluster.local"


@dataclass
class NodeContext:
    """`crowded()`: many nodes have work, so what can wait should. `wake()`: the kubelet has work. `kubeadm`: the client of whoever set the node up.

    `dns`: the address of the cluster's DNS service, "" where there is none. `restoring`: the process has just started, and finds
    pods that ran when it was stopped.
    """

    shape: NodeShape
    client: Client
    kubeadm: Client
    informers: Informers
    runtime: Containerd
    fabric: Fabric
    recorder: EventRecorder
    clock: Clock
    chance: Chance
    signals: Signals
    crowded: Callable[[], bool] = lambda: False
    wake: Callable[[], None] = lambda: None
    proxy_changed: Callable[[bool], None] = lambda up: None
    shutting_down: bool = False
    volumes_in_use: Callable[[], list[str]] = list
    dns: str = "10.96.0.10"
    restoring: bool = False
    conditions: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    @property
    def node(self) -> str:
        return self.shape.name

    @property
    def address(self) -> str:
        return self.fabric.host(self.shape.name).address

    def tell(self, pod: Manifest, type: str, reason: str, message: str, field_path: str = "") -> None:
        """Record an event about a pod or one of its containers."""
        self.recorder.record_for(reference_to(pod, field_path), type, reason, message)

    def csi_called(self, pod: Manifest, device: str) -> None:
        """Show the two calls by which a driver's volume gets from the node into a pod."""
        for call, why in (("NodeStageVolume", "mount the attached disk once for the node"), ("NodePublishVolume", "bind it into the pod's directory")):
            if self.signals.watched:
                meta = pod["metadata"]
                self.signals.emit(
                    Signal(self.clock.now(), "cri", f"kubelet/{self.node}", f"csi/{self.node}", call, meta["uid"], meta["name"], why=f"{why}: {device}")
                )

    def probed(self, pod: Manifest, label: str, ok: bool, why: str) -> None:
        """Show a probe to whoever watches."""
        if self.signals.watched:
            meta = pod["metadata"]
            self.signals.emit(Signal(self.clock.now(), "probe", f"kubelet/{self.node}", f"pod/{meta['uid']}", label, meta["uid"], meta["name"], ok=ok, why=why))

    # -- what pods refer to

    def config_map(self, namespace: str, name: str) -> Manifest | None:
        return self._find("configmaps", namespace, name)

    def secret(self, namespace: str, name: str) -> Manifest | None:
        return self._find("secrets", namespace, name)

    def listed(self, resource: str) -> list[Manifest]:
        """All objects of a resource, from the cache."""
        informer = self.informers.of(resource)
        if not informer.synced:
            informer.pump()
        return informer.all()

    def _find(self, resource: str, namespace: str, name: str) -> Manifest | None:
        informer = self.informers.of(resource)
        if not informer.synced:
            informer.pump()
        return informer.get(namespace, name)
