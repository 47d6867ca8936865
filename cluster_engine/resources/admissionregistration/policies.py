"""What both kinds of admission policy share, and both kinds of binding: parameters, matching, names of policies.

Models pkg/apis/admissionregistration/{v1/defaults.go,validation/validation.go} and pkg/printers.
"""

from typing import Any

from cluster_engine.machinery import selectors
from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required
from cluster_engine.machinery.names import dns_subdomain_name, is_dns1035_label, is_dns1123_subdomain, path_segment_name
from cluster_engine.resources.admissionregistration.expressions import validate_conditions, validate_variables
from cluster_engine.resources.admissionregistration.rules import FAILURE_POLICIES, default_match, default_rules, validate_match
from cluster_engine.resources.kind import Column, Manifest
from cluster_engine.resources.table import AGE, NAME, UNSET, age

PARAM_KIND = Column("ParamKind", "ParamKind specifies the kind of resources used to parameterize this policy")
BINDING_COLUMNS = (
    NAME,
    Column("PolicyName", "PolicyName indicates the policy definition which the policy binding binded to"),
    Column("ParamRef", "ParamRef indicates the param resource which sets the configuration param"),
    AGE,
)
EXCLUSIVE = "name and selector are mutually exclusive"


def default_policy(policy: Manifest) -> None:
    spec = policy.setdefault("spec", {})
    if spec.get("failurePolicy") is None:
        spec["failurePolicy"] = "Fail"
    default_matching(spec.get("matchConstraints"))


def default_binding(binding: Manifest) -> None:
    default_matching(binding.setdefault("spec", {}).get("matchResources"))


def default_matching(match: Manifest | None) -> None:
    if match is not None:
        default_match(match)
        default_rules(match.get("resourceRules"))
        default_rules(match.get("excludeResourceRules"))


def validate_policy(spec: Manifest) -> tuple[Errors, dict[str, str]]:
    """Everything up to what the policy does, and the types of its variables."""
    found: Errors = []
    if spec.get("failurePolicy") not in FAILURE_POLICIES:
        found.append(not_supported("spec.failurePolicy", spec.get("failurePolicy", ""), FAILURE_POLICIES))
    params = spec.get("paramKind")
    if params is not None:
        found += _validate_param_kind(params)
    match = spec.get("matchConstraints")
    if match is None:
        found.append(required("spec.matchConstraints"))
    else:
        found += validate_match(match, "spec.matchConstraints")
        if not match.get("resourceRules"):
            found.append(required("spec.matchConstraints.resourceRules"))
    found += validate_conditions(spec.get("matchConditions"), "spec.matchConditions", params is not None)
    problems, types = validate_variables(spec.get("variables"), "spec.variables", params is not None)
    return found + problems, types


def _validate_param_kind(params: Manifest) -> Errors:
    version, kind = params.get("apiVersion", ""), params.get("kind", "")
    found: Errors = []
    group, _, number = version.rpartition("/")
    if not version:
        found.append(required("spec.paramKind.apiVersion"))
    elif version.count("/") > 1:
        found.append(invalid("spec.paramKind.apiVersion", version, f"unexpected GroupVersion string: {version}"))
    else:
        if group and (messages := is_dns1123_subdomain(group)):
            found.append(invalid("spec.paramKind.apiVersion", group, ",".join(messages)))
        if messages := is_dns1035_label(number):
            found.append(invalid("spec.paramKind.apiVersion", number, ",".join(messages)))
    if not kind:
        found.append(required("spec.paramKind.kind"))
    elif messages := is_dns1035_label(kind.lower()):
        found.append(invalid("spec.paramKind.kind", kind, f"may have mixed case, but should otherwise match: {','.join(messages)}"))
    return found


def validate_binding(spec: Manifest) -> Errors:
    name = spec.get("policyName", "")
    found: Errors = [] if name else [required("spec.policyName")]
    found += [invalid("spec.policyName", name, m) for m in dns_subdomain_name(name, False) if name]
    if spec.get("paramRef") is not None:
        found += _validate_param_ref(spec["paramRef"], "spec.paramRef")
    if spec.get("matchResources") is not None:
        found += validate_match(spec["matchResources"], "spec.matchResources")
    return found


def _validate_param_ref(ref: Manifest, path: str) -> Errors:
    name, selector, action = ref.get("name", ""), ref.get("selector"), ref.get("parameterNotFoundAction")
    found: list[Any] = [invalid(f"{path}.name", name, m) for m in path_segment_name(name, False) if name]
    if name and selector is not None:
        found += [forbidden(f"{path}.name", EXCLUSIVE), forbidden(f"{path}.selector", EXCLUSIVE)]
    found += selectors.validate(selector, f"{path}.selector")
    if not name and selector is None:
        found.append(required(path, "one of name or selector must be specified"))
    if action is None:
        found.append(required(f"{path}.parameterNotFoundAction"))
    elif action not in ("Deny", "Allow"):
        found.append(not_supported(f"{path}.parameterNotFoundAction", action, ("Deny", "Allow")))
    return found


def param_kind_text(spec: Manifest) -> str:
    params = spec.get("paramKind")
    return f"{params.get('apiVersion', '')}/{params.get('kind', '')}" if params is not None else UNSET


def binding_row(binding: Manifest, now: float) -> list[Any]:
    spec = binding["spec"]
    return [binding["metadata"].get("name", ""), spec.get("policyName", ""), _param_ref_text(spec.get("paramRef")), age(binding, now)]


def _param_ref_text(ref: Manifest | None) -> str:
    if ref is None:
        return UNSET
    if ref.get("selector") is not None:
        return _selector_as_go(ref["selector"])
    return f"{ref['namespace']}/{ref['name']}" if ref.get("namespace") else ref.get("name", "")


def _selector_as_go(selector: Manifest) -> str:
    """A LabelSelector as Go's generated String prints it."""
    labels = "".join(f"{k}: {v}," for k, v in sorted((selector.get("matchLabels") or {}).items()))
    parts = "".join(
        f"LabelSelectorRequirement{{Key:{e.get('key', '')},Operator:{e.get('operator', '')},Values:[{' '.join(e.get('values') or ())}],}},"
        for e in selector.get("matchExpressions") or ()
    )
    return f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{parts}}},}}"
