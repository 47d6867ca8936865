"""Which requests a webhook or policy is about: rules of groups, versions, resources and operations, and selectors.

Models pkg/apis/admissionregistration/validation/validation.go.
"""

from collections.abc import Iterable
from typing import Any

from cluster_engine.machinery import selectors
from cluster_engine.machinery.field import Errors, duplicate, invalid, not_supported, required
from cluster_engine.machinery.names import path_segment_name
from cluster_engine.resources.kind import Manifest

OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
SCOPES = ("*", "Cluster", "Namespaced")
FAILURE_POLICIES = ("Fail", "Ignore")
MATCH_POLICIES = ("Equivalent", "Exact")
LONE = "if '{0}' is present, must not specify other {1}"


def default_rules(rules: Iterable[Manifest] | None) -> None:
    for rule in rules or ():
        if not rule.get("scope"):
            rule["scope"] = "*"


def default_match(owner: Manifest) -> None:
    """What matchConstraints, matchResources and webhooks say when they say nothing."""
    if not owner.get("matchPolicy"):
        owner["matchPolicy"] = "Equivalent"
    for selector in ("namespaceSelector", "objectSelector"):
        if owner.get(selector) is None:
            owner[selector] = {}


def validate_rule(rule: Manifest, path: str) -> Errors:
    operations = rule.get("operations") or []
    found = _validate_list(operations, f"{path}.operations", "operations")
    found += [not_supported(f"{path}.operations[{i}]", o, OPERATIONS) for i, o in enumerate(operations) if o not in OPERATIONS]
    found += _validate_list(rule.get("apiGroups") or [], f"{path}.apiGroups", "API groups")
    found += _validate_versions(rule.get("apiVersions") or [], f"{path}.apiVersions")
    found += _validate_resources(rule.get("resources") or [], f"{path}.resources")
    if rule.get("scope") is not None and rule["scope"] not in SCOPES:
        found.append(not_supported(f"{path}.scope", rule["scope"], SCOPES))
    return found


def _validate_list(values: list[str], path: str, noun: str) -> Errors:
    if not values:
        return [required(path)]
    return [invalid(path, values, LONE.format("*", noun))] if len(values) > 1 and "*" in values else []


def _validate_versions(versions: list[str], path: str) -> Errors:
    return _validate_list(versions, path, "API versions") + [required(f"{path}[{i}]") for i, v in enumerate(versions) if not v]


def _validate_resources(resources: list[str], path: str) -> Errors:
    if not resources:
        return [required(path)]
    found: Errors = []
    whole: set[str] = set()
    parts: set[str] = set()
    for i, resource in enumerate(resources):
        name, slash, sub = resource.partition("/")
        if not resource:
            found.append(required(f"{path}[{i}]"))
        if not slash:
            continue
        if name in whole:
            found.append(invalid(f"{path}[{i}]", resource, f"if '{name}/*' is present, must not specify {resource}"))
        if sub in parts:
            found.append(invalid(f"{path}[{i}]", resource, f"if '*/{sub}' is present, must not specify {resource}"))
        whole |= {name} if sub == "*" else set()
        parts |= {sub} if name == "*" else set()
    if len(resources) > 1 and "*/*" in resources:
        found.append(invalid(path, resources, LONE.format("*/*", "resources")))
    if "*" in resources and any(r != "*" and "/" not in r for r in resources):
        found.append(invalid(path, resources, LONE.format("*", "resources without subresources")))
    return found


def _validate_named_rule(rule: Manifest, path: str) -> Errors:
    names = rule.get("resourceNames") or []
    found: Errors = []
    for i, name in enumerate(names):
        found += [invalid(f"{path}.resourceNames[{i}]", name, m) for m in path_segment_name(name, False)]
        if name in names[:i]:
            found.append(duplicate(f"{path}.resourceNames[{i}]", name))
    return found + validate_rule(rule, path)


def validate_selectors(owner: Manifest, path: str) -> Errors:
    lead = f"{path}." if path else ""
    return selectors.validate(owner.get("namespaceSelector"), f"{lead}namespaceSelector") + selectors.validate(
        owner.get("objectSelector"), f"{lead}objectSelector"
    )


def validate_match(match: Manifest, path: str) -> Errors:
    """matchConstraints and matchResources."""
    found: list[Any] = []
    if match.get("matchPolicy") not in MATCH_POLICIES:
        found.append(not_supported(f"{path}.matchPolicy", match.get("matchPolicy", ""), MATCH_POLICIES))
    found += validate_selectors(match, path)
    for field in ("resourceRules", "excludeResourceRules"):
        for i, rule in enumerate(match.get(field) or ()):
            found += _validate_named_rule(rule, f"{path}.{field}[{i}]")
    return found
