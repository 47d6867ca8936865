"""OpenAPI: documents that hang together, in every form that clients ask for."""

import json
from typing import Any

import pytest

from cluster_engine.apiserver.http import HttpRequest, HttpResponse
from cluster_engine.apiserver.openapi import GNOSTIC
from cluster_engine.apiserver.server import APIServer
from cluster_engine.cluster import Cluster
from cluster_engine.kernel.clock import VirtualClock
from cluster_engine.store.backend import MemoryBackend
from cluster_engine.store.mvcc import Store

ADMIN = ("kubernetes-admin", ("system:masters",))


@pytest.fixture(scope="module")
def server() -> APIServer:
    return Cluster("test", Store(MemoryBackend()), VirtualClock(), 1, "bare").api


def get(server: APIServer, target: str, **headers: str) -> HttpResponse:
    path, _, query = target.partition("?")
    return server.handle(HttpRequest("GET", path, query, {"accept": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}, b"", ADMIN))


def references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {r for v in value for r in references(v)}
    if not isinstance(value, dict):
        return set()
    own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
    return own | {r for v in value.values() for r in references(v)}


def test_every_group_version_has_a_document_whose_references_lead_somewhere(server: APIServer) -> None:
    index = json.loads(get(server, "/openapi/v3").body)["paths"]
    assert {"api/v1", "apis/apps/v1"} <= set(index)
    for entry in index.values():
        response = get(server, entry["serverRelativeURL"])
        document = json.loads(response.body)
        assert response.status == 200 and document["openapi"] == "3.0.0"
        known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
        assert references(document) <= known, entry


def test_operations_have_ids_of_their_own(server: APIServer) -> None:
    document = json.loads(get(server, "/openapi/v2").body)
    ids = [o["operationId"] for item in document["paths"].values() for verb, o in item.items() if verb != "parameters"]
    assert len(ids) == len(set(ids)) and "createAppsV1NamespacedDeployment" in ids
    assert references(document) <= {f"#/definitions/{name}" for name in document["definitions"]}


def test_an_old_hash_leads_to_the_new_document(server: APIServer) -> None:
    response = get(server, "/openapi/v3/apis/apps/v1?hash=OLD")
    assert response.status == 301
    where = dict(response.headers)["Location"]
    fresh = get(server, where)
    assert fresh.status == 200
    assert get(server, where, if_none_match=dict(fresh.headers)["Etag"]).status == 304


def test_patches_say_that_they_validate_fields(server: APIServer) -> None:
    document = json.loads(get(server, "/openapi/v3/apis/apps/v1").body)
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert "fieldValidation" in [p["name"] for p in patch["parameters"]]
    assert patch["x-kubernetes-group-version-kind"] == {"group": "apps", "kind": "Deployment", "version": "v1"}


def test_kubectls_form_of_v2_is_protobuf(server: APIServer) -> None:
    response = get(server, "/openapi/v2", accept=GNOSTIC)
    assert response.status == 200 and response.body.startswith(b"\n\x032.0")
    assert get(server, "/openapi/v3/apis/none.example.com/v1").status == 404
