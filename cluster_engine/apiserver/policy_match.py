"""Whether a request is one that a policy or webhook is about: rules, scope, names and selectors.

Models k8s.io/apiserver/pkg/admission/plugin/webhook/predicates and pkg/admission/plugin/policy/matching.
"""

from collections.abc import Iterable

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.machinery import selectors
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import not_found

REGISTRATIONS = "admissionregistration.k8s.io"
REVIEWS = frozenset({"authentication.k8s.io", "authorization.k8s.io"})


def is_exempt(request: AdmissionRequest) -> bool:
    """Policies and webhooks never judge each other, nor questions about who may do what: nobody could lock everybody out."""
    return request.kind.group == REGISTRATIONS or request.kind.group in REVIEWS


def version_for(rules: Iterable[Manifest] | None, request: AdmissionRequest, policy: str) -> str:
    """The version of the resource that one of the rules names; "" when none does."""
    rules = tuple(rules or ())
    asked = request.version or request.kind.versions[0]
    if any(_rule_matches(rule, request, asked) for rule in rules):
        return asked
    if policy == "Exact":
        return ""
    return next((v for v in request.kind.versions if any(_rule_matches(rule, request, v) for rule in rules)), "")


def _rule_matches(rule: Manifest, request: AdmissionRequest, version: str) -> bool:
    kind = request.kind
    names = rule.get("resourceNames")
    return (
        _has(rule.get("operations"), request.operation)
        and _has(rule.get("apiGroups"), kind.group)
        and _has(rule.get("apiVersions"), version)
        and rule.get("scope", "*") in ("*", "Namespaced" if request.namespace and kind.namespaced else "Cluster")
        and any(_resource_matches(r, kind.plural, request.subresource) for r in rule.get("resources") or ())
        and (not names or request.name in names)
    )


def _has(values: Iterable[str] | None, value: str) -> bool:
    return any(v in ("*", value) for v in values or ())


def _resource_matches(pattern: str, resource: str, subresource: str) -> bool:
    name, _, sub = pattern.partition("/")
    return name in ("*", resource) and (sub == subresource or sub == "*")


def matched_version(match: Manifest | None, request: AdmissionRequest, objects: Lookup) -> str:
    """The version in which a policy with these matchConstraints, or a binding with these matchResources, sees the request."""
    asked = request.version or request.kind.versions[0]
    if match is None:
        return asked
    if not selected(match, request, objects):
        return ""
    policy = match.get("matchPolicy", "Equivalent")
    if match.get("excludeResourceRules") and version_for(match["excludeResourceRules"], request, policy):
        return ""
    return version_for(match["resourceRules"], request, policy) if match.get("resourceRules") else asked


def selected(owner: Manifest, request: AdmissionRequest, objects: Lookup) -> bool:
    """Whether namespaceSelector and objectSelector take the request. Raises ApiError 404 for a namespace that is not there."""
    return _object_selected(owner.get("objectSelector"), request) and _namespace_selected(owner.get("namespaceSelector"), request, objects)


def _object_selected(selector: Manifest | None, request: AdmissionRequest) -> bool:
    if not selector:
        return True
    wanted = selectors.from_object(selector)
    return any(o is not None and "metadata" in o and wanted.matches(o["metadata"].get("labels") or {}) for o in (request.object, request.old))


def _namespace_selected(selector: Manifest | None, request: AdmissionRequest, objects: Lookup) -> bool:
    if not selector:
        return True
    found = namespace_of(request, objects)
    return found is None or selectors.from_object(selector).matches(found["metadata"].get("labels") or {})


def namespace_of(request: AdmissionRequest, objects: Lookup) -> Manifest | None:
    """The namespace whose labels count: the object's, or the object itself when it is one; None for other cluster-wide objects."""
    if request.kind.name == "namespaces":
        if request.object is not None and request.operation in ("CREATE", "UPDATE") and not request.subresource:
            return request.object
        return request.old or objects.get("namespaces", "", request.name)
    if not request.namespace:
        return None
    found = objects.get("namespaces", "", request.namespace)
    if found is None:
        raise not_found("", "namespaces", request.namespace)
    return found
