"""The fleet: the nodes of one cluster in this process. They share one watch of pods and take turns; an idle node costs nothing.

Models nothing of upstream: there each kubelet is a process of its own. What it shares is only what each would read anyway.
"""

from collections.abc import Callable
from typing import Any

from cluster_engine.client.client import Client, Manifest, WatchEvent
from cluster_engine.client.events import EventRecorder
from cluster_engine.kernel.chance import Chance
from cluster_engine.kernel.clock import Clock
from cluster_engine.kernel.signals import Signals
from cluster_engine.kernel.turns import Turns
from cluster_engine.kubelet.context import NodeContext
from cluster_engine.kubelet.hollow import HollowKubelet, Strays
from cluster_engine.kubelet.kubelet import Kubelet
from cluster_engine.kubelet.node import NodeShape
from cluster_engine.kubelet.static_pods import control_plane, control_plane_images
from cluster_engine.machinery.status import ApiError
from cluster_engine.network.dns import ClusterDns
from cluster_engine.network.fabric import Fabric
from cluster_engine.network.kube_proxy.proxies import Proxies
from cluster_engine.reconcile.view import Informers
from cluster_engine.runtime.containerd import Containerd
from cluster_engine.runtime.programs import registry as known_images
from cluster_engine.runtime.registry import Registry
from cluster_engine.runtime.runtimes import RUNTIMES
from cluster_engine.runtime.trees import Trees

RETRY = 1.0
BEAT_TOGETHER = 50
BEAT_APART = 0.5
BEAT_GROUPS = 18
CROWD = 8


class Machine:
    """A node's hardware with what runs on it: runtime, kubelet, and their shared context."""

    def __init__(self, context: NodeContext, kubelet: Kubelet | HollowKubelet) -> None:
        self.context, self.kubelet, self.runtime = context, kubelet, context.runtime


class Fleet:
    """A Component. `client_for(node)` is the kubelet's own client (system:node:NAME); `reader` is what the shared caches use.

    `woken()` is called when something from outside (an exec, a fault) gave it work.
    """

    def __init__(
        self, name: str, reader: Client, client_for: Callable[[str], Client], clock: Clock, chance: Chance, signals: Signals, *,
        fabric: Fabric | None = None, images: Registry | None = None, proxy_mode: str = "iptables",
    ) -> None:  # fmt: skip
        self.name = name
        self._reader, self._client_for, self._clock, self._chance, self._signals = reader, client_for, clock, chance, signals
        self.fabric = fabric or Fabric()
        self._proxy_mode = proxy_mode
        self.images = images or known_images()
        self.machines: dict[str, Machine] = {}
        self.turns = Turns()
        self.woken: Callable[[], None] = lambda: None
        self._joined = 0
        self._trees: Trees = {}
        self._strays: Strays | None = None
        self._retry_at: float | None = None
        self._make_informers()

    def _make_informers(self) -> None:
        self.informers = Informers(self._reader)
        self.informers.of("pods").add_handler(self._pod_event)
        self.proxies = Proxies(self.informers, self._clock, self._chance.fork("kube-proxy"), self.fabric.cni.pod_cidr, self._proxy_mode)
        self.dns = ClusterDns(self.informers)
        self.fabric.translate, self.fabric.names = self.proxies.translate, self.dns.addresses

    # -- nodes

    def add(self, shape: NodeShape) -> Machine:
        """A machine is switched on: its kubelet will register it. One that was there before goes on as it was."""
        address = self._known_address(shape.name)
        self.fabric.host(shape.name, address)
        restoring = bool(address)
        chance = self._chance.fork(shape.name)
        runtime = RUNTIMES[shape.runtime](shape.name, self.fabric, self.images, self._clock, chance.fork("runtime"), self._signals)
        runtime.cluster_trees = self._trees
        if shape.control_plane:
            runtime.images.preload(control_plane_images())
        runtime.images.preload(shape.images)
        client = self._client_for(shape.name)
        recorder = EventRecorder(client, self._clock, "kubelet", shape.name, at_once=False)
        context = NodeContext(shape, client, self._reader, self.informers, runtime, self.fabric, recorder, self._clock, chance, self._signals, self._crowded)
        offset = BEAT_APART * (self._joined // BEAT_TOGETHER % BEAT_GROUPS)
        self._joined += 1
        context.restoring = restoring
        kind = HollowKubelet if shape.hollow else Kubelet
        kubelet = kind(context, control_plane() if shape.control_plane else (), offset)
        machine = self.machines[shape.name] = Machine(context, kubelet)
        context.proxy_changed = lambda up: self._proxy_changed(shape.name, up)
        context.wake = lambda: self._wake(kubelet.name)
        self.turns.add(kubelet)
        if shape.hollow and self._strays is None:
            self._strays = Strays(self._reader)
            self.turns.add(self._strays)
        if not shape.hollow:
            part = RuntimeTurn(runtime)
            self.turns.add(part)
            runtime.woken = lambda: self._wake(part.name)
        return machine

    def _known_address(self, node: str) -> str:
        """The address that the Node object names; "" where there is none yet."""
        try:
            found = self._reader.get("nodes", "", node)
        except ApiError:
            return ""
        return next((a["address"] for a in (found.get("status") or {}).get("addresses") or () if a["type"] == "InternalIP"), "")

    def remove(self, node: str) -> None:
        """The machine is gone for good; its Node object is somebody else's affair."""
        machine = self.machines.pop(node)
        self.turns.remove(f"kubelet/{node}")
        self.turns.remove(f"runtime/{node}")
        machine.runtime.power_off()
        self.fabric.remove_host(node)

    def halt(self, node: str) -> None:
        """The kubelet's process is down; containers go on."""
        self.machines[node].kubelet.stop()
        self.turns.hold(f"kubelet/{node}")

    def resume(self, node: str) -> None:
        """Start the kubelet again."""
        self.turns.release(f"kubelet/{node}")

    def shut_down(self, node: str) -> None:
        """Announce to the kubelet that its machine will be switched off; it ends its pods in good order."""
        kubelet = self.machines[node].kubelet
        if isinstance(kubelet, Kubelet):
            kubelet.shut_down()

    def power_off(self, node: str) -> None:
        """Everything on the machine ends at once, and nobody is told."""
        self.halt(node)
        self.machines[node].context.restoring = False
        self.turns.hold(f"runtime/{node}")
        self.machines[node].runtime.power_off()
        self.fabric.host(node).reachable = False

    def power_on(self, node: str) -> None:
        self.fabric.host(node).reachable = True
        context = self.machines[node].context
        context.shutting_down = False
        context.conditions.clear()
        self.turns.release(f"runtime/{node}")
        self.resume(node)

    def running(self, node: str) -> bool:
        """Whether the node's kubelet is up."""
        return node in self.machines and f"kubelet/{node}" not in self.turns.held

    def _proxy_changed(self, node: str, up: bool) -> None:
        """Without its proxy a node keeps the rules that it has."""
        (self.proxies.start if up else self.proxies.stop)(node)

    def _crowded(self) -> bool:
        return self.turns.waiting > CROWD

    def _wake(self, part: str) -> None:
        self.turns.wake(part)
        self.woken()

    # -- working

    def _pod_event(self, event: WatchEvent) -> None:
        node = event.object["spec"].get("nodeName")
        machine = self.machines.get(node) if node else None
        if machine is None:
            if node and self._strays is not None and self._strays.pod_event(event):
                self.turns.wake(self._strays.name)
            return
        if machine.kubelet.name in self.turns.held:
            return
        machine.kubelet.pod_event(event)
        self.turns.wake(machine.kubelet.name)

    def step(self, now: float) -> bool:
        """Take in changes of pods, then let the next node that has work do one unit of it."""
        if self._retry_at is not None and now < self._retry_at:
            return False
        try:
            self.informers.pump()
        except ApiError:
            self._retry_at = now + RETRY
            return False
        self._retry_at = None
        return self.turns.step(now)

    def next_wake(self, now: float) -> float | None:
        moment = self.turns.next_wake(now)
        if self._retry_at is not None:
            return self._retry_at if moment is None else max(moment, self._retry_at)
        return moment

    def stop(self) -> None:
        """All kubelets lose what they hold in memory and begin anew; containers go on."""
        self.informers.stop()
        self._make_informers()
        for machine in self.machines.values():
            machine.context.informers = self.informers
            machine.kubelet.stop()
            self.turns.wake(machine.kubelet.name)

    def inspect(self) -> dict[str, Any]:
        """Sums over all nodes, and each node by itself."""
        nodes = {name: machine.kubelet.inspect() for name, machine in self.machines.items()}
        metrics: dict[str, int] = {}
        for found in nodes.values():
            for key, value in found["metrics"].items():
                metrics[key] = metrics.get(key, 0) + value
        last = sorted((entry | {"node": name} for name, found in nodes.items() for entry in found["last"][:5]), key=lambda e: -e["time"])
        return {"queue": sum(found["queue"] for found in nodes.values()), "last": last[:40], "metrics": metrics, "down": sorted(self.turns.held)}

    def pod(self, manifest: Manifest) -> Machine | None:
        """The machine on which a pod is."""
        return self.machines.get(manifest["spec"].get("nodeName", ""))


class RuntimeTurn:
    """A runtime as a Component: what its processes do in time."""

    def __init__(self, runtime: Containerd) -> None:
        self.name = f"runtime/{runtime.node}"
        self._runtime = runtime

    def step(self, now: float) -> bool:
        return self._runtime.step(now)

    def next_wake(self, now: float) -> float | None:
        return self._runtime.next_wake(now)

    def stop(self) -> None:
        self._runtime.power_off()

    def inspect(self) -> dict[str, Any]:
        return self._runtime.inspect()
