"""The pipeline: authorization, then the verb; every request goes through here, however it came in.

Models k8s.io/apiserver/pkg/server/config.go (DefaultBuildHandlerChain) and pkg/endpoints/handlers.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cluster_engine.apiserver import telling
from cluster_engine.apiserver.attributes import Attributes, Authorizer, Decision, User
from cluster_engine.apiserver.authz_refusal import forbidden
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.subresources import handler_of
from cluster_engine.apiserver.subresources.binding import bind_by_name
from cluster_engine.apiserver.verbs.create import create
from cluster_engine.apiserver.verbs.delete import delete
from cluster_engine.apiserver.verbs.deletecollection import delete_collection
from cluster_engine.apiserver.verbs.get import get
from cluster_engine.apiserver.verbs.list import list_
from cluster_engine.apiserver.verbs.patch import patch
from cluster_engine.apiserver.verbs.update import update
from cluster_engine.machinery.status import ApiError

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

Verb = Callable[["APIServer", Call], Outcome]
VERBS: dict[str, Verb] = {
    "get": get,
    "list": list_,
    "create": create,
    "update": update,
    "patch": patch,
    "delete": delete,
    "deletecollection": delete_collection,
}
METHODS = {"get": "GET", "list": "GET", "watch": "GET", "create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE", "deletecollection": "DELETE"}
REMEMBERED = 20_000


class Permissions:
    """Remembers what the authorizer said, as long as no rule has changed."""

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer, self._revision = authorizer, authorizer.revision
        self._known: dict[tuple[User | str, ...], Decision] = {}

    def ask(self, user: User, attributes: Attributes) -> Decision:
        if self._authorizer.revision != self._revision or len(self._known) > REMEMBERED:
            self._known.clear()
            self._revision = self._authorizer.revision
        key = (
            user.name,
            *user.groups,
            "|",
            attributes.verb,
            attributes.group,
            attributes.resource,
            attributes.subresource,
            attributes.namespace,
            attributes.name,
            attributes.path,
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._authorizer.authorize(user, attributes)
        return found


def authorize(server: "APIServer", call: Call) -> None:
    """Raises 403 unless a rule allows the call."""
    attributes, trace = call.attributes(), call.trace
    decision = server.permissions.ask(call.user, attributes)
    if not decision.allowed:
        trace.stopped("authz", decision.reason or "no rule allows it", server.stopwatch)
        raise forbidden(call.user, attributes, decision.reason)
    trace.passed("authz", decision.reason or "allowed", server.stopwatch)


def dispatch(server: "APIServer", call: Call) -> Outcome:
    """Carry out a call that has been authorized."""
    _check_store(server, call)
    if call.subresource:
        special = handler_of(call.kind, call.subresource, call.verb)
        if special is not None:
            return special(server, call)
    if call.kind.name == "bindings":
        return bind_by_name(server, call)
    virtual = server.extensions.virtual.get((call.kind.name, call.verb))
    return virtual(server, call) if virtual is not None else VERBS[call.verb](server, call)


def _check_store(server: "APIServer", call: Call) -> None:
    """Without a quorum nothing is written, and nothing read that must be the newest; `resourceVersion=0` takes what is cached."""
    why = server.store.refusal()
    if why and (call.verb not in ("get", "list") or call.options.resource_version != "0"):
        raise ApiError(500, "", why)


def execute(server: "APIServer", call: Call) -> Outcome:
    """Authorize and carry out a call of a component, with its signals and its place in the audit ring."""
    trace = call.trace
    trace.passed("authn", call.user.name, server.stopwatch)
    if server.signals.watched:
        trace.label, trace.subject_name, trace.why = label_of(call), _named(call), call.why
        telling.arrived(server, trace)
    try:
        authorize(server, call)
        trace.at = "mutate"
        outcome = dispatch(server, call)
    except ApiError as error:
        trace.code, trace.message, trace.reason = error.code, error.message, error.reason
        _finish(server, call)
        raise
    trace.code = outcome.code
    _finish(server, call)
    return outcome


def _finish(server: "APIServer", call: Call) -> None:
    """Count the request and tell its end."""
    trace = call.trace
    counts, key = server.audit.counts, (call.verb, call.kind.name, trace.code)
    counts[key] = counts.get(key, 0) + 1
    if trace.revision or trace.code >= 400:
        server.audit.keep(trace, inside=True)
    if server.signals.watched:
        telling.left(server, trace)


def label_of(call: Call) -> str:
    """What a pill on the map says: `PUT pods/status`."""
    resource = f"{call.kind.plural}/{call.subresource}" if call.subresource else call.kind.plural
    return f"{METHODS[call.verb]} {resource}"


def _named(call: Call) -> str:
    return f"{call.namespace}/{call.name}" if call.namespace and call.name else call.name
