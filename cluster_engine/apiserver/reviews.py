"""Reviews: answers to who somebody is and what they may do, from the same gates that judge requests. Nothing is stored.

Models pkg/registry/{authentication,authorization}.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from cluster_engine.apiserver import admit, managed
from cluster_engine.apiserver.attributes import Attributes, Authorizer, User
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.objects import checked_namespace
from cluster_engine.apiserver.tokens import TokenError
from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import bad_request, internal, invalid
from cluster_engine.resources.authorization.reviews import validate_metadata

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

Answer = Callable[["APIServer", Call, Manifest], Manifest]


@runtime_checkable
class KnowsTokens(Protocol):
    """An authenticator that can be asked about a token."""

    def user_of(self, token: str, audiences: tuple[str, ...] = ()) -> tuple[User, tuple[str, ...]]: ...


@runtime_checkable
class KnowsRules(Protocol):
    """An authorizer that can list the rules of a user."""

    def rules_of(self, user: User, namespace: str) -> list[Manifest]: ...


@runtime_checkable
class AsksOthers(Protocol):
    """An authorizer made of several."""

    judges: Sequence[Authorizer]


def user_info(user: User) -> Manifest:
    """A user as UserInfo."""
    info: Manifest = {"username": user.name}
    if user.uid:
        info["uid"] = user.uid
    if user.groups:
        info["groups"] = list(user.groups)
    if user.extra:
        info["extra"] = {k: list(v) for k, v in user.extra.items()}
    return info


def review(server: "APIServer", call: Call) -> Outcome:
    """Answer a review: its body comes back with a status."""
    body: Manifest = call.body
    meta = body.setdefault("metadata", {})
    checked_namespace(call, meta)
    if call.kind.kind != "SelfSubjectReview":
        body.setdefault("spec", {})
    gvk = (call.kind.group, call.version, call.kind.kind)
    managed.on_body(server, call, gvk, body)
    asked = admit.request_for(server, call, "CREATE", body, None, gvk)
    body = admit.mutate(server, asked) or body
    errors = call.kind.validate(body)
    if call.kind.group == "authorization.k8s.io":
        errors += validate_metadata(body, ("namespace",) if call.kind.namespaced else ())
    if errors:
        raise invalid(call.kind.group, "", "", errors)
    admit.judge(server, asked)
    return Outcome(201, manifest=ANSWERS[call.kind.kind](server, call, body))


def _attributes(spec: Manifest) -> Attributes:
    """What a review's spec asks about."""
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes") or {}
    if resource is None:
        return Attributes(path.get("verb", ""), path=path.get("path", ""))
    return Attributes(
        resource.get("verb", ""), resource.get("group", ""), resource.get("version", ""), resource.get("resource", ""),
        resource.get("subresource", ""), resource.get("namespace", ""), resource.get("name", ""),
        label_selector=(resource.get("labelSelector") or {}).get("rawSelector", ""),
        field_selector=(resource.get("fieldSelector") or {}).get("rawSelector", ""),
    )  # fmt: skip


def _judged(server: "APIServer", user: User, body: Manifest) -> Manifest:
    decision = server.gates.authorizer.authorize(user, _attributes(body["spec"]))
    status: Manifest = {"allowed": decision.allowed}
    if decision.denied:
        status["denied"] = True
    if decision.reason:
        status["reason"] = decision.reason
    return {**body, "status": status}


def _subject_access(server: "APIServer", call: Call, body: Manifest) -> Manifest:
    spec = body["spec"]
    extra = {k.lower(): tuple(v or ()) for k, v in (spec.get("extra") or {}).items()}
    return _judged(server, User(spec.get("user", ""), tuple(spec.get("groups") or ()), spec.get("uid", ""), extra), body)


def _self_access(server: "APIServer", call: Call, body: Manifest) -> Manifest:
    return _judged(server, call.user, body)


def _rule_sources(authorizer: Authorizer) -> list[KnowsRules]:
    judges = authorizer.judges if isinstance(authorizer, AsksOthers) else (authorizer,)
    return [judge for judge in judges if isinstance(judge, KnowsRules)]


def _self_rules(server: "APIServer", call: Call, body: Manifest) -> Manifest:
    namespace = body["spec"].get("namespace", "")
    if not namespace:
        raise bad_request("no namespace on request")
    rules = [rule for source in _rule_sources(server.gates.authorizer) for rule in source.rules_of(call.user, namespace)]
    resources = [{k: r[k] for k in ("verbs", "apiGroups", "resources", "resourceNames") if r.get(k)} for r in rules if r.get("resources")]
    paths = [{"verbs": r["verbs"], "nonResourceURLs": r["nonResourceURLs"]} for r in rules if r.get("nonResourceURLs")]
    return {**body, "spec": {}, "status": {"resourceRules": resources, "nonResourceRules": paths, "incomplete": False}}


def _self(server: "APIServer", call: Call, body: Manifest) -> Manifest:
    meta = {**body["metadata"], "creationTimestamp": timestamp(call.now)}
    return {k: v for k, v in body.items() if k != "spec"} | {"metadata": meta, "status": {"userInfo": user_info(call.user)}}


def _token(server: "APIServer", call: Call, body: Manifest) -> Manifest:
    spec, authenticator = body["spec"], server.gates.authenticator
    if not spec.get("token"):
        raise bad_request("token is required for TokenReview in authentication")
    if not isinstance(authenticator, KnowsTokens):
        raise internal("this server knows no tokens")
    try:
        user, audiences = authenticator.user_of(spec["token"], tuple(spec.get("audiences") or ()))
    except TokenError as error:
        return {**body, "status": {"user": {}, "error": str(error)}}
    return {**body, "status": {"authenticated": True, "user": user_info(user), "audiences": list(audiences)}}


ANSWERS: dict[str, Answer] = {
    "SubjectAccessReview": _subject_access,
    "LocalSubjectAccessReview": _subject_access,
    "SelfSubjectAccessReview": _self_access,
    "SelfSubjectRulesReview": _self_rules,
    "SelfSubjectReview": _self,
    "TokenReview": _token,
}
NAMES = {
    "SubjectAccessReview": "subjectaccessreviews.authorization.k8s.io",
    "LocalSubjectAccessReview": "localsubjectaccessreviews.authorization.k8s.io",
    "SelfSubjectAccessReview": "selfsubjectaccessreviews.authorization.k8s.io",
    "SelfSubjectRulesReview": "selfsubjectrulesreviews.authorization.k8s.io",
    "SelfSubjectReview": "selfsubjectreviews.authentication.k8s.io",
    "TokenReview": "tokenreviews.authentication.k8s.io",
}
REVIEWS = {(name, "create"): review for name in NAMES.values()}
