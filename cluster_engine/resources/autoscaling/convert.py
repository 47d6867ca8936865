"""The older version of an autoscaler: only a CPU target has a field, all else hides in annotations.

Models pkg/apis/autoscaling/v1/conversion.go.
"""

from typing import Any

import orjson

from cluster_engine.resources.kind import Manifest

PREFIX = "autoscaling.alpha.kubernetes.io/"
METRICS, BEHAVIOR, CONDITIONS, CURRENT = (PREFIX + n for n in ("metrics", "behavior", "conditions", "current-metrics"))
V1, V2 = "autoscaling/v1", "autoscaling/v2"


def to_v2(old: Manifest) -> Manifest:
    """A v1 manifest as v2."""
    spec, status = dict(old.get("spec") or {}), dict(old.get("status") or {})
    metrics = [_metric_to_v2(m) for m in _annotation(old, METRICS, [])]
    target = spec.pop("targetCPUUtilizationPercentage", None)
    if target is not None:
        metrics.append({"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": target}}})
    if metrics:
        spec["metrics"] = metrics
    behavior = _annotation(old, BEHAVIOR, None)
    if behavior:
        spec["behavior"] = _lower(behavior)
    current = [_current_to_v2(m) for m in _annotation(old, CURRENT, [])]
    used = status.pop("currentCPUUtilizationPercentage", None)
    if used is not None:
        current.append({"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": used}}})
    status["currentMetrics"] = current or None
    conditions = _annotation(old, CONDITIONS, None)
    if conditions:
        status["conditions"] = conditions
    return {**old, "apiVersion": V2, "metadata": _without_annotations(old), "spec": spec, "status": status}


def from_v2(new: Manifest) -> Manifest:
    """A v2 manifest as v1."""
    spec, status = dict(new.get("spec") or {}), dict(new.get("status") or {})
    notes: dict[str, Any] = {}
    others = []
    for metric in spec.pop("metrics", None) or ():
        target = (metric.get("resource") or {}).get("target") or {}
        if metric.get("type") == "Resource" and metric["resource"].get("name") == "cpu" and target.get("averageUtilization") is not None:
            spec["targetCPUUtilizationPercentage"] = target["averageUtilization"]
        else:
            others.append(_metric_to_v1(metric))
    if others:
        notes[METRICS] = others
    if behavior := spec.pop("behavior", None):
        notes[BEHAVIOR] = _upper(behavior)
    if conditions := status.pop("conditions", None):
        notes[CONDITIONS] = conditions
    _current_to_v1(status, notes)
    meta = dict(new.get("metadata") or {})
    if notes:
        meta["annotations"] = {**(meta.get("annotations") or {}), **{k: orjson.dumps(v).decode() for k, v in notes.items()}}
    status.setdefault("currentReplicas", 0)
    status.setdefault("desiredReplicas", 0)
    return {**new, "apiVersion": V1, "metadata": meta, "spec": spec, "status": status}


def _current_to_v1(status: Manifest, notes: dict[str, Any]) -> None:
    others = []
    for metric in status.pop("currentMetrics", None) or ():
        current = (metric.get("resource") or {}).get("current") or {}
        if metric.get("type") == "Resource" and metric["resource"].get("name") == "cpu" and current.get("averageUtilization") is not None:
            status["currentCPUUtilizationPercentage"] = current["averageUtilization"]
        others.append(metric)
    if others:
        notes[CURRENT] = others


def _annotation(manifest: Manifest, key: str, default: Any) -> Any:
    text = ((manifest.get("metadata") or {}).get("annotations") or {}).get(key)
    if not text:
        return default
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return default
    if isinstance(default, list):
        return [e for e in found if isinstance(e, dict)] if isinstance(found, list) else default
    return found if isinstance(found, dict) else default


def _without_annotations(manifest: Manifest) -> Manifest:
    meta = dict(manifest.get("metadata") or {})
    kept = {k: v for k, v in (meta.get("annotations") or {}).items() if k not in (METRICS, BEHAVIOR, CONDITIONS, CURRENT)}
    if kept:
        meta["annotations"] = kept
    else:
        meta.pop("annotations", None)
    return meta


def _metric_to_v2(metric: Manifest) -> Manifest:
    kind = metric.get("type", "")
    field = kind[:1].lower() + kind[1:]
    source = dict(metric.get(field) or {})
    target: Manifest = {}
    for old, name, type_ in (
        ("targetAverageUtilization", "averageUtilization", "Utilization"), ("targetAverageValue", "averageValue", "AverageValue"),
        ("averageValue", "averageValue", "AverageValue"), ("targetValue", "value", "Value"),
    ):  # fmt: skip
        if (value := source.pop(old, None)) is not None:
            target |= {name: value, "type": type_}
    made: Manifest = {"target": target}
    if kind == "Object":
        made["describedObject"] = source.pop("target", {})
    if "metricName" in source:
        selector = source.pop("selector", None) or source.pop("metricSelector", None)
        made["metric"] = {"name": source.pop("metricName")} | ({"selector": selector} if selector else {})
    return {"type": kind, field: {**source, **made}}


def _metric_to_v1(metric: Manifest) -> Manifest:
    kind = metric.get("type", "")
    field = kind[:1].lower() + kind[1:]
    source = dict(metric.get(field) or {})
    target = source.pop("target", None) or {}
    name = source.pop("metric", None) or {}
    if name:
        source["metricName"] = name.get("name", "")
        if name.get("selector"):
            source["metricSelector" if kind == "External" else "selector"] = name["selector"]
    if kind == "Object":
        source["target"] = source.pop("describedObject", {})
        source["targetValue"] = target.get("value", "0")
        if target.get("averageValue") is not None:
            source["averageValue"] = target["averageValue"]
        return {"type": kind, field: source}
    for new, old in (("averageUtilization", "targetAverageUtilization"), ("averageValue", "targetAverageValue"), ("value", "targetValue")):
        if target.get(new) is not None:
            source[old] = target[new]
    return {"type": kind, field: source}


def _current_to_v2(metric: Manifest) -> Manifest:
    return metric


def _upper(value: Any) -> Any:
    if isinstance(value, dict):
        return {k[:1].upper() + k[1:]: _upper(v) for k, v in value.items()}
    return [_upper(v) for v in value] if isinstance(value, list) else value


def _lower(value: Any) -> Any:
    if isinstance(value, dict):
        return {k[:1].lower() + k[1:]: _lower(v) for k, v in value.items() if v is not None}
    return [_lower(v) for v in value] if isinstance(value, list) else value
