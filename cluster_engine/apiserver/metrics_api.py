"""metrics.k8s.io: what nodes and pods use right now, for `kubectl top` and the pod autoscaler; nothing of it is stored.

Models sigs.k8s.io/metrics-server pkg/api. The numbers come from a `UsageSource`, which asks the kubelets.
"""

from typing import TYPE_CHECKING, Any, Protocol

import orjson

from cluster_engine.apiserver.call import Call, Outcome, Page
from cluster_engine.apiserver.selection import select
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.quantity import parse
from cluster_engine.machinery.status import not_found
from cluster_engine.resources.kind import Column, Kind
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

GROUP, VERSION = "metrics.k8s.io", "v1beta1"
KIBI = 1024


class UsageSource(Protocol):
    """The newest measurements as manifests of metrics.k8s.io/v1beta1, `kind` and `apiVersion` first."""

    def node_metrics(self, now: float) -> list[Manifest]: ...

    def pod_metrics(self, now: float, namespace: str = "") -> list[Manifest]:
        """Those of all namespaces when none is given."""


def _row(metrics: Manifest, now: float) -> list[Any]:
    usages = [metrics["usage"]] if "usage" in metrics else [c["usage"] for c in metrics["containers"]]
    cpu = sum(parse(u["cpu"]).milli for u in usages)
    memory = sum(parse(u["memory"]).milli for u in usages) // 1000 // KIBI
    return [metrics["metadata"]["name"], f"{cpu}m", f"{memory}Ki", metrics["window"]]


COLUMNS = (Column("Name", format="name"), Column("cpu"), Column("memory"), Column("Window", format="duration"))
NODES = Kind(group=GROUP, kind="NodeMetrics", plural="nodes", versions=(VERSION,), namespaced=False, verbs=("get", "list"), columns=COLUMNS, row=_row)
PODS = Kind(group=GROUP, kind="PodMetrics", plural="pods", versions=(VERSION,), verbs=("get", "list"), columns=COLUMNS, row=_row)


def serve(server: "APIServer", source: UsageSource) -> None:
    """Serve metrics.k8s.io from `source`."""

    def nodes(call: Call) -> list[Manifest]:
        return source.node_metrics(call.now)

    def pods(call: Call) -> list[Manifest]:
        return source.pod_metrics(call.now, call.namespace)

    for kind, find in ((NODES, nodes), (PODS, pods)):
        server.registry.add(kind)
        server.extensions.virtual[(kind.name, "list")] = lambda _, call, find=find: _listed(call, find(call))  # type: ignore[misc]
        server.extensions.virtual[(kind.name, "get")] = lambda _, call, find=find: _one(call, find(call))  # type: ignore[misc]


def _listed(call: Call, found: list[Manifest]) -> Outcome:
    selection = select(call)
    return Outcome(listed=Page([unstored(m) for m in found if selection is None or selection.matches(m)], 0))


def unstored(manifest: Manifest) -> Record:
    """A manifest that never was in the store, in the shape in which lists are answered."""
    return Record(0, "", orjson.dumps(manifest), create_revision=0, object=manifest)


def _one(call: Call, found: list[Manifest]) -> Outcome:
    for manifest in found:
        if manifest["metadata"]["name"] == call.name:
            return Outcome(manifest=manifest)
    raise not_found(call.kind.group, call.kind.plural, call.name)
