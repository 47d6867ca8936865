"""Disruption: works out how many pods of a budget may be disturbed right now.

Models pkg/controller/disruption/disruption.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.kernel.clock import parse_time, timestamp
from cluster_engine.machinery.manifest import at
from cluster_engine.reconcile.actions import Action, Event, UpdateStatus, WakeAt
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import controller_of, deleting
from cluster_engine.reconcile.pods import finished, ready
from cluster_engine.reconcile.selection import fits, labels_of, scaled
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
RESOURCE = "poddisruptionbudgets.policy"
PATIENCE = 120.0


def reconcile(budget: Manifest, view: View, now: float) -> Iterator[Action]:
    pods = [p for p in view.all("pods", budget["metadata"]["namespace"]) if fits(budget["spec"].get("selector"), labels_of(p))]
    if not pods:
        yield Event(budget, "Normal", "NoPods", "No matching pods found")
    expected, desired = _expected(budget, pods, view)
    disturbed = {name: since for name, since in (at(budget, "status.disruptedPods") or {}).items() if _still_disturbed(name, since, pods, now)}
    healthy = sum(ready(p) and not deleting(p) and not finished(p) and p["metadata"]["name"] not in disturbed for p in pods)
    allowed = max(0, healthy - desired) if expected > 0 else 0
    status: Manifest = {"currentHealthy": healthy, "desiredHealthy": desired, "disruptionsAllowed": allowed, "expectedPods": expected}
    status["observedGeneration"] = budget["metadata"].get("generation", 0)
    status["conditions"] = _conditions(budget, allowed, now)
    if disturbed:
        status["disruptedPods"] = disturbed
        yield WakeAt(min(parse_time(since) for since in disturbed.values()) + PATIENCE, "a pod that was to go has not gone")
    if status != (budget.get("status") or {}):
        why = f"{healthy} of {expected} pods are healthy, {desired} must be, so {allowed} may be disturbed"
        yield UpdateStatus(RESOURCE, budget | {"status": status}, why)


def _still_disturbed(name: str, since: str, pods: list[Manifest], now: float) -> bool:
    """Whether an eviction that was allowed is still under way."""
    pod = next((p for p in pods if p["metadata"]["name"] == name), None)
    return pod is not None and not deleting(pod) and now < parse_time(since) + PATIENCE


def _expected(budget: Manifest, pods: list[Manifest], view: View) -> tuple[int, int]:
    """How many pods there should be, and how many of them must be healthy."""
    spec = budget["spec"]
    if spec.get("maxUnavailable") is not None:
        expected = _scale(pods, view)
        return expected, max(0, expected - scaled(spec["maxUnavailable"], expected, round_up=True))
    least = spec.get("minAvailable")
    if isinstance(least, str):
        expected = _scale(pods, view)
        return expected, scaled(least, expected, round_up=True)
    return len(pods), int(least or 0)


def _scale(pods: list[Manifest], view: View) -> int:
    """The replicas that the controllers of these pods want, each controller once; pods without one do not count."""
    wanted: dict[str, int] = {}
    for pod in pods:
        found = _scalable(pod, view)
        if found is not None:
            wanted[found["metadata"]["uid"]] = int(at(found, "spec.replicas", 1))
    return sum(wanted.values())


def _scalable(pod: Manifest, view: View) -> Manifest | None:
    """The topmost scalable owner: the deployment behind a replica set, else the pod's own controller."""
    owner = _owner(pod, view)
    parent = _owner(owner, view) if owner is not None and owner["kind"] == "ReplicaSet" else None
    return parent or owner


def _owner(manifest: Manifest, view: View) -> Manifest | None:
    reference = controller_of(manifest)
    kind = view.kinds.by_kind(reference["apiVersion"], reference["kind"]) if reference is not None else None
    if kind is None or kind.scale is None or reference is None:
        return None
    found = view.get(kind.name, manifest["metadata"]["namespace"], reference["name"])
    return found if found is not None and found["metadata"]["uid"] == reference["uid"] else None


def _conditions(budget: Manifest, allowed: int, now: float) -> list[Manifest]:
    old = at(budget, "status.conditions") or []
    status, reason = ("True", "SufficientPods") if allowed > 0 else ("False", "InsufficientPods")
    current = next((c for c in old if c["type"] == "DisruptionAllowed"), None)
    since = current["lastTransitionTime"] if current is not None and current["status"] == status else timestamp(now)
    entry = {"type": "DisruptionAllowed", "status": status, "lastTransitionTime": since, "reason": reason, "message": ""}
    entry["observedGeneration"] = budget["metadata"].get("generation", 0)
    if current is None:
        return [*old, entry]
    return [entry if c is current else c for c in old]


# -- who wakes it


def keys_of_pod(event: WatchEvent, view: View) -> Iterable[str]:
    for budget in view.all(RESOURCE, event.object["metadata"]["namespace"]):
        if any(fits(budget["spec"].get("selector"), labels_of(p)) for p in (event.object, event.previous) if p is not None):
            yield key_of(budget)


def keys_of_owner(event: WatchEvent, view: View) -> Iterable[str]:
    """Every budget of the namespace, when a controller of pods changes its size."""
    before = event.previous
    if before is not None and at(before, "spec.replicas") == at(event.object, "spec.replicas"):
        return ()
    return [key_of(b) for b in view.all(RESOURCE, event.object["metadata"]["namespace"])]


OWNERS = ("replicasets.apps", "deployments.apps", "statefulsets.apps", "replicationcontrollers")
CONTROLLER = Controller(
    "disruption-controller",
    RESOURCE,
    reconcile,
    watches=(Watches("pods", keys_of_pod), *(Watches(owner, keys_of_owner) for owner in OWNERS)),
    source="controllermanager",
)
