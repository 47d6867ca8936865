"""Deployment: many equal pods, replaced step by step when their template changes.

Models pkg/registry/apps/deployment/strategy.go and pkg/apis/apps/v1/defaults.go (SetDefaults_Deployment).
"""

from typing import Any

from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required
from cluster_engine.resources.apps.workload import (
    is_zero,
    validate_collisions,
    validate_not_over_100,
    validate_portion,
    validate_replica_status,
    validate_same_selector,
    validate_selector_and_template,
)
from cluster_engine.resources.checks import non_negative
from cluster_engine.resources.core.pod.features import drop_disabled
from cluster_engine.resources.core.pod.warnings import named_template_warnings
from cluster_engine.resources.core.pod_template import default_pod_template
from cluster_engine.resources.core.shape import printed
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, ScalePaths, Subresource, spec_differs
from cluster_engine.resources.table import AGE, APPS, CONTAINERS, IMAGES, NAME, age, containers_text, selector_text


def default(deployment: Manifest) -> None:
    spec = deployment.setdefault("spec", {})
    default_pod_template(spec)
    if spec.get("replicas") is None:
        spec["replicas"] = 1
    strategy = spec.setdefault("strategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        for name in ("maxUnavailable", "maxSurge"):
            if rolling.get(name) is None:
                rolling[name] = "25%"
    if spec.get("revisionHistoryLimit") is None:
        spec["revisionHistoryLimit"] = 10
    if spec.get("progressDeadlineSeconds") is None:
        spec["progressDeadlineSeconds"] = 600
    deployment.setdefault("status", {})


def prepare_create(deployment: Manifest, request: Request) -> None:
    deployment["status"] = {}
    drop_disabled(deployment["spec"]["template"]["spec"])


def prepare_update(deployment: Manifest, old: Manifest, request: Request) -> None:
    deployment["status"] = old.get("status", {})
    drop_disabled(deployment["spec"]["template"]["spec"])


def new_generation(new: Manifest, before: Manifest) -> bool:
    """Annotations count: they go on to the ReplicaSets."""
    return spec_differs(new, before) or (new["metadata"].get("annotations") or {}) != (before["metadata"].get("annotations") or {})


def validate(deployment: Manifest) -> Errors:
    found: Errors = []
    spec = deployment.get("spec") or {}
    non_negative("spec.replicas", spec.get("replicas"), found)
    validate_selector_and_template(spec, "ReplicaSet", "deployment", found)
    _validate_strategy(spec.get("strategy") or {}, found)
    ready = spec.get("minReadySeconds", 0)
    non_negative("spec.minReadySeconds", ready, found)
    non_negative("spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"), found)
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None:
        non_negative("spec.progressDeadlineSeconds", deadline, found)
        if deadline <= ready:
            found.append(invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
    return found


def _validate_strategy(strategy: Manifest, found: Errors) -> None:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            found.append(forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'"))
    elif kind == "RollingUpdate":
        if rolling is None:
            found.append(required("spec.strategy.rollingUpdate", "this should be defaulted and never be nil"))
        else:
            _validate_rolling(rolling, "spec.strategy.rollingUpdate", found)
    else:
        found.append(not_supported("spec.strategy", printed("DeploymentStrategy", strategy), ("Recreate", "RollingUpdate")))


def _validate_rolling(rolling: Manifest, path: str, found: Errors) -> None:
    unavailable, surge = rolling.get("maxUnavailable", 0), rolling.get("maxSurge", 0)
    validate_portion(unavailable, f"{path}.maxUnavailable", found)
    validate_portion(surge, f"{path}.maxSurge", found)
    if is_zero(unavailable) and is_zero(surge):
        found.append(invalid(f"{path}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0"))
    validate_not_over_100(unavailable, f"{path}.maxUnavailable", found)


def validate_update(deployment: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    validate_same_selector(deployment, old, found)
    return found


BELOW = ("updatedReplicas", "readyReplicas", "availableReplicas")


def validate_status(deployment: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    status = deployment.get("status") or {}
    validate_replica_status(status, BELOW, found)
    unavailable = status.get("unavailableReplicas", 0)
    non_negative("status.unavailableReplicas", unavailable, found)
    validate_collisions(status, old.get("status") or {}, found)
    return found


def row(deployment: Manifest, now: float) -> list[Any]:
    spec, status = deployment.get("spec") or {}, deployment.get("status") or {}
    names, images = containers_text((spec.get("template") or {}).get("spec") or {})
    return [
        deployment["metadata"].get("name", ""),
        f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}",
        status.get("updatedReplicas", 0),
        status.get("availableReplicas", 0),
        age(deployment, now),
        names,
        images,
        selector_text(spec.get("selector")),
    ]


KIND = Kind(
    group="apps",
    kind="Deployment",
    plural="deployments",
    short_names=("deploy",),
    categories=("all",),
    has_generation=True,
    new_generation=new_generation,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    warnings=named_template_warnings,
    columns=(
        NAME,
        Column("Ready", "Number of the pod with ready state"),
        Column("Up-to-date", described_by=APPS + "DeploymentStatus.updatedReplicas"),
        Column("Available", described_by=APPS + "DeploymentStatus.availableReplicas"),
        AGE,
        CONTAINERS,
        IMAGES,
        Column("Selector", priority=1, described_by=APPS + "DeploymentSpec.selector"),
    ),
    row=row,
    subresources={"status": Subresource("status", validate=validate_status, reset=("spec", "metadata.labels"))},
    scale=ScalePaths(),
)
