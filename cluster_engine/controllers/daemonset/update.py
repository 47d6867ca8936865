"""How a daemon set replaces pods of an older template, node by node, within its bounds of unavailability or surge.

Models pkg/controller/daemon/update.go.
"""

from dataclasses import dataclass, field
from typing import Any

from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.pods import available
from cluster_engine.reconcile.selection import labels_of, scaled

Manifest = dict[str, Any]
REVISION = "controller-revision-hash"
GENERATION = "deprecated.daemonset.template.generation"


@dataclass(slots=True)
class Replacement:
    """Old pods to delete, and nodes that get a new pod beside the old one."""

    delete: list[Manifest] = field(default_factory=list)
    surge: list[str] = field(default_factory=list)


def bounds(owner: Manifest, desired: int) -> tuple[int, int]:
    """(surge, unavailable) as numbers of nodes."""
    rolling = (owner["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    surge = scaled(rolling.get("maxSurge", 0), desired, round_up=True)
    return surge, scaled(rolling.get("maxUnavailable", 1), desired, round_up=True)


def split(pods: list[Manifest], mark: str) -> tuple[Manifest | None, Manifest | None]:
    """The node's updated pod and its old one, of those that stay."""
    staying = [p for p in pods if not deleting(p)]
    new = next((p for p in staying if labels_of(p).get(REVISION) == mark), None)
    return new, next((p for p in staying if labels_of(p).get(REVISION) != mark), None)


def replacement(owner: Manifest, by_node: dict[str, list[Manifest]], desired: int, mark: str, now: float) -> Replacement:
    if (owner["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") != "RollingUpdate":
        return Replacement()
    surge, unavailable = bounds(owner, desired)
    pairs = {node: split(pods, mark) for node, pods in by_node.items()}
    seconds = owner["spec"].get("minReadySeconds", 0)
    return _surging(pairs, surge, seconds, now) if surge else _replacing(pairs, unavailable, seconds, now)


def _replacing(pairs: dict[str, tuple[Manifest | None, Manifest | None]], limit: int, seconds: int, now: float) -> Replacement:
    """Delete old pods; those that serve nobody anyway do not count against the bound."""
    free, candidates, missing = list[Manifest](), list[Manifest](), 0
    for new, old in pairs.values():
        if (new is None and old is None) or (new is not None and not available(new, seconds, now)):
            missing += 1
        elif old is not None and new is None:
            if available(old, seconds, now):
                candidates.append(old)
            else:
                free.append(old)
                missing += 1
    return Replacement(free + candidates[: max(0, limit - missing)])


def _surging(pairs: dict[str, tuple[Manifest | None, Manifest | None]], limit: int, seconds: int, now: float) -> Replacement:
    """Make the new pod first; the old one goes when the new one is available, or at once if it serves nobody."""
    made, used, candidates = Replacement(), 0, list[str]()
    for node, (new, old) in pairs.items():
        if old is None:
            continue
        if new is None:
            if available(old, seconds, now):
                candidates.append(node)
            else:
                made.delete.append(old)
        elif available(new, seconds, now):
            made.delete.append(old)
        else:
            used += 1
    made.surge = candidates[: max(0, limit - used)]
    return made
