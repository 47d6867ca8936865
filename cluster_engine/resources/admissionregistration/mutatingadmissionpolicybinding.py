"""MutatingAdmissionPolicyBinding: puts a mutating policy into force, for which objects and with which parameters.

Models pkg/registry/admissionregistration/mutatingadmissionpolicybinding/strategy.go.
"""

from cluster_engine.machinery.field import Errors
from cluster_engine.resources.admissionregistration.policies import BINDING_COLUMNS, binding_row, default_binding, validate_binding
from cluster_engine.resources.kind import Kind, Manifest


def validate(binding: Manifest) -> Errors:
    return validate_binding(binding["spec"])


KIND = Kind(
    group="admissionregistration.k8s.io",
    kind="MutatingAdmissionPolicyBinding",
    plural="mutatingadmissionpolicybindings",
    hashed_version="v1beta1",
    namespaced=False,
    categories=("api-extensions",),
    has_generation=True,
    allow_unconditional_update=False,
    default=default_binding,
    validate=validate,
    columns=BINDING_COLUMNS,
    row=binding_row,
)
