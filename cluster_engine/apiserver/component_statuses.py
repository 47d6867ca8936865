"""ComponentStatuses: how the parts of the control plane are, asked at the moment of the request; nothing of it is stored.

Models pkg/registry/core/componentstatus.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cluster_engine.apiserver.call import Call, Outcome, Page
from cluster_engine.apiserver.metrics_api import unstored
from cluster_engine.apiserver.selection import select
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import not_found

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

RESOURCE = "componentstatuses"
PORTS = {"scheduler": 10259, "controller-manager": 10257}


def serve(server: "APIServer") -> None:
    """Answer for the components that the server's extensions know."""
    server.extensions.virtual[(RESOURCE, "list")] = listed
    server.extensions.virtual[(RESOURCE, "get")] = one


def listed(server: "APIServer", call: Call) -> Outcome:
    selection = select(call)
    found = [status_of(n, running) for n, running in sorted(components(server).items())]
    return Outcome(listed=Page([unstored(s) for s in found if selection is None or selection.matches(s)], 0))


def one(server: "APIServer", call: Call) -> Outcome:
    running = components(server).get(call.name)
    if running is None:
        raise not_found("", RESOURCE, call.name)
    return Outcome(manifest=status_of(call.name, running))


def components(server: "APIServer") -> Mapping[str, bool]:
    """Which parts there are, and whether each runs; the store is there or nobody could ask."""
    return {"etcd-0": True, **server.extensions.components()}


def status_of(name: str, running: bool) -> Manifest:
    """A part as a ComponentStatus."""
    condition: Manifest = {"type": "Healthy", "status": "True", "message": "ok"}
    if not running:
        port = PORTS.get(name, 0)
        error = f'Get "https://127.0.0.1:{port}/healthz": dial tcp 127.0.0.1:{port}: connect: connection refused'
        condition = {"type": "Healthy", "status": "False", "message": error}
    return {"kind": "ComponentStatus", "apiVersion": "v1", "metadata": {"name": name}, "conditions": [condition]}
