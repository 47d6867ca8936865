"""The API server of one cluster: the gates, the verbs and the store, behind one door for HTTP and one for components.

Models k8s.io/apiserver/pkg/server/genericapiserver.go.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cluster_engine.apiserver import allocation, component_statuses, openapi, openid, storage
from cluster_engine.apiserver.attributes import LOOPBACK, Gates, User
from cluster_engine.apiserver.audit import AuditLog, Trace
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.custom_resources import CustomResources
from cluster_engine.apiserver.discovery import Discovery
from cluster_engine.apiserver.fairness import Fairness
from cluster_engine.apiserver.front import Front
from cluster_engine.apiserver.http import HttpRequest, HttpResponse
from cluster_engine.apiserver.local import LocalClient
from cluster_engine.apiserver.nodes import NodeConnector, NoNodes
from cluster_engine.apiserver.pipeline import Permissions
from cluster_engine.apiserver.schemas import Schemas
from cluster_engine.apiserver.tokens import TokenIssuer
from cluster_engine.apiserver.webhook_call import Closed, Connector
from cluster_engine.kernel.chance import Chance
from cluster_engine.kernel.clock import Clock
from cluster_engine.kernel.signals import Signals
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.resources.registry import Registry
from cluster_engine.store.mvcc import Store
from cluster_engine.store.record import Record


@dataclass
class Extensions:
    """What is plugged in: `nodes` reaches kubelets, `connector` reaches webhooks, `tokens` signs ServiceAccount tokens,
    `gone` hears of every object deleted for good,
    `written` of every write of an object of one kind (by `plural.group`).

    `failing(check)` tells why a health check fails; `components()` which parts of the control plane there are and whether each runs.
    `virtual`: verbs of kinds that are not stored, by (`plural.group`, verb): reviews, metrics, component statuses.
    """

    nodes: NodeConnector = field(default_factory=NoNodes)
    tokens: TokenIssuer | None = None
    failing: Callable[[str], str] = lambda check: ""
    components: Callable[[], Mapping[str, bool]] = dict
    virtual: dict[tuple[str, str], Callable[["APIServer", Call], Outcome]] = field(default_factory=dict)
    connector: Connector = field(default_factory=Closed)
    gone: list[Callable[[Call, Record], None]] = field(default_factory=list)
    written: dict[str, Callable[[Call, Record], None]] = field(default_factory=dict)


class APIServer:
    """One cluster's API server. Not thread-safe: the thread that owns the store owns it too.

    `stopwatch` measures how long stages take; it is the host's monotonic clock where there is one.
    """

    def __init__(
        self, name: str, store: Store, registry: Registry, clock: Clock, chance: Chance, signals: Signals, *,
        gates: Gates | None = None, extensions: Extensions | None = None, stopwatch: Callable[[], float] | None = None,
    ) -> None:  # fmt: skip
        self.name, self.store, self.registry, self.clock, self.chance, self.signals = name, store, registry, clock, chance, signals
        self.gates = gates or Gates()
        self.extensions = extensions or Extensions()
        self.stopwatch = stopwatch or clock.now
        self.schemas = Schemas()
        self.audit = AuditLog()
        self.fairness = Fairness(self)
        self.permissions = Permissions(self.gates.authorizer)
        self.watching = 0
        self._requests = 0
        self.discovery = Discovery(registry)
        self.loopback = self.client("apiserver", LOOPBACK.name, LOOPBACK.groups, manager="kube-apiserver")
        self.front = Front(self)
        self.custom = CustomResources(self)
        component_statuses.serve(self)

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one HTTP request; never raises."""
        return self.front.handle(request)

    def client(self, component: str, user: str, groups: tuple[str, ...] = (), *, manager: str = "") -> LocalClient:
        """The API for a component inside the process, as a named user."""
        return LocalClient(self, component, User(user, groups_of(user, groups)), manager or manager_of(component, user))

    def request_id(self) -> str:
        """An id that joins a request to its signals and its revision."""
        self._requests += 1
        return f"{self.name}-{self._requests}"

    def trace(self, method: str, target: str, component: str, user: str = "") -> Trace:
        return Trace(self.request_id(), self.clock.now(), method, target, component, user)

    def failing(self, check: str) -> str:
        """Why a health check fails; "" when it does not."""
        return self.extensions.failing(check)

    def openapi(self, request: HttpRequest) -> HttpResponse | None:
        """The OpenAPI documents; None for a path that is none of them."""
        return openapi.answer(self, request)

    def openid(self, path: str) -> Manifest | None:
        """The documents by which others check ServiceAccount tokens."""
        return openid.document(self.extensions.tokens, path) if self.extensions.tokens is not None else None

    def gone(self, call: Call, old: Record) -> Record:
        """Delete `old` for good and tell who needs to know."""
        removed = storage.remove(self, call, old)
        allocation.released(self, call, old)
        for hear in self.extensions.gone:
            hear(call, old)
        return removed


def groups_of(user: str, groups: tuple[str, ...]) -> tuple[str, ...]:
    """The groups that a user is in by its name alone, added to those given."""
    found = list(groups)
    if user.startswith("system:serviceaccount:"):
        namespace = user.split(":")[2]
        found += ["system:serviceaccounts", f"system:serviceaccounts:{namespace}"]
    if user.startswith("system:node:"):
        found.append("system:nodes")
    return tuple(dict.fromkeys([*found, "system:authenticated"]))


def manager_of(component: str, user: str) -> str:
    """The program that a component is part of, which is who owns the fields it writes."""
    if user.startswith("system:serviceaccount:kube-system:") or user == "system:kube-controller-manager":
        return "kube-controller-manager"
    return "kubelet" if user.startswith("system:node:") else component
