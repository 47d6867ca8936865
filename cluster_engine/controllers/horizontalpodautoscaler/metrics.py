"""The metrics of an autoscaler, one by one: where the numbers come from, what they ask for, how the status shows them.

Models computeReplicasForMetric of pkg/controller/podautoscaler/horizontal.go.
"""

from dataclasses import dataclass
from typing import Any

from cluster_engine.controllers.horizontalpodautoscaler.proposal import NoMetric, propose, requests_by_pod, usage_by_pod
from cluster_engine.machinery.quantity import milli, of_milli
from cluster_engine.machinery.status import ApiError
from cluster_engine.reconcile.settings import Settings

Manifest = dict[str, Any]
REASONS = {
    "Resource": "FailedGetResourceMetric",
    "ContainerResource": "FailedGetContainerResourceMetric",
    "Pods": "FailedGetPodsMetric",
    "Object": "FailedGetObjectMetric",
    "External": "FailedGetExternalMetric",
}
APIS = {"Pods": "custom metrics API", "Object": "custom metrics API", "External": "external metrics API"}


@dataclass(frozen=True, slots=True)
class Target:
    """What is scaled: its present size, its pods, and how to ask for their metrics."""

    namespace: str
    selector: str
    replicas: int
    pods: list[Manifest]
    now: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What one metric asks for."""

    replicas: int
    name: str
    status: Manifest


def ask(metric: Manifest, target: Target, settings: Settings) -> Asked:
    """Raises NoMetric with the reason why the metric cannot be had."""
    if metric["type"] == "Resource":
        return _resource(metric["resource"], "", target, settings, "resource")
    if metric["type"] == "ContainerResource":
        body = metric["containerResource"]
        return _resource(body, body["container"], target, settings, "containerResource")
    return _other(metric, target, settings)


def _resource(body: Manifest, container: str, target: Target, settings: Settings, field: str) -> Asked:
    resource, goal = body["name"], body["target"]
    by_share = goal.get("averageUtilization") is not None
    unable = f"{_failed(resource, by_share)}unable to get metrics for resource {resource}:"
    try:
        metrics = settings.pod_metrics(target.namespace, target.selector)
    except ApiError as error:
        raise NoMetric(f"{unable} unable to fetch metrics from resource metrics API: {error.message}") from error
    if not metrics:
        raise NoMetric(f"{unable} no metrics returned from resource metrics API")
    usage = usage_by_pod(metrics, resource, container)
    if not by_share:
        shares = {p["metadata"]["name"]: milli(goal["averageValue"]) for p in target.pods}
        found = propose(target.pods, usage, shares, resource, target.replicas, target.now)
        shown: Manifest = {"averageValue": str(of_milli(found.average))}
        return Asked(found.replicas, f"{resource} resource", _status(field, body, shown))
    try:
        requests = requests_by_pod(target.pods, resource, container)
        shares = {name: request * goal["averageUtilization"] // 100 for name, request in requests.items()}
        found = propose(target.pods, usage, shares, resource, target.replicas, target.now)
    except NoMetric as error:
        raise NoMetric(f"{_failed(resource, by_share)}{error}") from error
    counted = [name for name in usage if name in requests]
    whole = sum(requests[name] for name in counted)
    share = sum(usage[name] for name in counted) * 100 // whole if whole else 0
    shown = {"averageUtilization": share, "averageValue": str(of_milli(found.average))}
    name = f"{resource} {'container resource' if container else 'resource'} utilization (percentage of request)"
    return Asked(found.replicas, name, _status(field, body, shown))


def _failed(resource: str, by_share: bool) -> str:
    return f"failed to get {resource} utilization: " if by_share else f"failed to get {resource} usage: "


def _status(field: str, body: Manifest, current: Manifest) -> Manifest:
    kept = {name: body[name] for name in ("name", "container") if name in body}
    return {"type": field[0].upper() + field[1:], field: kept | {"current": current}}


def _other(metric: Manifest, target: Target, settings: Settings) -> Asked:
    """Pods, object and external metrics: one number each, from whoever serves them."""
    field = metric["type"][0].lower() + metric["type"][1:]
    body = metric[field]
    name, goal = body["metric"]["name"], body["target"]
    try:
        value = settings.custom_metric(metric["type"], target.namespace, body)
    except ApiError as error:
        raise NoMetric(f"unable to get metric {name}: unable to fetch metrics from {APIS[metric['type']]}: {error.message}") from error
    per_pod = goal.get("averageValue")
    wanted = milli(per_pod) * target.replicas if per_pod else milli(goal["value"])
    ratio = value / wanted if wanted else 1.0
    replicas = target.replicas if abs(1 - ratio) <= 0.1 else -(-value * target.replicas // wanted)
    shown = {"averageValue": str(of_milli(value // max(1, target.replicas)))} if per_pod else {"value": str(of_milli(value))}
    kept = {part: body[part] for part in ("metric", "describedObject") if part in body}
    return Asked(replicas, f"{field} metric {name}", {"type": metric["type"], field: kept | {"current": shown}})
