"""Affinity: which nodes, and which other pods, a pod wants to be near to or far from.

Models validation.validateAffinity and its parts.
"""

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, forbidden, invalid, required
from cluster_engine.resources.checks import each, label_selector, qualified_name
from cluster_engine.resources.kind import Manifest

REQUIRED, PREFERRED = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
NO_SELECTOR = "must not be specified when labelSelector is not set"


def validate_affinity(affinity: Manifest, path: str, found: Errors) -> None:
    if (node := affinity.get("nodeAffinity")) is not None:
        _validate_node_affinity(node, f"{path}.nodeAffinity", found)
    for name in ("podAffinity", "podAntiAffinity"):
        if (pod := affinity.get(name)) is None:
            continue
        for i, term in enumerate(pod.get(REQUIRED) or ()):
            validate_pod_term(term, f"{path}.{name}.{REQUIRED}[{i}]", found)
        for i, weighted in enumerate(pod.get(PREFERRED) or ()):
            _validate_weight(weighted, f"{path}.{name}.{PREFERRED}[{i}]", found)
            validate_pod_term(weighted.get("podAffinityTerm") or {}, f"{path}.{name}.{PREFERRED}[{i}].podAffinityTerm", found)


def _validate_weight(weighted: Manifest, path: str, found: Errors) -> None:
    weight = weighted.get("weight", 0)
    if not 1 <= weight <= 100:
        found.append(invalid(f"{path}.weight", weight, "must be in the range 1-100"))


def _validate_node_affinity(affinity: Manifest, path: str, found: Errors) -> None:
    if (selector := affinity.get(REQUIRED)) is not None:
        validate_node_selector(selector, f"{path}.{REQUIRED}", found)
    for i, weighted in enumerate(affinity.get(PREFERRED) or ()):
        _validate_weight(weighted, f"{path}.{PREFERRED}[{i}]", found)
        validate_node_term(weighted.get("preference") or {}, f"{path}.{PREFERRED}[{i}].preference", found, values_too=False)


def validate_node_selector(selector: Manifest, path: str, found: Errors) -> None:
    terms = selector.get("nodeSelectorTerms")
    if not terms:
        found.append(required(f"{path}.nodeSelectorTerms", "must have at least one node selector term"))
    for i, term in enumerate(terms or ()):
        validate_node_term(term, f"{path}.nodeSelectorTerms[{i}]", found)


def validate_node_term(term: Manifest, path: str, found: Errors, values_too: bool = True) -> None:
    for i, requirement in enumerate(term.get("matchExpressions") or ()):
        _validate_node_requirement(requirement, f"{path}.matchExpressions[{i}]", found, values_too)
    for i, requirement in enumerate(term.get("matchFields") or ()):
        _validate_field_requirement(requirement, f"{path}.matchFields[{i}]", found)


def _validate_node_requirement(requirement: Manifest, path: str, found: Errors, values_too: bool) -> None:
    operator, values = requirement.get("operator", ""), requirement.get("values") or ()
    if operator in ("In", "NotIn"):
        if not values:
            found.append(required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'"))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            found.append(forbidden(f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
    elif operator in ("Gt", "Lt"):
        if len(values) != 1:
            found.append(required(f"{path}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'"))
    else:
        found.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    qualified_name(f"{path}.key", requirement.get("key", ""), found)
    if values_too:
        for i, value in enumerate(values):
            each(f"{path}.values[{i}]", value, names.is_label_value(value), found)


def _validate_field_requirement(requirement: Manifest, path: str, found: Errors) -> None:
    operator, values, key = requirement.get("operator", ""), requirement.get("values") or (), requirement.get("key", "")
    if operator not in ("In", "NotIn"):
        found.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    elif len(values) != 1:
        found.append(required(f"{path}.values", "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"))
    if key != "metadata.name":
        found.append(invalid(f"{path}.key", key, "not a valid field selector key"))
        return
    for i, value in enumerate(values):
        each(f"{path}.values[{i}]", value, names.is_dns1123_subdomain(value), found)


def validate_pod_term(term: Manifest, path: str, found: Errors) -> None:
    selector = term.get("labelSelector")
    label_selector(f"{path}.labelSelector", selector, found)
    label_selector(f"{path}.namespaceSelector", term.get("namespaceSelector"), found)
    for name in term.get("namespaces") or ():
        each(f"{path}.namespace", name, names.is_dns1123_label(name), found)
    match, mismatch = term.get("matchLabelKeys") or [], term.get("mismatchLabelKeys") or []
    for field, keys in (("matchLabelKeys", match), ("mismatchLabelKeys", mismatch)):
        _validate_label_keys(keys, selector, f"{path}.{field}", found)
    if selector is not None and match:
        _validate_key_twice(match, selector, path, found)
    for i, key in enumerate(match):
        if key in mismatch:
            found.append(invalid(f"{path}.matchLabelKeys[{i}]", key, "exists in both matchLabelKeys and mismatchLabelKeys"))
    topology = term.get("topologyKey", "")
    if not topology:
        found.append(required(f"{path}.topologyKey", "can not be empty"))
    qualified_name(f"{path}.topologyKey", topology, found)


def _validate_label_keys(keys: list[str], selector: Manifest | None, path: str, found: Errors) -> None:
    if keys and selector is None:
        found.append(forbidden(path, NO_SELECTOR))
        return
    for i, key in enumerate(keys):
        qualified_name(f"{path}[{i}]", key, found)


def _validate_key_twice(match: list[str], selector: Manifest, path: str, found: Errors) -> None:
    seen = set(selector.get("matchLabels") or ())
    for expression in selector.get("matchExpressions") or ():
        key = expression.get("key", "")
        if key in match and key in seen:
            found.append(invalid(f"{path}[{match.index(key)}]", key, "exists in both matchLabelKeys and labelSelector"))
        seen.add(key)
