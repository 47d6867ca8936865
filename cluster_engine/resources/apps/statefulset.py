"""StatefulSet: pods with names, order and storage of their own.

Models pkg/registry/apps/statefulset/strategy.go and pkg/apis/apps/v1/defaults.go (SetDefaults_StatefulSet).
"""

from typing import Any

from cluster_engine.resources.core.persistentvolumeclaim import default as default_claim
from cluster_engine.resources.core.pod_template import default_pod_template
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, ScalePaths, status_subresource
from cluster_engine.resources.table import AGE, CONTAINERS, IMAGES, NAME, age, containers_text


def default(stateful_set: Manifest) -> None:
    spec = stateful_set.setdefault("spec", {})
    default_pod_template(spec)
    if not spec.get("podManagementPolicy"):
        spec["podManagementPolicy"] = "OrderedReady"
    strategy = spec.setdefault("updateStrategy", {})
    if not strategy.get("type"):
        strategy["type"] = "RollingUpdate"
        strategy.setdefault("rollingUpdate", {})
    if strategy["type"] == "RollingUpdate" and (rolling := strategy.get("rollingUpdate")) is not None:
        if rolling.get("partition") is None:
            rolling["partition"] = 0
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    for name in ("whenDeleted", "whenScaled"):
        if not retention.get(name):
            retention[name] = "Retain"
    if spec.get("replicas") is None:
        spec["replicas"] = 1
    if spec.get("revisionHistoryLimit") is None:
        spec["revisionHistoryLimit"] = 10
    for claim in spec.get("volumeClaimTemplates") or ():
        claim.update(apiVersion="v1", kind="PersistentVolumeClaim")
        claim.setdefault("metadata", {})
        default_claim(claim)
    status = stateful_set.setdefault("status", {})
    status.setdefault("replicas", 0)


def prepare_create(stateful_set: Manifest, request: Request) -> None:
    stateful_set["status"] = {"replicas": 0}


def prepare_update(stateful_set: Manifest, old: Manifest, request: Request) -> None:
    stateful_set["status"] = old.get("status", {"replicas": 0})


def row(stateful_set: Manifest, now: float) -> list[Any]:
    spec, status = stateful_set.get("spec") or {}, stateful_set.get("status") or {}
    names, images = containers_text((spec.get("template") or {}).get("spec") or {})
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [stateful_set["metadata"].get("name", ""), ready, age(stateful_set, now), names, images]


KIND = Kind(
    group="apps",
    kind="StatefulSet",
    plural="statefulsets",
    short_names=("sts",),
    categories=("all",),
    has_generation=True,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    columns=(NAME, Column("Ready", "Number of the pod with ready state"), AGE, CONTAINERS, IMAGES),
    row=row,
    subresources={"status": status_subresource()},
    scale=ScalePaths(),
)
