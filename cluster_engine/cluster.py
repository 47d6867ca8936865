"""One cluster: its API server and its components, wired together and stepped in turns. Only wiring lives here."""

import hashlib
from collections.abc import Callable, Collection
from typing import Any, cast

from cluster_engine import machines
from cluster_engine.addons import addons
from cluster_engine.apiserver import metrics_api
from cluster_engine.apiserver.admission_chain import default_plugins
from cluster_engine.apiserver.attributes import Gates, User
from cluster_engine.apiserver.authn import RequestAuthenticator
from cluster_engine.apiserver.authz import SystemMasters, Union
from cluster_engine.apiserver.authz_node import NodeAuthorizer
from cluster_engine.apiserver.authz_rbac import Rbac
from cluster_engine.apiserver.bootstrap import bootstrap
from cluster_engine.apiserver.housekeeping import Housekeeping
from cluster_engine.apiserver.keys import ClusterKeys
from cluster_engine.apiserver.local import LocalClient
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.nodes import NodeConnector
from cluster_engine.apiserver.reviews import REVIEWS
from cluster_engine.apiserver.server import APIServer, Extensions
from cluster_engine.apiserver.signers import Signer
from cluster_engine.apiserver.tokens import TokenIssuer
from cluster_engine.apiserver.webhook_call import Closed, Connector
from cluster_engine.client.events import EventRecorder
from cluster_engine.client.scheduler_events import SeriesRecorder
from cluster_engine.controllers import all_controllers
from cluster_engine.kernel.chance import Chance
from cluster_engine.kernel.clock import Clock
from cluster_engine.kernel.component import Component
from cluster_engine.kernel.signals import Signals
from cluster_engine.kernel.turns import Turns
from cluster_engine.kubelet.fleet import Fleet
from cluster_engine.kubelet.metrics_server import MetricsServer
from cluster_engine.kubelet.node import NodeShape
from cluster_engine.kubelet.server import KubeletServers
from cluster_engine.machinery.status import ApiError
from cluster_engine.network.fabric import Fabric
from cluster_engine.raft.group import EtcdGroup
from cluster_engine.reconcile.loop import Record
from cluster_engine.reconcile.manager import ControllerManager
from cluster_engine.reconcile.settings import Settings, no_pod_metrics
from cluster_engine.resources.registry import builtin_registry
from cluster_engine.scheduler.scheduler import Scheduler
from cluster_engine.storage_addon import PROVISIONERS, storage_addon
from cluster_engine.store.mvcc import Store
from cluster_engine.templates import TEMPLATES, Template

SCHEDULER = "kube-scheduler"
CONTROLLER_MANAGER = "kube-controller-manager"
LOAD_BALANCER_CIDR = "203.0.113.0/24"
KUBELETS = "kubelets"


class Cluster:
    """A running cluster on a store. `seed` makes names and choices; `secret` its keys (derived from the seed where none is given).

    `components`: the names of those that this process runs, None for all. `static_users`: users by the hash of their token.
    `connector` reaches admission webhooks outside; without one none is reached.
    """

    def __init__(
        self, name: str, store: Store, clock: Clock, seed: int, template: str | Template = "dev", *, secret: bytes = b"",
        static_users: dict[str, User] | None = None, stopwatch: Callable[[], float] | None = None, components: Collection[str] | None = None,
        connector: Connector | None = None,
    ) -> None:  # fmt: skip
        self.name, self.store, self.clock = name, store, clock
        self.template = TEMPLATES[template] if isinstance(template, str) else template
        self.chance = Chance(seed)
        self.signals = Signals()
        self.turns = Turns()
        self.etcd = EtcdGroup(self.template.etcd_members, self.chance.fork("etcd"), self.signals, clock.now)
        store.refusal, store.agree = self.etcd.refusal, self.etcd.agree
        self.etcd.woken = lambda: self.turns.wake("etcd")
        self.turns.add(self.etcd)
        self.keys = ClusterKeys(secret or hashlib.sha256(f"orrery {seed}".encode()).digest())
        self.api = self._make_api(static_users or {}, stopwatch, connector)
        self._wanted = components
        self.fabric = Fabric()
        self.fleet = self._make_fleet()
        self.api.extensions.nodes = cast(NodeConnector, KubeletServers(self.fleet))  # the kubelet's own types are the same shapes
        if self.template.workloads:
            metrics_api.serve(self.api, MetricsServer(self.fleet, self.api.loopback))
        self._bootstrap()
        self._watch = store.watch("/registry/", store.durable_revision + 1, self._published)
        self._make_components()

    # -- wiring

    def _make_api(self, static_users: dict[str, User], stopwatch: Callable[[], float] | None, connector: Connector | None) -> APIServer:
        registry = builtin_registry()
        objects = Lookup(self.store, registry)
        issuer = TokenIssuer(self.keys)
        rules = Rbac(objects)
        authorizer = Union((SystemMasters(), NodeAuthorizer(objects), rules))
        gates = Gates(
            authenticator=RequestAuthenticator(issuer, objects, self.clock.now, static_users),
            authorizer=authorizer,
            admission=default_plugins(objects, self.chance.fork("admission"), authorizer, rules, connector),
        )
        return APIServer(
            self.name, self.store, registry, self.clock, self.chance.fork("apiserver"), self.signals, gates=gates,
            extensions=Extensions(tokens=issuer, virtual=dict(REVIEWS), connector=connector or Closed()), stopwatch=stopwatch,
        )  # fmt: skip

    def _running(self) -> dict[str, bool]:
        """Which of the loops this process runs, and whether each is up."""
        named = {"scheduler": SCHEDULER, "controller-manager": CONTROLLER_MANAGER}
        return {short: name not in self.turns.held for short, name in named.items() if name in self.turns.components}

    def _make_components(self) -> None:
        self.api.extensions.components = self._running
        self.turns.add(Housekeeping(self.api))
        if self._runs(CONTROLLER_MANAGER):
            self.turns.add(self._controller_manager())
        if self.template.scheduler and self._runs(SCHEDULER):
            self.turns.add(self._scheduler())
        if self._runs(KUBELETS):
            self.turns.add(self.fleet)

    def _runs(self, component: str) -> bool:
        return self._wanted is None or component in self._wanted

    def _controller_manager(self) -> ControllerManager:
        reader = self.api.client(CONTROLLER_MANAGER, "system:kube-controller-manager")

        def client_for(loop: str, account: str) -> LocalClient:
            user = "system:kube-controller-manager" if account == CONTROLLER_MANAGER else f"system:serviceaccount:kube-system:{account}"
            return self.api.client(loop, user)

        def record_for(loop: str, account: str, source: str) -> Record:
            return EventRecorder(client_for(loop, account), self.clock, source).record

        autoscaler = client_for("horizontal-pod-autoscaler", "horizontal-pod-autoscaler")

        def pod_metrics(namespace: str, selector: str) -> list[dict[str, Any]]:
            return autoscaler.list("pods.metrics.k8s.io", namespace, labels=selector).items

        issuer = TokenIssuer(self.keys)
        settings = Settings(
            root_ca=self.keys.ca_pem, allocate_node_cidrs=self.template.workloads,
            token=lambda secret, account: issuer.issue_legacy(account, secret), sign=Signer(self.keys).sign,
            storage_provisioners=PROVISIONERS if self.template.workloads else (),
            load_balancer_cidr=LOAD_BALANCER_CIDR if self.template.workloads else "",
            pod_metrics=pod_metrics if self.template.workloads else no_pod_metrics,
        )  # fmt: skip
        loops = all_controllers(settings)
        return ControllerManager(CONTROLLER_MANAGER, loops, reader, client_for, record_for, self.api.registry)

    def _scheduler(self) -> Scheduler:
        client = self.api.client(SCHEDULER, "system:kube-scheduler")
        recorder = SeriesRecorder(client, self.clock, "default-scheduler", f"default-scheduler-{self.name}")
        return Scheduler(SCHEDULER, client, recorder.record, self.chance.fork(SCHEDULER))

    def _make_fleet(self) -> Fleet:
        reader = self.api.client("kubelet", "system:apiserver", ("system:masters",))

        def client_for(node: str) -> LocalClient:
            return self.api.client(f"kubelet/{node}", f"system:node:{node}")

        fleet = Fleet(KUBELETS, reader, client_for, self.clock, self.chance.fork("machines"), self.signals, fabric=self.fabric)
        fleet.woken = lambda: self.turns.wake(KUBELETS)
        return fleet

    def _bootstrap(self) -> None:
        """What a new cluster is born with: namespaces, policy, machines, add-ons. An old one has it all already."""
        bootstrap(self.api)
        if not self.store.count(machines.PREFIX):
            for shape in self.template.nodes:
                machines.keep(self.store, shape, True, self.clock.now(), f"template {self.template.name} has this machine")
            if self.template.workloads:
                self._install_addons()
        for shape, powered in machines.stored(self.store).values():
            self.fleet.add(shape)
            if not powered:
                self.fleet.power_off(shape.name)

    def _install_addons(self) -> None:
        client = self.api.client("kubeadm", "kubernetes-admin", ("system:masters",))
        for resource, manifest in (*addons(), *storage_addon()):
            try:
                client.create(resource, manifest, why="kubeadm installs the add-ons of a new cluster")
            except ApiError as error:
                if error.reason != "AlreadyExists":
                    raise

    # -- machines

    def add_node(self, shape: NodeShape, why: str = "a machine was added") -> None:
        """Put a machine into the rack and switch it on. Raises ValueError when there is one of that name."""
        if shape.name in self.fleet.machines:
            raise ValueError(f"there is a machine {shape.name} already")
        machines.keep(self.store, shape, True, self.clock.now(), why)
        self.fleet.add(shape)
        self.turns.wake(KUBELETS)

    def remove_node(self, name: str, why: str = "a machine was removed") -> None:
        """Take a machine away for good, with its Node object. Raises KeyError."""
        self.fleet.remove(name)
        machines.forget(self.store, name, self.clock.now(), why)
        try:
            self.api.loopback.delete("nodes", "", name, why=why)
        except ApiError as error:
            if error.code != 404:
                raise

    def power(self, name: str, on: bool, why: str = "") -> None:
        """Switch a machine on or off, without telling anybody. Raises KeyError."""
        shape = self.fleet.machines[name].context.shape
        machines.keep(self.store, shape, on, self.clock.now(), why or f"the machine was switched {'on' if on else 'off'}")
        (self.fleet.power_on if on else self.fleet.power_off)(name)
        self.turns.wake(KUBELETS)

    # -- working

    @property
    def components(self) -> dict[str, Component]:
        return self.turns.components

    def step(self, now: float) -> bool:
        """Let the next component do one unit of work; False when none has any at `now`."""
        return self.turns.step(now)

    def next_wake(self, now: float) -> float | None:
        """When there is timed work next: `now` for at once, None when only a change could bring work."""
        return self.turns.next_wake(now)

    def _published(self) -> None:
        self._watch.next_revision = self.store.durable_revision + 1
        for name in self.turns.components:
            self.turns.wake(name)

    def restart_components(self) -> None:
        """All components lose what they hold in memory and begin anew, as after a power cut."""
        for name, component in self.turns.components.items():
            component.stop()
            self.turns.wake(name)

    def inspect(self) -> dict[str, Any]:
        """What every component does now."""
        return {name: component.inspect() for name, component in self.turns.components.items()}
