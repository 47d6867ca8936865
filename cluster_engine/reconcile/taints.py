"""Taints and tolerations: what a node keeps away, and which pods bear it.

Models k8s.io/component-helpers/scheduling/corev1/helpers.go and pkg/util/taints.
"""

from collections.abc import Iterable
from typing import Any

from cluster_engine.kernel.clock import timestamp

Manifest = dict[str, Any]

NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"


def taints_of(node: Manifest) -> list[Manifest]:
    return (node.get("spec") or {}).get("taints") or []


def tolerates(toleration: Manifest, taint: Manifest) -> bool:
    """Whether a toleration bears a taint; an empty key with Exists bears all."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    return bool(toleration.get("key")) and operator == "Equal" and toleration.get("value", "") == taint.get("value", "")


def untolerated(taints: Iterable[Manifest], tolerations: Iterable[Manifest], effects: tuple[str, ...]) -> Manifest | None:
    """The first taint of these effects that no toleration bears."""
    borne = list(tolerations)
    return next((t for t in taints if t["effect"] in effects and not any(tolerates(b, t) for b in borne)), None)


def with_taints(old: list[Manifest], wanted: Iterable[tuple[str, str]], ruled: Iterable[tuple[str, str]], now: float) -> list[Manifest]:
    """`old` with the (key, effect) pairs of `ruled` as `wanted` says; what stands already keeps its place and time."""
    needed, ours = list(wanted), set(ruled)
    kept = [t for t in old if (t["key"], t["effect"]) not in ours or (t["key"], t["effect"]) in needed]
    standing = {(t["key"], t["effect"]) for t in kept}
    return kept + [{"key": key, "effect": effect, "timeAdded": timestamp(now)} for key, effect in needed if (key, effect) not in standing]
