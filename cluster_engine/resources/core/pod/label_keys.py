"""Label keys that stand for the pod's own values: when a pod is made, they become requirements of its selectors.

Models mutatePodAffinity and mutateTopologySpreadConstraints of pkg/registry/core/pod/strategy.go.
"""

from cluster_engine.resources.kind import Manifest

REQUIRED, PREFERRED = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"


def merge_label_keys(pod: Manifest) -> None:
    spec, labels = pod["spec"], pod["metadata"].get("labels") or {}
    affinity = spec.get("affinity") or {}
    for name in ("podAffinity", "podAntiAffinity"):
        part = affinity.get(name) or {}
        for term in (*(part.get(REQUIRED) or ()), *(w.get("podAffinityTerm") or {} for w in part.get(PREFERRED) or ())):
            _merge(term, "matchLabelKeys", "In", labels)
            _merge(term, "mismatchLabelKeys", "NotIn", labels)
    for constraint in spec.get("topologySpreadConstraints") or ():
        _merge(constraint, "matchLabelKeys", "In", labels)


def _merge(term: Manifest, field: str, operator: str, labels: dict[str, str]) -> None:
    keys, selector = term.get(field), term.get("labelSelector")
    if not keys or selector is None:
        return
    added = [{"key": key, "operator": operator, "values": [labels[key]]} for key in keys if key in labels]
    if added:
        selector["matchExpressions"] = [*(selector.get("matchExpressions") or ()), *added]
