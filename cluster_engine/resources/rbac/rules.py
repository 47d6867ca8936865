"""What Roles and ClusterRoles share: lists of rules, and what a rule must say.

Models pkg/apis/rbac/validation/validation.go and pkg/registry/rbac.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.resources.kind import Column, Manifest
from cluster_engine.resources.table import META, NAME

GROUP = "rbac.authorization.k8s.io"
ROLE_COLUMNS = (NAME, Column("Created At", type="date", described_by=META + "creationTimestamp"))


def default_role(role: Manifest) -> None:
    """`rules` is always there, null when there are none."""
    if not role.get("rules"):
        role["rules"] = None


def row(role: Manifest, now: float) -> list[Any]:
    meta = role["metadata"]
    return [meta.get("name", ""), meta.get("creationTimestamp", "")]


def validate_rules(role: Manifest, namespaced: bool) -> Errors:
    found: Errors = []
    for i, rule in enumerate(role.get("rules") or ()):
        found += _validate_rule(rule, namespaced, f"rules[{i}]")
    return found


def _validate_rule(rule: Manifest, namespaced: bool, path: str) -> Errors:
    found: Errors = []
    if not rule.get("verbs"):
        found.append(required(f"{path}.verbs", "verbs must contain at least one value"))
    urls = rule.get("nonResourceURLs")
    if urls:
        if namespaced:
            found.append(invalid(f"{path}.nonResourceURLs", urls, "namespaced rules cannot apply to non-resource URLs"))
        if rule.get("apiGroups") or rule.get("resources") or rule.get("resourceNames"):
            found.append(invalid(f"{path}.nonResourceURLs", urls, "rules cannot apply to both regular resources and non-resource URLs"))
        return found
    if not rule.get("apiGroups"):
        found.append(required(f"{path}.apiGroups", "resource rules must supply at least one api group"))
    if not rule.get("resources"):
        found.append(required(f"{path}.resources", "resource rules must supply at least one resource"))
    return found
