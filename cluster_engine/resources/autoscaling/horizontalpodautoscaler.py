"""HorizontalPodAutoscaler: as many pods as the load asks for.

Models pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go and pkg/apis/autoscaling/{v2/defaults.go,validation}.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.resources.autoscaling.behavior import default_behavior, validate_behavior
from cluster_engine.resources.autoscaling.convert import from_v2, to_v2
from cluster_engine.resources.autoscaling.metrics import validate_metrics, validate_reference
from cluster_engine.resources.checks import non_negative
from cluster_engine.resources.kind import Column, Conversion, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, NAME, NONE, UNKNOWN, UNSET, age

V2 = "io.k8s.api.autoscaling.v2."
SHOWN = 2


def default(scaler: Manifest) -> None:
    spec = scaler.setdefault("spec", {})
    if spec.get("minReplicas") is None:
        spec["minReplicas"] = 1
    if not spec.get("metrics"):
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}]
    default_behavior(spec)
    status = scaler.setdefault("status", {})
    status.setdefault("desiredReplicas", 0)
    status.setdefault("currentMetrics", None)


def prepare_create(scaler: Manifest, request: Request) -> None:
    scaler["status"] = {"desiredReplicas": 0, "currentMetrics": None}


def prepare_update(scaler: Manifest, old: Manifest, request: Request) -> None:
    scaler["status"] = old.get("status", {})


def validate(scaler: Manifest) -> Errors:
    found: Errors = []
    spec = scaler.get("spec") or {}
    least, most = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    if least is not None and least < 1:
        found.append(invalid("spec.minReplicas", least, "must be greater than or equal to 1"))
    if most < 1:
        found.append(required("spec.maxReplicas", "must be set and greater than 0"))
    if least is not None and most < least:
        found.append(invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"))
    validate_reference(spec.get("scaleTargetRef") or {}, "spec.scaleTargetRef", found, group_required=True)
    validate_metrics(spec, "spec.metrics", found)
    if spec.get("behavior") is not None:
        validate_behavior(spec["behavior"], "spec.behavior", found)
    return found


def validate_status(scaler: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    for name in ("currentReplicas", "desiredReplicas"):
        non_negative(f"status.{name}", (scaler.get("status") or {}).get(name), found)
    return found


def row(scaler: Manifest, now: float) -> list[Any]:
    spec, status = scaler.get("spec") or {}, scaler.get("status") or {}
    reference = spec.get("scaleTargetRef") or {}
    least = spec.get("minReplicas")
    return [
        scaler["metadata"].get("name", ""), f"{reference.get('kind', '')}/{reference.get('name', '')}", targets(spec, status),
        UNSET if least is None else str(least), spec.get("maxReplicas", 0), status.get("currentReplicas", 0), age(scaler, now),
    ]  # fmt: skip


def targets(spec: Manifest, status: Manifest) -> str:
    """`cpu: 12%/80%, memory: <unknown>/100Mi`, at most SHOWN of them."""
    wanted, current = spec.get("metrics") or [], status.get("currentMetrics") or []
    if not wanted:
        return NONE
    texts = [_target(metric, current[i] if i < len(current) else {}) for i, metric in enumerate(wanted)]
    if len(texts) > SHOWN:
        return ", ".join(texts[:SHOWN]) + f" + {len(texts) - SHOWN} more..."
    return ", ".join(texts)


def _target(metric: Manifest, current: Manifest) -> str:
    type_ = metric.get("type", "")
    field = type_[:1].lower() + type_[1:]
    source, now = metric.get(field) or {}, (current.get(field) or {}).get("current") or {}
    target = source.get("target") or {}
    prefix = f"{source['name']}: " if type_ in ("Resource", "ContainerResource") else ""
    if target.get("averageUtilization") is not None:
        used = now.get("averageUtilization")
        return f"{prefix}{UNKNOWN if used is None else f'{used}%'}/{target['averageUtilization']}%"
    if target.get("averageValue") is not None:
        suffix = " (avg)" if type_ in ("Object", "External") else ""
        return f"{prefix}{now.get('averageValue', UNKNOWN)}/{target['averageValue']}{suffix}"
    return f"{now.get('value', UNKNOWN)}/{target.get('value', '')}"


KIND = Kind(
    group="autoscaling",
    kind="HorizontalPodAutoscaler",
    plural="horizontalpodautoscalers",
    versions=("v2", "v1"),
    short_names=("hpa",),
    categories=("all",),
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    conversions={"v1": Conversion(to_v2, from_v2)},
    columns=(
        NAME,
        Column("Reference", described_by=V2 + "HorizontalPodAutoscalerSpec.scaleTargetRef"),
        Column("Targets", described_by=V2 + "HorizontalPodAutoscalerSpec.metrics"),
        Column("MinPods", described_by=V2 + "HorizontalPodAutoscalerSpec.minReplicas"),
        Column("MaxPods", described_by=V2 + "HorizontalPodAutoscalerSpec.maxReplicas"),
        Column("Replicas", described_by=V2 + "HorizontalPodAutoscalerStatus.currentReplicas"),
        AGE,
    ),
    row=row,
    subresources={"status": status_subresource(validate=validate_status)},
)
