"""ReplicationController: the ancestor of ReplicaSet, still served.

Models pkg/registry/core/replicationcontroller/strategy.go.
"""

from typing import Any

from cluster_engine.resources.core.pod_template import default_pod_template
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, ScalePaths, status_subresource
from cluster_engine.resources.table import AGE, CONTAINERS, CORE, IMAGES, NAME, age, containers_text, labels_text


def default(controller: Manifest) -> None:
    spec = controller.setdefault("spec", {})
    template = spec.get("template")
    if template is not None:
        default_pod_template(spec)
        labels = template["metadata"].get("labels")
        if labels:
            if not spec.get("selector"):
                spec["selector"] = dict(labels)
            if not controller["metadata"].get("labels"):
                controller["metadata"]["labels"] = dict(labels)
    if spec.get("replicas") is None:
        spec["replicas"] = 1
    controller.setdefault("status", {}).setdefault("replicas", 0)


def prepare_create(controller: Manifest, request: Request) -> None:
    controller["status"] = {"replicas": 0}


def prepare_update(controller: Manifest, old: Manifest, request: Request) -> None:
    controller["status"] = old.get("status", {"replicas": 0})


def row(controller: Manifest, now: float) -> list[Any]:
    spec, status = controller.get("spec") or {}, controller.get("status") or {}
    names, images = containers_text((spec.get("template") or {}).get("spec") or {})
    return [
        controller["metadata"].get("name", ""),
        spec.get("replicas", 0),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        age(controller, now),
        names,
        images,
        labels_text(spec.get("selector")),
    ]


KIND = Kind(
    group="",
    kind="ReplicationController",
    plural="replicationcontrollers",
    short_names=("rc",),
    categories=("all",),
    storage_prefix="controllers",
    has_generation=True,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    columns=(
        NAME,
        Column("Desired", type="integer", described_by=CORE + "ReplicationControllerSpec.replicas"),
        Column("Current", type="integer", described_by=CORE + "ReplicationControllerStatus.replicas"),
        Column("Ready", type="integer", described_by=CORE + "ReplicationControllerStatus.readyReplicas"),
        AGE,
        CONTAINERS,
        IMAGES,
        Column("Selector", priority=1, described_by=CORE + "ReplicationControllerSpec.selector"),
    ),
    row=row,
    selectable={"status.replicas": lambda c: str((c.get("status") or {}).get("replicas", 0))},
    subresources={"status": status_subresource()},
    scale=ScalePaths(),
    default_propagation="Orphan",
)
