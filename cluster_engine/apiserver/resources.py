"""Requests for resources over HTTP: path and query to a call, the call's outcome to a response.

Models k8s.io/apiserver/pkg/endpoints/{installer,handlers}.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from cluster_engine.apiserver import body, connect, present
from cluster_engine.apiserver.attributes import Attributes, User
from cluster_engine.apiserver.audit import Trace
from cluster_engine.apiserver.authz_refusal import forbidden
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.discovery import subresources
from cluster_engine.apiserver.fairness_seats import TurnedAway
from cluster_engine.apiserver.health import not_found_page, too_many_page
from cluster_engine.apiserver.http import HttpRequest, HttpResponse
from cluster_engine.apiserver.managed import manager_name
from cluster_engine.apiserver.negotiate import PROTOBUF, Form, object_form
from cluster_engine.apiserver.patchbody import patch_type, read_patch
from cluster_engine.apiserver.pipeline import authorize, dispatch
from cluster_engine.apiserver.query import (
    NO_OPTIONS,
    Options,
    Query,
    check_delete_options,
    delete_options,
    list_options,
    parse,
    patch_options,
    text,
    write_options,
)
from cluster_engine.apiserver.routes import CONNECTABLE, VERB_OF_METHOD, ResourcePath, find_kind, find_verb
from cluster_engine.apiserver.stream import WatchStream
from cluster_engine.apiserver.verbs.delete import unknown_options
from cluster_engine.apiserver.verbs.watch import expired_event, open_watch
from cluster_engine.machinery import json_text, protobuf, yaml
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError, bad_request, not_found
from cluster_engine.resources.kind import Kind

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer


def attributes_of(server: "APIServer", path: ResourcePath, request: HttpRequest) -> Attributes:
    """What a path asks for, whether or not there is such a thing: authorization comes first."""
    query = parse(request.query)
    verb = VERB_OF_METHOD.get(request.method, request.method.lower())
    if verb == "get" and not path.name:
        verb = "watch" if path.watch or text(query, "watch") not in ("", "false", "0") or query.get("watch") == [""] else "list"
    elif verb == "delete" and not path.name:
        verb = "deletecollection"
    elif verb == "get" and path.watch:
        verb = "watch"
    namespace = path.name if path.resource == "namespaces" and not path.group else path.namespace
    return Attributes(
        verb, path.group, path.version, path.resource, path.subresource, namespace, path.name,
        label_selector=text(query, "labelSelector"), field_selector=text(query, "fieldSelector"),
    )  # fmt: skip


def answer(server: "APIServer", request: HttpRequest, path: ResourcePath, user: User, trace: Trace) -> HttpResponse:
    """Carry out a request for a resource. Raises ApiError."""
    query = parse(request.query)
    attributes = attributes_of(server, path, request)
    kind = server.registry.resource(path.group, path.version, path.resource)
    if kind is None or user.name == "system:anonymous":
        _authorize_path(server, user, attributes, trace)
    if path.group and server.discovery.document(f"/apis/{path.group}") is None:
        return not_found_page()
    if kind is None and path.group and all(k.custom for k in server.registry if k.group == path.group):
        return not_found_page()
    if kind is not None and kind.custom and not kind.namespaced and path.namespace:
        return not_found_page()
    kind = find_kind(server.registry, path)
    if kind.custom and path.subresource and path.subresource not in {s.name for s in subresources(kind)}:
        raise not_found(kind.group, kind.plural, path.name)
    watch = bool(query.get("watch")) and query["watch"][0].lower() not in ("false", "0")
    verb = find_verb(kind, path, request.method, watch=watch)
    trace.known = True
    trace.target = f"{kind.plural}/{path.subresource}" if path.subresource else kind.plural
    call = Call(
        verb, kind, path.version, user, trace, trace.time, path.namespace, path.name, path.subresource,
        manager=manager_name(text(query, "fieldManager"), request.headers.get("user-agent", "")), component=trace.component,
    )  # fmt: skip
    trace.warnings = call.warnings
    if path.subresource in CONNECTABLE or path.subresource == "log":
        authorize(server, call)
        return connect.answer(server, call, request, path, query)
    form = _form(request, query)
    authorize(server, call)
    flow = server.fairness.classify(user, attributes)
    trace.flow = flow
    try:
        waited = server.fairness.enter(flow, user, attributes)
    except TurnedAway as error:
        trace.stopped("fairness", f"priority level {flow.level}: {error}", server.stopwatch)
        return too_many_page()
    wait = f", waited {waited * 1000:.0f} ms" if waited else ""
    trace.passed("fairness", f"flow schema {flow.schema}, priority level {flow.level}{wait}", server.stopwatch)
    if deprecated := kind.deprecated or kind.deprecations.get(path.version):
        call.warnings.append(deprecated)
    read_options(call, query, request)
    if verb == "watch":
        return _watch(server, call, form, text(query, "includeObject"))
    read_body(server, call, request, query)
    trace.passed("schema", "read", server.stopwatch)
    outcome = dispatch(server, call)
    return respond(call, outcome, form, text(query, "includeObject"))


def _authorize_path(server: "APIServer", user: User, attributes: Attributes, trace: Trace) -> None:
    decision = server.permissions.ask(user, attributes)
    if not decision.allowed:
        trace.stopped("authz", decision.reason or "no rule allows it", server.stopwatch)
        raise forbidden(user, attributes, decision.reason)


def _form(request: HttpRequest, query: Query) -> Form:
    form = object_form(request.headers.get("accept", ""))
    pretty = query.get("pretty")
    if pretty is not None and pretty[0].lower() not in ("false", "0"):
        return replace(form, pretty=True)
    return form


def read_options(call: Call, query: Query, request: HttpRequest) -> None:
    """The options of the verb. Raises 400 or 422."""
    verb = call.verb
    if verb in ("list", "watch", "deletecollection"):
        call.options = list_options({**query, "watch": ["true"]} if verb == "watch" else query)
    elif verb == "get":
        call.options = Options(resource_version=text(query, "resourceVersion")) if query else NO_OPTIONS
    elif verb == "create":
        call.options = write_options(query, "CreateOptions")
    elif verb == "update":
        call.options = write_options(query, "UpdateOptions")
    elif verb == "patch":
        call.patch_type = patch_type(call, request.headers.get("content-type", ""))
        call.options = patch_options(query, call.patch_type)


def read_body(server: "APIServer", call: Call, request: HttpRequest, query: Query) -> None:
    """The body of the verb, where it has one. Raises ApiError."""
    verb = call.verb
    if verb in ("get", "list"):
        return
    data = body.unpacked(request.body, request.headers.get("content-encoding", ""))
    content_type = request.headers.get("content-type", "")
    if verb in ("delete", "deletecollection"):
        _read_delete(call, query, content_type, data)
    elif verb == "patch":
        call.body = read_patch(call, content_type, data)
    else:
        gvk = body_kind(call.kind, call.version, call.subresource)
        call.body = body.decode(server, call, gvk, content_type, data)
        if gvk[2] == call.kind.kind:
            call.body = body.to_storage(call, call.body)


def body_kind(kind: Kind, version: str, subresource: str) -> tuple[str, str, str]:
    """The group, version and kind of the body that a path takes."""
    if subresource == "scale" and kind.scale is not None:
        return ("autoscaling", "v1", "Scale")
    declared = kind.subresources.get(subresource)
    if declared is not None and declared.kind:
        return (declared.group or kind.group, declared.version or version, declared.kind)
    return (kind.group, version, kind.kind)


def _read_delete(call: Call, query: Query, content_type: str, data: bytes) -> None:
    """DeleteOptions from the body, else from the query. Raises 400 or 422."""
    options = _delete_body(content_type, data) if data.strip() else delete_options(query)
    check_delete_options(options)
    call.delete_options = options
    if options.get("dryRun"):
        call.options = replace(call.options, dry_run=True)


def _delete_body(content_type: str, data: bytes) -> Manifest:
    media = body.media_type(content_type)
    if media not in ("", "application/json", "application/yaml", PROTOBUF):
        raise body.unsupported()
    try:
        if media == PROTOBUF:
            return {k: v for k, v in protobuf.parse(data).items() if k not in ("kind", "apiVersion") and v not in ("", [], {})}
        options = yaml.parse(data.decode("utf-8", "replace")).value if media == "application/yaml" else json_text.parse(data).value
    except (json_text.JsonSyntaxError, yaml.YamlError, protobuf.ProtobufError) as error:
        raise bad_request(f"couldn't get version/kind; json parse error: {error}") from None
    if options is None:
        return {}
    if not isinstance(options, dict):
        raise bad_request("couldn't get version/kind; json parse error: the body is no object")
    kind, version = options.get("kind", "DeleteOptions"), options.get("apiVersion", "v1")
    if kind != "DeleteOptions":
        raise unknown_options(kind, version)
    return {k: v for k, v in json_text.plain(options).items() if k not in ("kind", "apiVersion")}


def _watch(server: "APIServer", call: Call, form: Form, include: str) -> HttpResponse:
    stream: WatchStream | None = None

    def ready() -> None:
        if stream is not None:
            stream.ready()

    try:
        changes, initial = open_watch(server, call, ready)
    except ApiError as error:
        if error.code != 410:
            raise
        return HttpResponse(200, [("Content-Type", form.content_type)], orjson.dumps(expired_event(error)) + b"\n")
    server.watching += 1
    stream = WatchStream(server, call, changes, form, include, initial=initial)
    return HttpResponse(200, [("Content-Type", form.content_type), *warnings(call.warnings)], stream=stream)


def respond(call: Call, outcome: Outcome, form: Form, include: str) -> HttpResponse:
    """The response of an outcome."""
    data = present.present(call, outcome, form, include)
    revision = outcome.record.revision if outcome.record is not None else outcome.listed.revision if outcome.listed is not None else 0
    return HttpResponse(outcome.code, [("Content-Type", form.content_type), *warnings(call.warnings)], data, revision=revision)


def warnings(texts: Sequence[str]) -> list[tuple[str, str]]:
    """Warning headers as RFC 7234 has them."""
    return [("Warning", '299 - "' + w.replace("\\", "\\\\").replace('"', '\\"') + '"') for w in texts]
