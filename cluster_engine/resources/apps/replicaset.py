"""ReplicaSet: keeps a number of equal pods alive.

Models pkg/registry/apps/replicaset/strategy.go and pkg/apis/apps/v1/defaults.go (SetDefaults_ReplicaSet).
"""

from typing import Any

from cluster_engine.machinery.field import Errors
from cluster_engine.resources.apps.workload import validate_replica_status, validate_same_selector, validate_selector_and_template
from cluster_engine.resources.checks import non_negative
from cluster_engine.resources.core.pod.features import drop_disabled
from cluster_engine.resources.core.pod.warnings import named_template_warnings
from cluster_engine.resources.core.pod_template import default_pod_template
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, ScalePaths, status_subresource
from cluster_engine.resources.table import AGE, APPS, CONTAINERS, IMAGES, NAME, age, containers_text, selector_text


def default(replica_set: Manifest) -> None:
    spec = replica_set.setdefault("spec", {})
    default_pod_template(spec)
    if spec.get("replicas") is None:
        spec["replicas"] = 1
    replica_set.setdefault("status", {}).setdefault("replicas", 0)


def prepare_create(replica_set: Manifest, request: Request) -> None:
    replica_set["status"] = {"replicas": 0}
    drop_disabled(replica_set["spec"]["template"]["spec"])


def prepare_update(replica_set: Manifest, old: Manifest, request: Request) -> None:
    replica_set["status"] = old.get("status", {"replicas": 0})
    drop_disabled(replica_set["spec"]["template"]["spec"])


def validate(replica_set: Manifest) -> Errors:
    found: Errors = []
    spec = replica_set.get("spec") or {}
    non_negative("spec.replicas", spec.get("replicas"), found)
    non_negative("spec.minReadySeconds", spec.get("minReadySeconds"), found)
    validate_selector_and_template(spec, "ReplicaSet", "deployment", found)
    return found


def validate_update(replica_set: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    validate_same_selector(replica_set, old, found)
    return found


BELOW = ("fullyLabeledReplicas", "readyReplicas", "availableReplicas")


def validate_status(replica_set: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    validate_replica_status(replica_set.get("status") or {}, BELOW, found)
    return found


def row(replica_set: Manifest, now: float) -> list[Any]:
    spec, status = replica_set.get("spec") or {}, replica_set.get("status") or {}
    names, images = containers_text((spec.get("template") or {}).get("spec") or {})
    return [
        replica_set["metadata"].get("name", ""),
        spec.get("replicas", 0),
        status.get("replicas", 0),
        status.get("readyReplicas", 0),
        age(replica_set, now),
        names,
        images,
        selector_text(spec.get("selector")),
    ]


KIND = Kind(
    group="apps",
    kind="ReplicaSet",
    plural="replicasets",
    short_names=("rs",),
    categories=("all",),
    has_generation=True,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    warnings=named_template_warnings,
    columns=(
        NAME,
        Column("Desired", type="integer", described_by=APPS + "ReplicaSetSpec.replicas"),
        Column("Current", type="integer", described_by=APPS + "ReplicaSetStatus.replicas"),
        Column("Ready", type="integer", described_by=APPS + "ReplicaSetStatus.readyReplicas"),
        AGE,
        CONTAINERS,
        IMAGES,
        Column("Selector", priority=1, described_by=APPS + "ReplicaSetSpec.selector"),
    ),
    row=row,
    subresources={"status": status_subresource(validate=validate_status)},
    scale=ScalePaths(),
)
