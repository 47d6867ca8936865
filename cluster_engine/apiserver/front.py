"""The HTTP front: from a request to its answer, in whatever form was asked for; it never raises.

Models k8s.io/apiserver/pkg/server/config.go (DefaultBuildHandlerChain).
"""

import gzip
import logging
from typing import TYPE_CHECKING

from cluster_engine.apiserver import plain, resources, telling
from cluster_engine.apiserver.attributes import ANONYMOUS, Attributes, User
from cluster_engine.apiserver.audit import MOST_BODY, Sent, Trace
from cluster_engine.apiserver.authn_impersonation import impersonate, wanted_user
from cluster_engine.apiserver.authz_refusal import forbidden
from cluster_engine.apiserver.http import HttpRequest, HttpResponse
from cluster_engine.apiserver.negotiate import JSON, YAML, Form, clauses, dump, matches
from cluster_engine.apiserver.routes import parse
from cluster_engine.machinery.status import ApiError, internal, unauthorized

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

log = logging.getLogger(__name__)
COMPRESS_FROM = 128 * 1024
UNEXPECTED = "an error on the server has prevented the request from succeeding"


class Front:
    """Answers HTTP requests for one server."""

    def __init__(self, server: "APIServer") -> None:
        self._server = server

    def handle(self, request: HttpRequest) -> HttpResponse:
        server = self._server
        trace = server.trace(request.method, request.path, program(request))
        trace.label = f"{request.method} {request.path}"
        trace.began, trace.sent = server.stopwatch(), sent(request)
        telling.arrived(server, trace)
        try:
            response = self._answer(request, trace)
        except ApiError as error:
            response = refusal(error, request)
            response.headers.extend(resources.warnings(trace.warnings))
            trace.message, trace.reason = error.message, error.reason
            if not trace.stages or trace.stages[-1][0] != trace.at:
                trace.stopped(trace.at, error.reason, server.stopwatch)
        except Exception:
            log.exception("request %s %s failed", request.method, request.path)
            response = refusal(internal(UNEXPECTED), request)
            trace.message = UNEXPECTED
        trace.code = response.status
        self._left(response, trace)
        return self._finished(request, response, trace)

    def _answer(self, request: HttpRequest, trace: Trace) -> HttpResponse:
        user = self._user(request)
        trace.user = user.name
        trace.passed("authn", f"{user.name}, in {', '.join(user.groups) or 'no group'}", self._server.stopwatch)
        path = parse(request.path)
        wanted = wanted_user(request.headers) if "impersonate-user" in request.headers or any(h.startswith("impersonate-") for h in request.headers) else None
        if wanted is not None:
            attributes = resources.attributes_of(self._server, path, request) if path is not None else _plain_attributes(request)
            user = impersonate(wanted, user, attributes, self._server.gates.authorizer)
            trace.user = user.name
            trace.passed("authn", f"acts as {user.name}", self._server.stopwatch)
        if path is not None:
            return resources.answer(self._server, request, path, user, trace)
        self._allow(user, _plain_attributes(request), trace)
        return plain.answer(self._server, request, user)

    def _user(self, request: HttpRequest) -> User:
        gates = self._server.gates
        user = gates.authenticator.authenticate(request)
        if user is not None:
            return user
        if not gates.anonymous:
            raise unauthorized()
        return ANONYMOUS

    def _allow(self, user: User, attributes: Attributes, trace: Trace) -> None:
        decision = self._server.permissions.ask(user, attributes)
        if not decision.allowed:
            trace.stopped("authz", decision.reason or "no rule allows it", self._server.stopwatch)
            raise forbidden(user, attributes, decision.reason)
        trace.passed("authz", decision.reason or "allowed", self._server.stopwatch)

    def _left(self, response: HttpResponse, trace: Trace) -> None:
        server = self._server
        if response.status < 400:
            trace.passed("response", str(response.status), server.stopwatch)
        server.audit.keep(trace, inside=False)
        key = (trace.method, trace.target, response.status) if trace.known else (trace.method, "other", response.status)
        server.audit.count(key, server.stopwatch() - trace.stages[0][2] if trace.stages else 0.0)
        telling.left(server, trace)

    def _finished(self, request: HttpRequest, response: HttpResponse, trace: Trace) -> HttpResponse:
        response.headers += [("Audit-Id", trace.id), ("Cache-Control", "no-cache, private")]
        if trace.flow.schema:
            uids = (("X-Kubernetes-Pf-Flowschema-Uid", trace.flow.schema_uid), ("X-Kubernetes-Pf-Prioritylevel-Uid", trace.flow.level_uid))
            response.headers += uids
        response.revision = max(response.revision, trace.revision)
        if request.method == "HEAD":
            response.body = b""
        if len(response.body) > COMPRESS_FROM and request.method == "GET" and "gzip" in request.headers.get("accept-encoding", ""):
            response.body = gzip.compress(response.body, 1, mtime=0)
            response.headers += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
        return response


def sent(request: HttpRequest) -> Sent:
    """What the audit ring keeps of a request: never its headers, which carry tokens."""
    size = len(request.body)
    return Sent(request.query, request.headers.get("content-type", ""), request.body if size <= MOST_BODY else b"", size)


def program(request: HttpRequest) -> str:
    """The program that sends a request, as it calls itself."""
    agent = request.headers.get("user-agent", "").split("/")[0].split(" ")[0]
    return agent[:40] or "client"


def _plain_attributes(request: HttpRequest) -> Attributes:
    return Attributes(request.method.lower(), path=request.path)


def refusal(error: ApiError, request: HttpRequest) -> HttpResponse:
    """The Status of an error, in YAML only when the client likes that best."""
    media = JSON
    for clause in clauses(request.headers.get("accept", "")):
        if matches(clause.media, JSON):
            break
        if matches(clause.media, YAML):
            media = YAML
            break
    form = Form(media)
    headers = [("Content-Type", media), *error.headers.items()]
    if error.code == 429 and "Retry-After" not in error.headers:
        headers.append(("Retry-After", "1"))
    return HttpResponse(error.code, headers, dump(error.status(), form))
