"""An API server on a memory store, asked without sockets."""

import json
from typing import Any

from cluster_engine.apiserver.bootstrap import bootstrap
from cluster_engine.apiserver.http import HttpRequest, HttpResponse
from cluster_engine.apiserver.server import APIServer
from cluster_engine.kernel.chance import Chance
from cluster_engine.kernel.clock import VirtualClock
from cluster_engine.kernel.signals import Signals
from cluster_engine.resources.registry import builtin_registry
from cluster_engine.store.backend import MemoryBackend
from cluster_engine.store.mvcc import Store

ADMIN = ("kubernetes-admin", ("system:masters",))
MAPS = "/api/v1/namespaces/default/configmaps"


class Serving:
    """One server with its clock and store."""

    def __init__(self, *, window: int = 20_000) -> None:
        self.clock, self.store, self.signals = VirtualClock(), Store(MemoryBackend(), window), Signals()
        self.api = APIServer("test", self.store, builtin_registry(), self.clock, Chance(7), self.signals)
        bootstrap(self.api)
        self.store.flush()
        self.client = self.api.client("kubectl", "kubernetes-admin", ("system:masters",))

    def response(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """The response; header names are given with underscores."""
        route, _, query = path.partition("?")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        lower = {"content-type": "application/json"} | {k.replace("_", "-"): v for k, v in headers.items()}
        found = self.api.handle(HttpRequest(method, route, query, lower, data, ADMIN, "127.0.0.1"))
        self.store.flush()
        return found

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and parsed body."""
        found = self.response(method, path, body, **headers)
        return found.status, json.loads(found.body)

    def configmap(self, name: str, data: dict[str, str] | None = None, **meta: Any) -> dict[str, Any]:
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **meta}, "data": data or {"k": "v"}}
        status, made = self.ask("POST", MAPS, manifest)
        assert status == 201, made
        return dict(made)
