"""ClusterRole: rules for the whole cluster, possibly gathered from other roles by their labels.

Models pkg/registry/rbac/clusterrole/strategy.go.
"""

from cluster_engine.machinery import selectors
from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.machinery.names import path_segment_name
from cluster_engine.resources.kind import Kind, Manifest
from cluster_engine.resources.rbac.rules import GROUP, ROLE_COLUMNS, default_role, row, validate_rules


def validate(role: Manifest) -> Errors:
    found = validate_rules(role, namespaced=False)
    aggregation = role.get("aggregationRule")
    if aggregation is None:
        return found
    path = "aggregationRule.clusterRoleSelectors"
    chosen = aggregation.get("clusterRoleSelectors")
    if not chosen:
        found.append(required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil"))
    for i, selector in enumerate(chosen or ()):
        found += selectors.validate(selector, f"{path}[{i}]")
        try:
            selectors.from_object(selector)
        except selectors.SelectorError:
            found.append(invalid(f"{path}[{i}]", None, "invalid label selector."))
    return found


KIND = Kind(
    group=GROUP,
    kind="ClusterRole",
    plural="clusterroles",
    namespaced=False,
    default=default_role,
    validate=validate,
    validate_name=path_segment_name,
    columns=ROLE_COLUMNS,
    row=row,
)
