"""StatefulSet: pods with names, order and storage of their own.

Models pkg/registry/apps/statefulset/strategy.go and pkg/apis/apps/v1/defaults.go (SetDefaults_StatefulSet).
"""

from typing import Any

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required
from cluster_engine.resources.apps.workload import (
    is_zero,
    validate_collisions,
    validate_counts,
    validate_not_over_100,
    validate_portion,
    validate_selector_and_template,
)
from cluster_engine.resources.checks import label, non_negative
from cluster_engine.resources.core.claim_spec import claim_warnings, validate_claim_spec
from cluster_engine.resources.core.persistentvolumeclaim import default as default_claim
from cluster_engine.resources.core.pod.features import drop_disabled
from cluster_engine.resources.core.pod.warnings import template_warnings
from cluster_engine.resources.core.pod_template import default_pod_template
from cluster_engine.resources.core.shape import printed
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
    if strategy["type"] == "RollingUpdate" and (rolling := strategy.get("rollingUpdate")) is not None and rolling.get("partition") is None:
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
    stateful_set.setdefault("status", {}).setdefault("replicas", 0)


def prepare_create(stateful_set: Manifest, request: Request) -> None:
    stateful_set["status"] = {"replicas": 0, "availableReplicas": 0}
    drop_disabled(stateful_set["spec"]["template"]["spec"])


def prepare_update(stateful_set: Manifest, old: Manifest, request: Request) -> None:
    stateful_set["status"] = old.get("status", {"replicas": 0})
    drop_disabled(stateful_set["spec"]["template"]["spec"])


POLICIES = ("OrderedReady", "Parallel")
RETENTION = ("Retain", "Delete")
MUTABLE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
FIXED = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
    "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def validate(stateful_set: Manifest) -> Errors:
    found: Errors = []
    spec = stateful_set.get("spec") or {}
    policy = spec.get("podManagementPolicy")
    if not policy:
        found.append(required("spec.podManagementPolicy"))
    elif policy not in POLICIES:
        found.append(invalid("spec.podManagementPolicy", policy, f"must be '{POLICIES[0]}' or '{POLICIES[1]}'"))
    _validate_strategy(spec.get("updateStrategy") or {}, found)
    for name, value in (spec.get("persistentVolumeClaimRetentionPolicy") or {}).items():
        if value not in RETENTION:
            found.append(not_supported(f"spec.persistentVolumeClaimRetentionPolicy.{name}", value, RETENTION))
    non_negative("spec.replicas", spec.get("replicas"), found)
    non_negative("spec.minReadySeconds", spec.get("minReadySeconds"), found)
    non_negative("spec.ordinals.start", (spec.get("ordinals") or {}).get("start"), found)
    validate_selector_and_template(_with_claims(spec), "StatefulSet", "statefulset", found, wrong="")
    return found


def _with_claims(spec: Manifest) -> Manifest:
    """The spec as its pods will see it: each claim template is a volume, in place of one of the same name."""
    template, claims = spec.get("template"), spec.get("volumeClaimTemplates")
    if not template or not claims:
        return spec
    claimed = [str((c.get("metadata") or {}).get("name", "")) for c in claims]
    pod = template.get("spec") or {}
    volumes = [v for v in pod.get("volumes") or () if v.get("name") not in claimed]
    volumes += [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in claimed]
    return {**spec, "template": {**template, "spec": {**pod, "volumes": volumes}}}


def validate_create(stateful_set: Manifest) -> Errors:
    """Older sets may break these rules, so only new ones are held to them."""
    found: Errors = []
    spec = stateful_set.get("spec") or {}
    if service := spec.get("serviceName"):
        label("spec.serviceName", service, found)
    for i, claim in enumerate(spec.get("volumeClaimTemplates") or ()):
        validate_claim_spec(claim.get("spec") or {}, f"spec.volumeClaimTemplates[{i}].spec", found)
    return found


def _validate_strategy(strategy: Manifest, found: Errors) -> None:
    kind, rolling = strategy.get("type", ""), strategy.get("rollingUpdate")
    if not kind:
        found.append(required("spec.updateStrategy"))
    elif kind == "OnDelete":
        if rolling is not None:
            found.append(
                invalid("spec.updateStrategy.rollingUpdate", printed("RollingUpdateStatefulSet", rolling), "only allowed for updateStrategy 'RollingUpdate'")
            )
    elif kind != "RollingUpdate":
        found.append(invalid("spec.updateStrategy", printed("StatefulSetUpdateStrategy", strategy), "must be 'RollingUpdate' or 'OnDelete'"))
    elif rolling is not None:
        path = "spec.updateStrategy.rollingUpdate"
        non_negative(f"{path}.partition", rolling.get("partition"), found)
        unavailable = rolling.get("maxUnavailable")
        if unavailable is not None:
            validate_portion(unavailable, f"{path}.maxUnavailable", found)
            if is_zero(unavailable):
                found.append(invalid(f"{path}.maxUnavailable", unavailable, "cannot be 0"))
            validate_not_over_100(unavailable, f"{path}.maxUnavailable", found)


def validate_update(stateful_set: Manifest, old: Manifest) -> Errors:
    """Names, storage and identity of the pods are fixed at birth."""
    new_spec, old_spec = stateful_set.get("spec") or {}, old.get("spec") or {}
    if any(new_spec.get(k) != old_spec.get(k) for k in new_spec.keys() | old_spec.keys() if k not in MUTABLE):
        return [forbidden("spec", FIXED)]
    return []


def warnings(stateful_set: Manifest, old: Manifest | None) -> list[str]:
    spec, found = stateful_set.get("spec") or {}, template_warnings(stateful_set, old)
    for i, claim in enumerate(spec.get("volumeClaimTemplates") or ()):
        found += claim_warnings(claim.get("spec") or {}, f"spec.volumeClaimTemplates[{i}].Spec")
    if spec.get("revisionHistoryLimit", 0) < 0:
        found.append("spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended")
    return found


STATUS = ("replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas", "observedGeneration")


def validate_status(stateful_set: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    status = stateful_set.get("status") or {}
    validate_counts(status, STATUS, found)
    replicas = status.get("replicas", 0)
    for name in STATUS[1:5]:
        if status.get(name, 0) > replicas:
            found.append(invalid(f"status.{name}", status.get(name, 0), "cannot be greater than status.replicas"))
    if status.get("availableReplicas", 0) > status.get("readyReplicas", 0):
        found.append(invalid("status.availableReplicas", status.get("availableReplicas", 0), "cannot be greater than status.readyReplicas"))
    validate_collisions(status, old.get("status") or {}, found)
    return found


def row(stateful_set: Manifest, now: float) -> list[Any]:
    spec, status = stateful_set.get("spec") or {}, stateful_set.get("status") or {}
    containers, images = containers_text((spec.get("template") or {}).get("spec") or {})
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    return [stateful_set["metadata"].get("name", ""), ready, age(stateful_set, now), containers, images]


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
    validate=validate,
    validate_create=validate_create,
    validate_name=names.dns_label_name,
    validate_update=validate_update,
    warnings=warnings,
    columns=(NAME, Column("Ready", "Number of the pod with ready state"), AGE, CONTAINERS, IMAGES),
    row=row,
    subresources={"status": status_subresource(validate=validate_status)},
    scale=ScalePaths(),
)
