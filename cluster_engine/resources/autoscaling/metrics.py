"""The metrics of an autoscaler and their targets. Models validateMetrics in pkg/apis/autoscaling/validation."""

from cluster_engine.machinery import quantity, selectors
from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required
from cluster_engine.resources.kind import Manifest

SOURCES = {"ContainerResource": "containerResource", "External": "external", "Object": "object", "Pods": "pods", "Resource": "resource"}
TARGETS = ("Utilization", "Value", "AverageValue")


def validate_metrics(spec: Manifest, path: str, found: Errors) -> None:
    metrics = spec.get("metrics") or []
    scales_to_zero = any(m.get("type") in ("Object", "External") for m in metrics)
    for index, metric in enumerate(metrics):
        _validate_metric(metric, f"{path}[{index}]", found)
    if spec.get("minReplicas") == 0 and not scales_to_zero:
        found.append(forbidden(path, "must specify at least one Object or External metric to support scaling to zero replicas"))


def _validate_metric(metric: Manifest, path: str, found: Errors) -> None:
    type_ = metric.get("type", "")
    if not type_:
        found.append(required(f"{path}.type", "must specify a metric source type"))
    elif type_ not in SOURCES:
        found.append(not_supported(f"{path}.type", type_, SOURCES))
    for name, field in SOURCES.items():
        source = metric.get(field)
        if source is None:
            continue
        if type_ != name and type_ in SOURCES:
            continue
        _validate_source(name, source, f"{path}.{field}", found)
    present = [f for f in SOURCES.values() if metric.get(f) is not None]
    expected = SOURCES.get(type_)
    if type_ and expected is None:
        found.append(not_supported(f"{path}.type", type_, SOURCES))
        return
    if expected is not None and expected not in present:
        found.append(required(f"{path}.{expected}", "must populate information for the given metric source"))
    elif expected is not None:
        for field in present:
            if field != expected:
                found.append(forbidden(f"{path}.{field}", "must populate the given metric source only"))


def _validate_source(name: str, source: Manifest, path: str, found: Errors) -> None:
    target = source.get("target") or {}
    if name in ("Resource", "ContainerResource"):
        if not source.get("name"):
            found.append(required(f"{path}.name", "must specify a resource name"))
        if name == "ContainerResource" and not source.get("container"):
            found.append(required(f"{path}.container", "must specify a container name"))
        _validate_resource_target(target, f"{path}.target", found)
        return
    if name == "Object":
        validate_reference(source.get("describedObject") or {}, f"{path}.describedObject", found)
    _validate_identifier(source.get("metric") or {}, f"{path}.metric", found)
    _validate_target(target, f"{path}.target", found)
    _validate_needed(name, target, f"{path}.target", found)


def _validate_identifier(metric: Manifest, path: str, found: Errors) -> None:
    name = metric.get("name", "")
    if not name:
        found.append(required(f"{path}.name", "must specify a metric name"))
    elif "/" in name or "%" in name or name in (".", ".."):
        found.append(
            invalid(f"{path}.name", name, "may not contain '/'" if "/" in name else f"may not be '{name}'" if name.strip(".") == "" else "may not contain '%'")
        )
    if metric.get("selector") is not None:
        found += selectors.validate(metric["selector"], f"{path}.selector")


def _positive(value: object) -> bool:
    return quantity.parse(str(value)).milli > 0


def _validate_target(target: Manifest, path: str, found: Errors) -> None:
    type_ = target.get("type", "")
    if not type_:
        found.append(required(f"{path}.type", "must specify a metric target type"))
    if type_ not in TARGETS:
        found.append(invalid(f"{path}.type", type_, "must be either Utilization, Value, or AverageValue"))
    for field in ("value", "averageValue"):
        if target.get(field) is not None and not _positive(target[field]):
            found.append(invalid(f"{path}.{field}", str(target[field]), "must be positive"))
    if target.get("averageUtilization") is not None and target["averageUtilization"] < 1:
        found.append(invalid(f"{path}.averageUtilization", target["averageUtilization"], "must be greater than 0"))


def _validate_resource_target(target: Manifest, path: str, found: Errors) -> None:
    _validate_target(target, path, found)
    utilization, average = target.get("averageUtilization"), target.get("averageValue")
    if utilization is None and average is None:
        found.append(required(f"{path}.averageUtilization", "must set either a target raw value or a target utilization"))
    if utilization is not None and average is not None:
        found.append(forbidden(f"{path}.averageValue", "may not set both a target raw value and a target utilization"))


def _validate_needed(name: str, target: Manifest, path: str, found: Errors) -> None:
    """Each source wants its own kind of target."""
    value, average = target.get("value"), target.get("averageValue")
    if name == "Pods":
        if average is None or not _positive(average):
            found.append(required(f"{path}.averageValue", "must specify a positive target averageValue"))
    elif name == "Object":
        if value is None and average is None:
            found.append(required(f"{path}.averageValue", "must set either a target value or averageValue"))
    else:
        if value is None and average is None:
            found.append(required(f"{path}.averageValue", "must set either a target value for metric or a per-pod target"))
        if value is not None and average is not None:
            found.append(forbidden(f"{path}.value", "may not set both a target value for metric and a per-pod target"))


def validate_reference(reference: Manifest, path: str, found: Errors, group_required: bool = False) -> None:
    for field in ("kind", "name"):
        text = reference.get(field, "")
        if not text:
            found.append(required(f"{path}.{field}"))
        else:
            for message in _path_segment(text):
                found.append(invalid(f"{path}.{field}", text, message))
    version = reference.get("apiVersion", "")
    if version.count("/") > 1:
        found.append(invalid(f"{path}.apiVersion", version, f"unexpected GroupVersion string: {version}"))
    elif group_required and "/" not in version and not (version == "v1" and reference.get("kind") == "ReplicationController"):
        found.append(invalid(f"{path}.apiVersion", version, "apiVersion must specify API group"))


def _path_segment(text: str) -> list[str]:
    if text in (".", ".."):
        return [f"may not be '{text}'"]
    return [f"may not contain '{c}'" for c in "/%" if c in text]
