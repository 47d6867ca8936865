"""ValidatingAdmissionPolicy: expressions that must hold for a write to stand.

Models pkg/registry/admissionregistration/validatingadmissionpolicy/strategy.go.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, duplicate, invalid, not_supported, required
from cluster_engine.machinery.names import is_qualified_name
from cluster_engine.resources.admissionregistration.expressions import check, names
from cluster_engine.resources.admissionregistration.policies import PARAM_KIND, default_policy, param_kind_text, validate_policy
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, NAME, age

REASONS = ("Forbidden", "Invalid", "RequestEntityTooLarge")
NOTHING = "validations or auditAnnotations must contain at least one item"
UNSPECIFIED = "expression is not specified"


def default(policy: Manifest) -> None:
    default_policy(policy)
    policy.setdefault("status", {})


def prepare_create(policy: Manifest, request: Request) -> None:
    policy["status"] = {}


def validate(policy: Manifest) -> Errors:
    spec = policy["spec"]
    found, types = validate_policy(spec)
    known = names(spec.get("paramKind") is not None, variables=types)
    validations, notes = spec.get("validations") or (), spec.get("auditAnnotations") or ()
    if not validations and not notes:
        return [*found, required("spec.validations", NOTHING), required("spec.auditAnnotations", NOTHING)]
    for i, validation in enumerate(validations):
        found += _validate_validation(validation, f"spec.validations[{i}]", known)
    for i, note in enumerate(notes):
        found += _validate_note(note, f"spec.auditAnnotations[{i}]", policy["metadata"].get("name", ""), known)
        if note.get("key", "") in [n.get("key", "") for n in notes[:i]]:
            found.append(duplicate(f"spec.auditAnnotations[{i}].key", note.get("key", "")))
    return found


def _validate_validation(validation: Manifest, path: str, known: dict[str, str]) -> Errors:
    expression, message, computed = validation.get("expression", ""), validation.get("message", ""), validation.get("messageExpression", "")
    found: Errors = check(expression, f"{path}.expression", known, "bool") if expression.strip() else [required(f"{path}.expression", UNSPECIFIED)]
    if computed and not computed.strip():
        found.append(invalid(f"{path}.messageExpression", computed, "must be non-empty if specified"))
    elif computed:
        plain = {k: v for k, v in known.items() if not k.startswith("authorizer")}
        found += check(computed, f"{path}.messageExpression", plain, "string")
    if message and not message.strip():
        found.append(invalid(f"{path}.message", message, "message must be non-empty if specified"))
    elif "\n" in message.strip() or "\r" in message.strip():
        found.append(invalid(f"{path}.message", message, "must not contain line breaks"))
    elif "\n" in expression.strip() and not message:
        found.append(required(f"{path}.message", "message must be specified if expression contains line breaks"))
    reason = validation.get("reason")
    if reason is not None and reason not in REASONS:
        found.append(not_supported(f"{path}.reason", reason, REASONS))
    return found


def _validate_note(note: Manifest, path: str, policy: str, known: dict[str, str]) -> Errors:
    key, expression = f"{policy}/{note.get('key', '')}", note.get("valueExpression", "")
    found: Errors = [invalid(f"{path}.key", key, message) for message in is_qualified_name(key)]
    if not expression.strip():
        return [*found, required(f"{path}.valueExpression", UNSPECIFIED)]
    return found + check(expression, f"{path}.valueExpression", known, "string", "null_type")


def row(policy: Manifest, now: float) -> list[Any]:
    spec = policy["spec"]
    return [policy["metadata"].get("name", ""), len(spec.get("validations") or ()), param_kind_text(spec), age(policy, now)]


KIND = Kind(
    group="admissionregistration.k8s.io",
    kind="ValidatingAdmissionPolicy",
    plural="validatingadmissionpolicies",
    namespaced=False,
    categories=("api-extensions",),
    has_generation=True,
    allow_unconditional_update=False,
    default=default,
    prepare_create=prepare_create,
    validate=validate,
    columns=(
        NAME,
        Column("Validations", "Validations indicates the number of validation rules defined in this configuration", type="integer"),
        PARAM_KIND,
        AGE,
    ),
    row=row,
    subresources={"status": status_subresource()},
)
