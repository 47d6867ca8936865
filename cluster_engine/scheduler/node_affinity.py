"""Node selector terms: does a node's labels and name match? Models k8s.io/component-helpers/scheduling/corev1/nodeaffinity."""

from collections.abc import Mapping
from typing import Any

Manifest = dict[str, Any]


def _matches(requirement: Manifest, labels: Mapping[str, str]) -> bool:
    key, operator, values = requirement["key"], requirement.get("operator"), requirement.get("values") or ()
    present = key in labels
    if operator == "In":
        return present and labels[key] in values
    if operator == "NotIn":
        return not present or labels[key] not in values
    if operator == "Exists":
        return present
    if operator == "DoesNotExist":
        return not present
    bounds = list(values)
    return present and len(bounds) == 1 and _compares(operator or "", labels[key], bounds[0])


def _compares(operator: str, label: str, bound: str) -> bool:
    try:
        return int(label) > int(bound) if operator == "Gt" else int(label) < int(bound)
    except ValueError:
        return False


def term_matches(term: Manifest, name: str, labels: Mapping[str, str]) -> bool:
    """One term: all its expressions on labels and fields. An empty term matches nothing."""
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    return all(_matches(r, labels) for r in expressions) and all(_matches(r, {"metadata.name": name}) for r in fields)


def selector_matches(selector: Manifest | None, name: str, labels: Mapping[str, str]) -> bool:
    """A NodeSelector: any of its terms. None selects every node."""
    return selector is None or any(term_matches(t, name, labels) for t in selector.get("nodeSelectorTerms", ()))


def required_matches(spec: Manifest, name: str, labels: Mapping[str, str]) -> bool:
    """A pod's nodeSelector and required node affinity together."""
    wanted = spec.get("nodeSelector")
    if wanted and any(labels.get(k) != v for k, v in wanted.items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    return selector_matches(affinity.get("requiredDuringSchedulingIgnoredDuringExecution"), name, labels)
