"""OpenAPI: what clients read to learn the fields of every kind; documents are made when first asked for and kept as bytes.

Models k8s.io/kube-openapi/pkg/{handler,handler3}. Built-in kinds give the same bytes in every cluster, so those are shared.
"""

from hashlib import sha512
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import orjson

from cluster_engine.apiserver import openapi_gnostic, openapi_v2, openapi_v3
from cluster_engine.apiserver.discovery import groups
from cluster_engine.apiserver.http import HttpRequest, HttpResponse
from cluster_engine.apiserver.openapi_schemas import definitions
from cluster_engine.resources.kind import Kind

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

Raw = dict[str, Any]

GNOSTIC = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"


# Documents by what they describe: built-in kinds of the same names are the same kinds in all clusters.
_builtin: dict[tuple[str, ...], tuple[bytes, str]] = {}
_whole: dict[bytes, tuple[bytes, bytes, str]] = {}
WHOLE_KEPT = 4


def _sealed(document: Raw) -> tuple[bytes, str]:
    """The bytes of a document and their hash."""
    body = orjson.dumps(document)
    return body, sha512(body).hexdigest().upper()


def _builtin_document(kinds: list[Kind], group: str, version: str) -> tuple[bytes, str]:
    key = (group, version, *(k.plural for k in kinds))
    if key not in _builtin:
        _builtin[key] = _sealed(openapi_v3.document(kinds, group, version))
    return _builtin[key]


def _whole_document(kinds: list[Kind], custom: dict[tuple[str, str, str], Raw]) -> tuple[bytes, bytes, str]:
    """The v2 document as JSON and as protobuf, and its hash."""
    key = orjson.dumps([[k.name for k in kinds], [[list(gvk), custom[gvk]] for gvk in sorted(custom)]])
    if key not in _whole:
        while len(_whole) >= WHOLE_KEPT:
            del _whole[next(iter(_whole))]
        document = openapi_v2.document(kinds, custom)
        body, digest = _sealed(document)
        _whole[key] = (body, openapi_gnostic.encode(document), digest)
    return _whole[key]


def answer(server: "APIServer", request: HttpRequest) -> HttpResponse | None:
    """A path below /openapi; None where there is nothing."""
    path = request.path.rstrip("/")
    if path == "/openapi/v2":
        return _v2(server, request)
    if path == "/openapi/v3":
        return _index(server)
    if path.startswith("/openapi/v3/"):
        return _v3(server, request, path.removeprefix("/openapi/v3/"))
    return None


def _document(server: "APIServer", path: str) -> tuple[bytes, str] | None:
    """The v3 document of `apis/apps/v1` or `api/v1`."""
    for group, versions in groups(server.registry).items():
        for version in versions:
            if openapi_v3.path_of(group, version) == path:
                return _group_version(server, group, version)
    return None


def _group_version(server: "APIServer", group: str, version: str) -> tuple[bytes, str]:
    kinds = sorted((k for k in server.registry if k.group == group and version in k.versions), key=lambda k: k.plural)
    custom = {k.kind: schema for k in kinds if (schema := server.schemas.openapi.get((group, version, k.kind))) is not None}
    if custom or not any(definitions().name_of(group, version, k.kind) for k in kinds):
        return _sealed(openapi_v3.custom_document(kinds, version, custom))
    return _builtin_document(kinds, group, version)


def _index(server: "APIServer") -> HttpResponse:
    paths: Raw = {}
    for group, versions in groups(server.registry).items():
        for version in versions:
            path = openapi_v3.path_of(group, version)
            paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={_group_version(server, group, version)[1]}"}
    return HttpResponse(200, [("Content-Type", "application/json")], orjson.dumps({"paths": paths}))


def _v3(server: "APIServer", request: HttpRequest, path: str) -> HttpResponse | None:
    found = _document(server, path)
    if found is None:
        return None
    body, digest = found
    asked = parse_qs(request.query).get("hash", [""])[0]
    if asked and asked != digest:
        return HttpResponse(301, [("Location", f"/openapi/v3/{path}?hash={digest}")])
    headers = [("Content-Type", "application/json"), ("Etag", f'"{digest}"'), ("Vary", "Accept")]
    headers.append(("Cache-Control", "public, immutable") if asked else ("Cache-Control", "no-cache, private"))
    if request.headers.get("if-none-match", "").strip('"') == digest:
        return HttpResponse(304, headers)
    return HttpResponse(200, headers, body)


def _v2(server: "APIServer", request: HttpRequest) -> HttpResponse:
    body, binary, digest = _whole_document(list(server.registry), server.schemas.openapi)
    protobuf = "proto-openapi" in request.headers.get("accept", "")
    headers = [("Content-Type", GNOSTIC.replace("@", ".") if protobuf else "application/json"), ("Etag", f'"{digest}"'), ("Vary", "Accept")]
    if request.headers.get("if-none-match", "").strip('"') == digest:
        return HttpResponse(304, headers)
    return HttpResponse(200, headers, binary if protobuf else body)
