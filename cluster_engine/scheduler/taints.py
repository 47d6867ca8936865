"""Taints and tolerations: does this pod bear this node's taint? Models k8s.io/component-helpers/scheduling/corev1."""

from collections.abc import Iterable
from typing import Any

Manifest = dict[str, Any]


def _bears(toleration: Manifest, taint: Manifest) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if toleration.get("key") and toleration["key"] != taint.get("key"):
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    if operator in ("Lt", "Gt"):
        return _bears_number(operator, toleration.get("value", ""), taint.get("value", ""))
    return operator == "Equal" and bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", "")


def _bears_number(operator: str, bound: str, value: str) -> bool:
    try:
        return int(value) < int(bound) if operator == "Lt" else int(value) > int(bound)
    except ValueError:
        return False


def tolerates(tolerations: Iterable[Manifest], taint: Manifest) -> bool:
    """Whether one of `tolerations` bears `taint`."""
    return any(_bears(t, taint) for t in tolerations)


def first_untolerated(tolerations: Iterable[Manifest], taints: Iterable[Manifest], effects: tuple[str, ...]) -> Manifest | None:
    """The first taint with one of `effects` that no toleration bears."""
    bears = tuple(tolerations)
    for taint in taints:
        if taint.get("effect") in effects and not tolerates(bears, taint):
            return taint
    return None
