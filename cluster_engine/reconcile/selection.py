"""Selecting by labels, and numbers that may be percentages: the arithmetic that many decisions share.

Models k8s.io/apimachinery/pkg/labels/selector.go and pkg/util/intstr/intstr.go.
"""

import math
from collections.abc import Mapping
from typing import Any

Manifest = dict[str, Any]
Labels = Mapping[str, str]


def labels_of(manifest: Manifest) -> Labels:
    return manifest["metadata"].get("labels") or {}


def annotations_of(manifest: Manifest) -> Labels:
    return manifest["metadata"].get("annotations") or {}


def fits_map(wanted: Labels, labels: Labels) -> bool:
    """Whether `labels` holds every pair of `wanted`."""
    return all(labels.get(key) == value for key, value in wanted.items())


def selects_all(selector: Mapping[str, Any] | None) -> bool:
    """Whether a LabelSelector is present but empty, which selects everything."""
    return selector is not None and not selector.get("matchLabels") and not selector.get("matchExpressions")


def fits(selector: Mapping[str, Any] | None, labels: Labels) -> bool:
    """Whether a LabelSelector selects `labels`; an absent one selects nothing."""
    if selector is None:
        return False
    if not fits_map(selector.get("matchLabels") or {}, labels):
        return False
    return all(_fits_expression(e, labels) for e in selector.get("matchExpressions") or ())


def _fits_expression(expression: Mapping[str, Any], labels: Labels) -> bool:
    value, wanted = labels.get(expression["key"]), expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return value in wanted
        case "NotIn":
            return value not in wanted
        case "Exists":
            return value is not None
        case _:
            return value is None


def scaled(value: int | str | None, total: int, round_up: bool) -> int:
    """An int-or-percentage of `total`."""
    if value is None:
        return 0
    if isinstance(value, int):
        return value
    share = int(value.rstrip("%")) * total / 100
    return math.ceil(share) if round_up else math.floor(share)
