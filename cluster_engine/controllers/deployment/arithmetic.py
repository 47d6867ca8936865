"""The numbers of a deployment: surge and unavailability bounds, sums over replica sets, and the state of its annotations.

Models pkg/controller/deployment/util/deployment_util.go.
"""

from collections.abc import Iterable
from typing import Any

from cluster_engine.reconcile.hashing import without_empty
from cluster_engine.reconcile.pods import created
from cluster_engine.reconcile.selection import annotations_of, scaled

Manifest = dict[str, Any]

PREFIX = "deployment.kubernetes.io/"
REVISION, HISTORY = PREFIX + "revision", PREFIX + "revision-history"
DESIRED, MAXIMUM = PREFIX + "desired-replicas", PREFIX + "max-replicas"
HASH_LABEL = "pod-template-hash"
NEVER = 2**31 - 1


def replicas_of(manifest: Manifest) -> int:
    return int(manifest["spec"].get("replicas", 1))


def counted(manifest: Manifest, field: str) -> int:
    """A number in the status."""
    return int((manifest.get("status") or {}).get(field, 0))


def rolling(deployment: Manifest) -> bool:
    return bool((deployment["spec"].get("strategy") or {}).get("type", "RollingUpdate") == "RollingUpdate")


def bounds(deployment: Manifest) -> tuple[int, int]:
    """How many pods may be too many, and how many may be missing, while a rolling update runs; never both zero."""
    if not rolling(deployment):
        return 0, 0
    settings = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    total = replicas_of(deployment)
    surge = scaled(settings.get("maxSurge", "25%"), total, round_up=True)
    unavailable = scaled(settings.get("maxUnavailable", "25%"), total, round_up=False)
    return surge, unavailable if surge or unavailable else 1


def max_surge(deployment: Manifest) -> int:
    return bounds(deployment)[0]


def max_unavailable(deployment: Manifest) -> int:
    return min(bounds(deployment)[1], replicas_of(deployment))


def total_replicas(sets: Iterable[Manifest]) -> int:
    return sum(replicas_of(s) for s in sets)


def total_counted(sets: Iterable[Manifest], field: str) -> int:
    return sum(counted(s, field) for s in sets)


def by_age(sets: Iterable[Manifest]) -> list[Manifest]:
    """Oldest first."""
    return sorted(sets, key=lambda s: (created(s), s["metadata"]["name"]))


def revision_of(manifest: Manifest) -> int:
    text = annotations_of(manifest).get(REVISION, "")
    return int(text) if text.isdigit() else 0


def number_in(manifest: Manifest, annotation: str) -> int | None:
    text = annotations_of(manifest).get(annotation, "")
    return int(text) if text.lstrip("-").isdigit() else None


def same_template(a: Manifest, b: Manifest) -> bool:
    """Whether two pod templates are equal, whatever their hash labels say."""
    return bool(_without_hash(a) == _without_hash(b))


def _without_hash(template: Manifest) -> Manifest:
    meta = template.get("metadata") or {}
    labels = {k: v for k, v in (meta.get("labels") or {}).items() if k != HASH_LABEL}
    return dict(without_empty(template | {"metadata": {**meta, "labels": labels}}))


def new_set_replicas(deployment: Manifest, sets: Iterable[Manifest], current: int) -> int:
    """How large the newest replica set, now of size `current`, may be without more pods in all than surge allows."""
    wanted = replicas_of(deployment)
    if not rolling(deployment):
        return wanted
    room = wanted + max_surge_as_given(deployment) - total_replicas(sets)
    return current if room <= 0 else current + min(room, wanted - current)


def max_surge_as_given(deployment: Manifest) -> int:
    settings = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    return scaled(settings.get("maxSurge", "25%"), replicas_of(deployment), round_up=True)


def has_deadline(deployment: Manifest) -> bool:
    return bool(deployment["spec"].get("progressDeadlineSeconds", NEVER) != NEVER)
