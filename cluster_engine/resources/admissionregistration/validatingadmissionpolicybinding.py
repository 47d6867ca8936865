"""ValidatingAdmissionPolicyBinding: puts a policy into force, for which objects, with which parameters, denying or warning.

Models pkg/registry/admissionregistration/validatingadmissionpolicybinding/strategy.go.
"""

from cluster_engine.machinery.field import Errors, duplicate, invalid, not_supported, required
from cluster_engine.resources.admissionregistration.policies import BINDING_COLUMNS, binding_row, default_binding, validate_binding
from cluster_engine.resources.kind import Kind, Manifest

ACTIONS = ("Audit", "Deny", "Warn")
REPEATED = "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)"


def validate(binding: Manifest) -> Errors:
    actions, path = binding["spec"].get("validationActions") or [], "spec.validationActions"
    found = validate_binding(binding["spec"])
    for i, action in enumerate(actions):
        if action not in ACTIONS:
            found.append(not_supported(f"{path}[{i}]", action, ACTIONS))
        if action in actions[:i]:
            found.append(duplicate(f"{path}[{i}]", action))
    if "Deny" in actions and "Warn" in actions:
        found.append(invalid(path, actions, REPEATED))
    return found if actions else [*found, required(path)]


KIND = Kind(
    group="admissionregistration.k8s.io",
    kind="ValidatingAdmissionPolicyBinding",
    plural="validatingadmissionpolicybindings",
    namespaced=False,
    categories=("api-extensions",),
    has_generation=True,
    allow_unconditional_update=False,
    default=default_binding,
    validate=validate,
    columns=BINDING_COLUMNS,
    row=binding_row,
)
