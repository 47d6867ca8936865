"""ClusterRoleBinding: gives subjects a role in the whole cluster.

Models pkg/registry/rbac/clusterrolebinding/strategy.go.
"""

from cluster_engine.machinery.field import Errors
from cluster_engine.machinery.names import path_segment_name
from cluster_engine.resources.kind import Kind, Manifest
from cluster_engine.resources.rbac.rules import GROUP
from cluster_engine.resources.rbac.subjects import columns, default_binding, row, validate_binding, validate_same_role


def validate(binding: Manifest) -> Errors:
    return validate_binding(binding, ("ClusterRole",), namespaced=False)


KIND = Kind(
    group=GROUP,
    kind="ClusterRoleBinding",
    plural="clusterrolebindings",
    namespaced=False,
    default=default_binding,
    validate=validate,
    validate_update=validate_same_role,
    validate_name=path_segment_name,
    columns=columns("ClusterRoleBinding", "only reference a ClusterRole in the global namespace"),
    row=row,
)
