"""MutatingAdmissionPolicy: expressions that change what is written.

Models pkg/registry/admissionregistration/mutatingadmissionpolicy/strategy.go.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, not_supported, required
from cluster_engine.resources.admissionregistration.expressions import check_mutation, names
from cluster_engine.resources.admissionregistration.policies import PARAM_KIND, default_policy, param_kind_text, validate_policy
from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, NAME, age

PATCHES = {"ApplyConfiguration": ("applyConfiguration", "Object"), "JSONPatch": ("jsonPatch", "list(JSONPatch)")}
REINVOCATIONS = ("IfNeeded", "Never")


def validate(policy: Manifest) -> Errors:
    spec = policy["spec"]
    found, types = validate_policy(spec)
    known = names(spec.get("paramKind") is not None, variables=types)
    mutations = spec.get("mutations") or ()
    if not mutations:
        found.append(required("spec.mutations", "mutations must contain at least one item"))
    for i, mutation in enumerate(mutations):
        found += _validate_mutation(mutation, f"spec.mutations[{i}]", known)
    again = spec.get("reinvocationPolicy", "")
    if not again:
        found.append(required("spec.reinvocationPolicy"))
    elif again not in REINVOCATIONS:
        found.append(not_supported("spec.reinvocationPolicy", again, REINVOCATIONS))
    return found


def _validate_mutation(mutation: Manifest, path: str, known: dict[str, str]) -> Errors:
    kind = mutation.get("patchType", "")
    if not kind:
        return [required(f"{path}.patchType")]
    if kind not in PATCHES:
        return [not_supported(f"{path}.patchType", kind, tuple(PATCHES))]
    field, wanted = PATCHES[kind]
    expression = (mutation.get(field) or {}).get("expression", "")
    if mutation.get(field) is None:
        return [required(f"{path}.{field}", f"must be specified when patchType is {kind}")]
    if not expression.strip():
        return [required(f"{path}.{field}.expression", "expression is not specified")]
    return check_mutation(expression, f"{path}.{field}.expression", known, wanted)


def row(policy: Manifest, now: float) -> list[Any]:
    spec = policy["spec"]
    return [policy["metadata"].get("name", ""), len(spec.get("mutations") or ()), param_kind_text(spec), age(policy, now)]


KIND = Kind(
    group="admissionregistration.k8s.io",
    kind="MutatingAdmissionPolicy",
    plural="mutatingadmissionpolicies",
    hashed_version="v1beta1",
    namespaced=False,
    categories=("api-extensions",),
    has_generation=True,
    allow_unconditional_update=False,
    default=default_policy,
    validate=validate,
    columns=(NAME, Column("Mutations", "Mutation indicates the number of mutations rules defined in this configuration", type="integer"), PARAM_KIND, AGE),
    row=row,
)
