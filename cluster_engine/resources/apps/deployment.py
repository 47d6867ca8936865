"""Deployment: many equal pods, replaced step by step when their template changes.

Models pkg/registry/apps/deployment/strategy.go and pkg/apis/apps/v1/defaults.go (SetDefaults_Deployment).
"""

from typing import Any

from cluster_engine.resources.core.pod_template import default_pod_template
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, ScalePaths, status_subresource
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


def prepare_update(deployment: Manifest, old: Manifest, request: Request) -> None:
    deployment["status"] = old.get("status", {})


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
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
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
    subresources={"status": status_subresource()},
    scale=ScalePaths(),
)
