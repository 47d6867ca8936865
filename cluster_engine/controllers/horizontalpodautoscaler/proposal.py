"""How many replicas a metric asks for: usage against target, with care for pods that are new, missing or not ready.

Models pkg/controller/podautoscaler/replica_calculator.go.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cluster_engine.kernel.clock import parse_time
from cluster_engine.machinery.quantity import milli
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.pods import condition, phase

Manifest = dict[str, Any]
TOLERANCE, FRESH_POD, READINESS_DELAY = 0.1, 300.0, 30.0


class NoMetric(Exception):
    """A metric cannot be had; the text is upstream's."""


@dataclass(slots=True)
class Sorted:
    """Pods by what can be made of their metrics."""

    ready: int = 0
    unready: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def usage_by_pod(metrics: list[Manifest], resource: str, container: str = "") -> dict[str, int]:
    """Milli-units that each pod uses; a pod with a container that says nothing is left out."""
    found: dict[str, int] = {}
    for pod in metrics:
        parts = [c for c in pod.get("containers") or () if not container or c["name"] == container]
        if parts and all(resource in (c.get("usage") or {}) for c in parts):
            found[pod["metadata"]["name"]] = sum(milli(c["usage"][resource]) for c in parts)
    return found


def sort_pods(pods: list[Manifest], usage: Mapping[str, int], resource: str, now: float) -> Sorted:
    made = Sorted()
    for pod in pods:
        name = pod["metadata"]["name"]
        if deleting(pod) or phase(pod) == "Failed":
            made.ignored.append(name)
        elif phase(pod) == "Pending":
            made.unready.append(name)
        elif name not in usage:
            made.missing.append(name)
        elif resource == "cpu" and _unready(pod, now):
            made.unready.append(name)
        else:
            made.ready += 1
    return made


def _unready(pod: Manifest, now: float) -> bool:
    entry, started = condition(pod, "Ready"), (pod.get("status") or {}).get("startTime")
    if entry is None or not started or not entry.get("lastTransitionTime"):
        return True
    if parse_time(started) + FRESH_POD > now:
        return bool(entry["status"] == "False")
    not_ready = bool(entry["status"] == "False")
    return not_ready and parse_time(started) + READINESS_DELAY > parse_time(entry["lastTransitionTime"])


def requests_by_pod(pods: list[Manifest], resource: str, container: str = "") -> dict[str, int]:
    """Raises NoMetric when a container asks for nothing: then there is no utilization."""
    found: dict[str, int] = {}
    for pod in pods:
        total = 0
        sidecars = [c for c in pod["spec"].get("initContainers") or () if c.get("restartPolicy") == "Always"]
        for part in [*pod["spec"]["containers"], *sidecars]:
            if container and part["name"] != container:
                continue
            asked = ((part.get("resources") or {}).get("requests") or {}).get(resource)
            if asked is None:
                raise NoMetric(f"missing request for {resource} in container {part['name']} of Pod {pod['metadata']['name']}")
            total += milli(asked)
        found[pod["metadata"]["name"]] = total
    return found


@dataclass(frozen=True, slots=True)
class Proposal:
    """Replicas, and the measured values that stand in the status."""

    replicas: int
    utilization: int | None
    average: int


def propose(pods: list[Manifest], usage: Mapping[str, int], shares: Mapping[str, int], resource: str, current: int, now: float) -> Proposal:
    """`shares`: what each pod may use when it is exactly on target."""
    groups = sort_pods(pods, usage, resource, now)
    left_out = {*groups.unready, *groups.ignored}
    counted = {name: used for name, used in usage.items() if name in shares and name not in left_out}
    if not counted:
        raise NoMetric("did not receive metrics for targeted pods (pods might be unready)")
    ratio = _ratio(counted, shares)
    average = sum(counted.values()) // len(counted)
    rebalanced = dict(counted)
    if groups.unready and ratio > 1:
        rebalanced |= dict.fromkeys(groups.unready, 0)
    if groups.missing and ratio < 1:
        rebalanced |= {name: shares[name] for name in groups.missing if name in shares}
    elif groups.missing and ratio > 1:
        rebalanced |= dict.fromkeys(groups.missing, 0)
    if rebalanced == counted:
        return Proposal(current if _near(ratio) else math.ceil(round(ratio * groups.ready, 6)), None, average)
    again = _ratio(rebalanced, shares)
    wanted = math.ceil(round(again * len(rebalanced), 6))
    turned = (ratio < 1 < again) or (ratio > 1 > again) or (again < 1 and wanted > current) or (again > 1 and wanted < current)
    return Proposal(current if _near(again) or turned else wanted, None, average)


def _ratio(usage: Mapping[str, int], shares: Mapping[str, int]) -> float:
    whole = sum(shares.get(name, 0) for name in usage)
    return sum(usage.values()) / whole if whole else 0.0


def _near(ratio: float) -> bool:
    return abs(1 - ratio) <= TOLERANCE
