"""Paths that name no resource: discovery, OpenAPI, health, version, metrics, the OpenID documents.

Models k8s.io/apiserver/pkg/server/routes and pkg/routes.
"""

from typing import TYPE_CHECKING, Any

import orjson

from cluster_engine.apiserver import metrics
from cluster_engine.apiserver.attributes import User
from cluster_engine.apiserver.discovery import root_paths
from cluster_engine.apiserver.health import health, not_found_page
from cluster_engine.apiserver.http import HttpRequest, HttpResponse
from cluster_engine.apiserver.negotiate import JSON, Form, discovery_form, dump
from cluster_engine.apiserver.query import parse
from cluster_engine.apiserver.routes import missing, wrong_method
from cluster_engine.machinery.manifest import Manifest

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

VERSION: Manifest = {
    "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36", "minCompatibilityMajor": "1", "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2", "gitCommit": "", "gitTreeState": "clean", "buildDate": "2026-06-16T00:00:00Z", "goVersion": "go1.25.0",
    "compiler": "gc", "platform": "linux/amd64",
}  # fmt: skip
INDEX = ("", "/", "/index.html")
READS = ("GET", "HEAD")


def answer(server: "APIServer", request: HttpRequest, user: User) -> HttpResponse:
    """Answer a request for a path that names no resource. Raises ApiError."""
    path = request.path.rstrip("/") or "/"
    if path in INDEX:
        return json_response({"paths": root_paths(server.registry)})
    query = parse(request.query)
    if (found := health(path, query, server.failing)) is not None:
        return found
    if path == "/version":
        if request.method not in READS:
            raise wrong_method()
        return json_response(VERSION)
    if path == "/metrics":
        return HttpResponse(200, [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")], metrics.text(server).encode())
    if path.startswith("/openapi"):
        found = server.openapi(request)
        return found or (HttpResponse(404) if path.startswith("/openapi/v3/") else not_found_page())
    if (document := server.openid(path)) is not None:
        return json_response(document)
    if path == "/api" or path == "/apis" or path.startswith(("/api/", "/apis/")):
        return _discovery(server, request, path)
    return not_found_page()


def json_response(value: Any) -> HttpResponse:
    return HttpResponse(200, [("Content-Type", JSON)], orjson.dumps(value, option=orjson.OPT_INDENT_2))


def _discovery(server: "APIServer", request: HttpRequest, path: str) -> HttpResponse:
    """Group and resource lists. Raises 404 below a group that is there, 405 for other methods than GET."""
    aggregated = path in ("/api", "/apis")
    document = _api_versions(server, request) if path == "/api" else server.discovery.document(path)
    if document is None:
        group = path.split("/")[2] if path.startswith("/apis/") else ""
        if not group or server.discovery.document(f"/apis/{group}") is not None:
            raise missing()
        return not_found_page()
    if request.method not in READS and not (path == "/apis"):
        raise wrong_method()
    form = discovery_form(request.headers.get("accept", ""), aggregated)
    if form.shape:
        return _aggregated(server, request, path, form)
    return HttpResponse(200, [("Content-Type", form.content_type), ("Vary", "Accept")], dump(document, form))


def _api_versions(server: "APIServer", request: HttpRequest) -> Manifest:
    address = {"clientCIDR": "0.0.0.0/0", "serverAddress": request.headers.get("host", "")}
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [address]}


def _aggregated(server: "APIServer", request: HttpRequest, path: str, form: Form) -> HttpResponse:
    document, etag = server.discovery.document(f"aggregated {path}")
    headers = [("Content-Type", form.content_type), ("Vary", "Accept"), ("ETag", f'"{etag}"'), ("Cache-Control", "public")]
    if request.headers.get("if-none-match", "").strip('"') == etag:
        return HttpResponse(304, headers)
    return HttpResponse(200, headers, dump(document, form))
