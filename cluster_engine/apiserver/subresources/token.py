"""Token: a ServiceAccount's token on request, for given audiences, for a time, bound to an object if so asked.

Models pkg/registry/core/serviceaccount/storage/token.go.
"""

from typing import TYPE_CHECKING

from cluster_engine.apiserver import admit, managed, storage
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.tokens import BINDABLE, EXTENSION, WARN_AFTER, Bound, TokenIssuer, ref_of
from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery import field
from cluster_engine.machinery.field import Errors
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import bad_request, conflict, internal, invalid, not_found

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

TOKEN_KIND = ("authentication.k8s.io", "v1", "TokenRequest")
SHORTEST, LONGEST, DEFAULT = 600, 2**32, 3600


def create_token(server: "APIServer", call: Call) -> Outcome:
    """Sign a token and give it back inside its request."""
    issuer = server.extensions.tokens
    if issuer is None:
        raise internal("this server signs no tokens")
    request: Manifest = call.body
    account = storage.find(server, call.kind, call.namespace, call.name).object
    _fill(server, call, request, issuer)
    asked = admit.request_for(server, call, "CREATE", request, None, TOKEN_KIND)
    request = admit.mutate(server, asked) or request
    if errors := validate(request["spec"]):
        raise invalid("authentication.k8s.io", "TokenRequest", "", errors)
    bound = _bound(server, call, request["spec"].get("boundObjectRef"))
    admit.judge(server, asked)
    return Outcome(201, manifest=_answer(server, call, account, request, bound, issuer))


def _fill(server: "APIServer", call: Call, request: Manifest, issuer: TokenIssuer) -> None:
    """Defaults and system fields; metadata may only repeat what the path says."""
    meta, spec = request["metadata"], request.setdefault("spec", {})
    for part, wanted, what in (("name", call.name, "service account name"), ("namespace", call.namespace, "service account namespace")):
        if meta.get(part) and meta[part] != wanted:
            error = field.invalid(f"metadata.{part}", meta[part], f"must match the {what} if specified")
            raise invalid("authentication.k8s.io", "TokenRequest", call.name, [error])
    if not spec.get("expirationSeconds"):
        spec["expirationSeconds"] = DEFAULT
    meta |= {"name": call.name, "namespace": call.namespace, "uid": server.chance.uid(), "creationTimestamp": timestamp(call.now)}
    managed.on_body(server, call, TOKEN_KIND, request)
    if not spec.get("audiences"):
        spec["audiences"] = list(issuer.keys.audiences)
    spec.setdefault("boundObjectRef", None)


def validate(spec: Manifest) -> Errors:
    seconds = spec["expirationSeconds"]
    if seconds < SHORTEST:
        return [field.invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes")]
    if seconds > LONGEST:
        return [field.invalid("spec.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds")]
    return []


def _bound(server: "APIServer", call: Call, ref: Manifest | None) -> list[Bound]:
    """The object that the token lives with, and the node of a pod. Raises 400, 404 or 409."""
    if not ref:
        return []
    api_version, kind = ref.get("apiVersion", ""), ref.get("kind", "")
    if api_version != "v1" or kind not in BINDABLE:
        group = api_version if "/" in api_version else f"/{api_version}"
        raise bad_request(f"cannot bind token to object of type {group}, Kind={kind}")
    plural = BINDABLE[kind]
    found = _find(server, plural, call.namespace, ref.get("name", ""))
    if ref.get("uid") and ref["uid"] != found["metadata"]["uid"]:
        raise conflict("", kind, ref.get("name", ""), f"the UID in the bound object reference ({ref['uid']}) does not match the UID in record. {_recreated()}")
    node = found.get("spec", {}).get("nodeName") if kind == "Pod" else ""
    if not node:
        return [ref_of(kind, found)]
    record = server.store.get(server.registry["nodes"].key("", node))
    return [ref_of(kind, found), ref_of("Node", record.object) if record is not None else Bound("Node", node, "")]


def _recreated() -> str:
    return "The object might have been deleted and then recreated"


def _find(server: "APIServer", plural: str, namespace: str, name: str) -> Manifest:
    kind = server.registry[plural]
    record = server.store.get(kind.key(namespace, name))
    if record is None:
        raise not_found("", plural, name)
    return record.object  # type: ignore[no-any-return]


def _answer(server: "APIServer", call: Call, account: Manifest, request: Manifest, bound: list[Bound], issuer: TokenIssuer) -> Manifest:
    """Tokens that pods mount for an hour and seven seconds live a year, for programs that never read them again."""
    spec = request["spec"]
    seconds, extended = spec["expirationSeconds"], 0
    if seconds == WARN_AFTER and any(b.kind == "Pod" for b in bound) and spec["audiences"] == list(issuer.keys.audiences):
        seconds, extended = EXTENSION, WARN_AFTER
    token = issuer.issue(account, now=call.now, token_id=server.chance.uid(), seconds=seconds, audiences=spec["audiences"], bound=bound, warn_after=extended)
    expires = timestamp(call.now + spec["expirationSeconds"])
    return {**request, "status": {"token": token, "expirationTimestamp": expires}}
