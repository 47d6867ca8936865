"""The access reviews: questions about what somebody may do; they are answered and never stored.

Models pkg/registry/authorization and pkg/apis/authorization/validation/validation.go.
"""

from typing import Any

from cluster_engine.machinery import selectors
from cluster_engine.machinery.field import Errors, forbidden, invalid, required
from cluster_engine.resources.kind import Kind, Manifest

GROUP = "authorization.k8s.io"
UNARY = ("Exists", "DoesNotExist")
BOTH = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
NEEDED = "must be specified when `operator` is 'In' or 'NotIn'"


def _as_go(attributes: Manifest | None) -> Manifest | None:
    return {"Path": attributes.get("path", ""), "Verb": attributes.get("verb", "")} if attributes is not None else None


def validate_question(spec: Manifest) -> Errors:
    """What is asked about: a resource or a path, never both."""
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    if resource is not None and path is not None:
        return [invalid("spec.nonResourceAttributes", _as_go(path), "cannot be specified in combination with resourceAttributes")]
    if resource is None and path is None:
        return [invalid("spec.resourceAttributes", None, "exactly one of nonResourceAttributes or resourceAttributes must be specified")]
    return []


def validate_selectors(spec: Manifest) -> Errors:
    found: Errors = []
    attributes = spec.get("resourceAttributes") or {}
    for field in ("fieldSelector", "labelSelector"):
        if attributes.get(field) is not None:
            found += _validate_selector(attributes[field], f"spec.resourceAttributes.{field}", field == "labelSelector")
    return found


def _validate_selector(selector: Manifest, path: str, of_labels: bool) -> Errors:
    raw, requirements = selector.get("rawSelector", ""), selector.get("requirements") or []
    if raw and requirements:
        return [invalid(f"{path}.rawSelector", raw, "may not specified at the same time as requirements")]
    if not raw and not requirements:
        return [required(f"{path}.requirements", f"when {path} is specified, requirements or rawSelector is required")]
    judge = _validate_label if of_labels else _validate_field
    return [error for i, r in enumerate(requirements) for error in judge(r, f"{path}.requirements[{i}]")]


def _validate_label(requirement: Manifest, path: str) -> Errors:
    return [e for e in selectors.validate_requirement(requirement, path) if not e.path.endswith(".operator")]


def _validate_field(requirement: Manifest, path: str) -> Errors:
    operator, values = requirement.get("operator", ""), requirement.get("values")
    found: list[Any] = [] if requirement.get("key") else [required(f"{path}.key", "must be specified")]
    if operator in ("In", "NotIn") and not values:
        found.append(required(f"{path}.values", NEEDED))
    if operator in UNARY and values:
        found.append(forbidden(f"{path}.values", BOTH))
    return found


def validate_review(review: Manifest) -> Errors:
    """SubjectAccessReview and its local form: the question and whom it is about."""
    spec = review.get("spec") or {}
    found = validate_question(spec)
    if not spec.get("user") and not spec.get("groups"):
        found.append(invalid("spec.user", spec.get("user", ""), "at least one of user or group must be specified"))
    return found + validate_selectors(spec)


def validate_self_review(review: Manifest) -> Errors:
    spec = review.get("spec") or {}
    return validate_question(spec) + validate_selectors(spec)


def validate_local_review(review: Manifest) -> Errors:
    found, spec = validate_review(review), review.get("spec") or {}
    resource, namespace = spec.get("resourceAttributes"), review["metadata"].get("namespace", "")
    if resource is not None and resource.get("namespace", "") != namespace:
        found.append(invalid("spec.resourceAttributes.namespace", resource.get("namespace", ""), "must match metadata.namespace"))
    if spec.get("nonResourceAttributes") is not None:
        found.append(invalid("spec.nonResourceAttributes", _as_go(spec["nonResourceAttributes"]), "disallowed on this kind of request"))
    return found


def validate_metadata(review: Manifest, allowed: tuple[str, ...]) -> Errors:
    """A review has no metadata beside what the server notes in it."""
    meta = {k: v for k, v in review["metadata"].items() if v not in (None, "", {}, [])}
    if all(k in allowed or k == "managedFields" for k in meta):
        return []
    order = ("manager", "operation", "apiVersion", "time", "fieldsType")
    shown = {k: v for k, v in meta.items() if k != "managedFields"}
    if meta.get("managedFields"):
        entries = meta["managedFields"]
        shown["managedFields"] = [{k: e[k] for k in order if k in e} | {"fieldsV1": _ordered(e.get("fieldsV1"))} for e in entries]
    return [invalid("metadata", shown, "must be empty")]


def _ordered(value: Any) -> Any:
    return {k: _ordered(value[k]) for k in sorted(value)} if isinstance(value, dict) else value


KINDS = (
    Kind(group=GROUP, kind="LocalSubjectAccessReview", plural="localsubjectaccessreviews", verbs=("create",), validate=validate_local_review),
    Kind(group=GROUP, kind="SelfSubjectAccessReview", plural="selfsubjectaccessreviews", namespaced=False, verbs=("create",), validate=validate_self_review),
    Kind(group=GROUP, kind="SelfSubjectRulesReview", plural="selfsubjectrulesreviews", namespaced=False, verbs=("create",)),
    Kind(group=GROUP, kind="SubjectAccessReview", plural="subjectaccessreviews", namespaced=False, verbs=("create",), validate=validate_review),
)
