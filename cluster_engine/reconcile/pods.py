"""Pods as their controllers see them: active, ready, available, made from a template, and in which order they are given up.

Models pkg/controller/controller_utils.go and pkg/api/v1/pod/util.go.
"""

import math
from collections.abc import Iterable, Sequence
from functools import cmp_to_key
from typing import Any

from cluster_engine.kernel.clock import parse_time
from cluster_engine.reconcile.actions import Create, Event
from cluster_engine.reconcile.ownership import ORPHAN_INDEX, orphan_namespace
from cluster_engine.reconcile.selection import annotations_of

Manifest = dict[str, Any]
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
POD_ORPHANS = ("pods", ORPHAN_INDEX, orphan_namespace)
BURST = 500


def phase(pod: Manifest) -> str:
    return str((pod.get("status") or {}).get("phase", ""))


def finished(pod: Manifest) -> bool:
    return phase(pod) in ("Succeeded", "Failed")


def active(pod: Manifest) -> bool:
    """Neither finished nor being deleted."""
    return not finished(pod) and "deletionTimestamp" not in pod["metadata"]


def terminating(pod: Manifest) -> bool:
    return not finished(pod) and "deletionTimestamp" in pod["metadata"]


def condition(manifest: Manifest, type_: str) -> Manifest | None:
    """The status condition of a type."""
    for entry in (manifest.get("status") or {}).get("conditions") or ():
        if entry["type"] == type_:
            return dict(entry)
    return None


def ready(pod: Manifest) -> bool:
    entry = condition(pod, "Ready")
    return entry is not None and entry["status"] == "True"


def ready_since(pod: Manifest) -> float | None:
    """When it became ready; None while it is not, or when nobody said when."""
    entry = condition(pod, "Ready")
    if entry is None or entry["status"] != "True" or not entry.get("lastTransitionTime"):
        return None
    return parse_time(entry["lastTransitionTime"])


def available(pod: Manifest, min_ready_seconds: int, now: float) -> bool:
    """Ready for at least `min_ready_seconds`."""
    if not ready(pod):
        return False
    since = ready_since(pod)
    return not min_ready_seconds or (since is not None and since + min_ready_seconds <= now)


def next_available(pods: Iterable[Manifest], min_ready_seconds: int, now: float) -> float | None:
    """When the next ready pod becomes available; None if no pod waits for that."""
    if not min_ready_seconds:
        return None
    moments = [since + min_ready_seconds for pod in pods if (since := ready_since(pod)) is not None]
    return min((m for m in moments if m > now), default=None)


def pod_from(template: Manifest, owner: Manifest, reference: Manifest, name: str = "") -> Manifest:
    """A pod made from a template; the server completes the name unless one is given."""
    meta = template.get("metadata") or {}
    made: Manifest = {"namespace": owner["metadata"]["namespace"], "ownerReferences": [reference]}
    if name:
        made["name"] = name
    else:
        made["generateName"] = prefix_of(owner["metadata"]["name"])
    for field in ("labels", "annotations", "finalizers"):
        if meta.get(field):
            made[field] = meta[field]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": made, "spec": template["spec"]}


def prefix_of(name: str) -> str:
    """`name-`, unless that alone would be too long a pod name."""
    return f"{name}-" if len(name) < 253 else name


def create_pod(pod: Manifest, owner: Manifest, why: str, refused: Any = None) -> Create:
    """Create a pod for `owner` and tell of it in an event, whichever way it goes."""

    def then(made: Manifest) -> list[Event]:
        return [Event(owner, "Normal", "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")]

    def on_refusal(error: Any) -> list[Any]:
        return [Event(owner, "Warning", "FailedCreate", f"Error creating: {error.message}"), *(refused(error) if refused else ())]

    return Create("pods", pod, why, then=then, refused=on_refusal)


# -- which pods go first


def ranked_for_deletion(pods: Sequence[Manifest], related: Iterable[Manifest], now: float) -> list[Manifest]:
    """`pods` in the order in which they are given up; of `related` pods (active ones of the same owner), crowded nodes empty first."""
    crowd: dict[str, int] = {}
    for pod in related:
        if active(pod) and (node := pod["spec"].get("nodeName")):
            crowd[node] = crowd.get(node, 0) + 1

    def compare(a: Manifest, b: Manifest) -> int:
        return _compare(a, b, crowd, now)

    return sorted(pods, key=cmp_to_key(compare))


def _compare(a: Manifest, b: Manifest, crowd: dict[str, int], now: float) -> int:
    for mine, other in zip(_plain_ranks(a, crowd), _plain_ranks(b, crowd), strict=True):
        if mine != other:
            return -1 if mine < other else 1
    ready_a, ready_b = ready_since(a), ready_since(b)
    if ready(a) and ready(b) and ready_a != ready_b:
        return _younger_first(a, b, ready_a, ready_b, now)
    restarts_a, restarts_b = _restarts(a), _restarts(b)
    if restarts_a != restarts_b:
        return -1 if restarts_a > restarts_b else 1
    made_a, made_b = created(a), created(b)
    return _younger_first(a, b, made_a, made_b, now) if made_a != made_b else 0


def _plain_ranks(pod: Manifest, crowd: dict[str, int]) -> tuple[float, ...]:
    node = pod["spec"].get("nodeName", "")
    step = {"Pending": 0, "Unknown": 1, "Running": 2}.get(phase(pod), 0)
    return (bool(node), step, ready(pod), deletion_cost(pod), -crowd.get(node, 0))


def deletion_cost(pod: Manifest) -> int:
    """What its annotation says; a value that is no 32-bit number counts as none."""
    try:
        return int(annotations_of(pod).get(DELETION_COST, "0"))
    except ValueError:
        return 0


def created(manifest: Manifest) -> float:
    text = manifest["metadata"].get("creationTimestamp")
    return parse_time(text) if text else 0.0


def _restarts(pod: Manifest) -> int:
    return max((s.get("restartCount", 0) for s in (pod.get("status") or {}).get("containerStatuses") or ()), default=0)


def _younger_first(a: Manifest, b: Manifest, time_a: float | None, time_b: float | None, now: float) -> int:
    """By age on a logarithmic scale, so that small differences leave the choice to chance (the uid)."""
    difference = _age_rank(time_a, now) - _age_rank(time_b, now)
    if difference == 0:
        return -1 if a["metadata"]["uid"] < b["metadata"]["uid"] else 1
    return difference


def _age_rank(moment: float | None, now: float) -> int:
    age = now - (moment or 0.0)
    return math.floor(math.log2(age * 1e9)) if age > 0 else -1
