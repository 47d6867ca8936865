"""Role: rules within one namespace.

Models pkg/registry/rbac/role/strategy.go.
"""

from cluster_engine.machinery.field import Errors
from cluster_engine.machinery.names import path_segment_name
from cluster_engine.resources.kind import Kind, Manifest
from cluster_engine.resources.rbac.rules import GROUP, ROLE_COLUMNS, default_role, row, validate_rules


def validate(role: Manifest) -> Errors:
    return validate_rules(role, namespaced=True)


KIND = Kind(
    group=GROUP,
    kind="Role",
    plural="roles",
    default=default_role,
    validate=validate,
    validate_name=path_segment_name,
    columns=ROLE_COLUMNS,
    row=row,
)
