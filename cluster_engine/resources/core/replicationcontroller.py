"""ReplicationController: the ancestor of ReplicaSet, still served.

Models pkg/registry/core/replicationcontroller/strategy.go.
"""

from typing import Any

from cluster_engine.machinery import selectors
from cluster_engine.machinery.field import Errors, required
from cluster_engine.machinery.names import dns_subdomain_name
from cluster_engine.resources.apps.workload import validate_replica_status
from cluster_engine.resources.checks import non_negative
from cluster_engine.resources.core.pod.features import drop_disabled
from cluster_engine.resources.core.pod.warnings import named_template_warnings
from cluster_engine.resources.core.pod_template import default_pod_template, validate_owned_template
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
    if (template := controller["spec"].get("template")) is not None:
        drop_disabled(template["spec"])


def prepare_update(controller: Manifest, old: Manifest, request: Request) -> None:
    controller["status"] = old.get("status", {"replicas": 0})


def validate(controller: Manifest) -> Errors:
    found: Errors = []
    spec = controller.get("spec") or {}
    non_negative("spec.minReadySeconds", spec.get("minReadySeconds"), found)
    if not spec.get("selector"):
        found.append(required("spec.selector"))
    non_negative("spec.replicas", spec.get("replicas"), found)
    validate_owned_template(spec, "ReplicationController", found, selectors.from_map(spec.get("selector")))
    return found


def validate_name(name: str, generated: bool) -> list[str]:
    """This kind's name is judged by generated code, which counts bytes."""
    return [message.replace("253 characters", "253 bytes") for message in dns_subdomain_name(name, generated)]


BELOW = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas")


def validate_status(controller: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    validate_replica_status(controller.get("status") or {}, BELOW, found)
    return found


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
    validate=validate,
    validate_name=validate_name,
    warnings=named_template_warnings,
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
    subresources={"status": status_subresource(validate=validate_status)},
    scale=ScalePaths(),
    default_propagation="Orphan",
)
