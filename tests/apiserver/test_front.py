"""The HTTP front: paths, forms, health, limits."""

import gzip
import json

import pytest

from cluster_engine.apiserver.http import HttpRequest
from tests.apiserver.serving import ADMIN, MAPS, Serving


@pytest.fixture(scope="module")
def serving() -> Serving:
    serving = Serving()
    serving.configmap("a", {"k": "v"})
    return serving


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api", 200),
        ("GET", "/apis/apps/v1", 200),
        ("GET", "/apis/none.example.com", 404),
        ("GET", "/api/v1/namespaces/default/nothing", 404),
        ("POST", "/api/v1/configmaps", 405),
        ("DELETE", "/api/v1/namespaces", 405),
        ("GET", "/healthz", 200),
        ("GET", "/livez/ping", 200),
        ("GET", "/livez/nothing", 404),
        ("GET", "/version", 200),
        ("GET", "/metrics", 200),
        ("GET", "/nothing", 404),
        ("GET", "/", 200),
    ],
)
def test_paths_answer(serving: Serving, method: str, path: str, status: int) -> None:
    assert serving.response(method, path).status == status


def test_a_table_has_columns_and_rows(serving: Serving) -> None:
    _, table = serving.ask("GET", MAPS, accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    assert [c["name"] for c in table["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert table["rows"][0]["cells"] == ["a", 1, "0s"]


def test_yaml_is_read_and_written(serving: Serving) -> None:
    body = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-yaml}\ndata: {k: v}\n"
    made = serving.response("POST", MAPS, body, content_type="application/yaml", accept="application/yaml")
    assert made.status == 201 and b"kind: ConfigMap\n" in made.body


def test_a_form_that_is_not_offered_is_406(serving: Serving) -> None:
    assert serving.ask("GET", f"{MAPS}/a", accept="text/html")[0] == 406


def test_protobuf_bodies_are_read(serving: Serving) -> None:
    body = bytes.fromhex("6b3873000a0f0a02763112094e616d657370616365121a0a120a02743112001a0022002a0032003800420012001a020a001a002200")
    status, made = serving.ask("POST", "/api/v1/namespaces", body, content_type="application/vnd.kubernetes.protobuf")
    assert (status, made["metadata"]["name"]) == (201, "t1")


def test_gzip_is_given_to_who_takes_it_and_only_for_large_answers(serving: Serving) -> None:
    serving.configmap("large", {"k": "x" * 200_000})
    packed = serving.response("GET", f"{MAPS}/large", accept_encoding="gzip")
    assert ("Content-Encoding", "gzip") in packed.headers and json.loads(gzip.decompress(packed.body))["metadata"]["name"] == "large"
    assert ("Content-Encoding", "gzip") not in serving.response("GET", f"{MAPS}/a", accept_encoding="gzip").headers


def test_a_bomb_of_gzip_is_refused(serving: Serving) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert serving.ask("POST", MAPS, bomb, content_encoding="gzip")[0] == 413


def test_nobody_without_credentials_gets_more_than_the_rules_give() -> None:
    serving = Serving()
    answer = serving.api.handle(HttpRequest("GET", MAPS))
    assert answer.status in (200, 403)


def test_unknown_fields_are_refused_or_warned_of_as_asked(serving: Serving) -> None:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "odd"}, "unknown": 1}
    assert serving.ask("POST", f"{MAPS}?fieldValidation=Strict", body)[0] == 400
    warned = serving.response("POST", f"{MAPS}?dryRun=All", body)
    assert ("Warning", '299 - "unknown field \\"unknown\\""') in warned.headers
    assert not [h for h in serving.response("POST", f"{MAPS}?dryRun=All&fieldValidation=Ignore", body).headers if h[0] == "Warning"]


def test_discovery_is_aggregated_and_known_by_its_etag(serving: Serving) -> None:
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    found = serving.response("GET", "/apis", accept=accept)
    etag = dict(found.headers)["ETag"]
    assert json.loads(found.body)["kind"] == "APIGroupDiscoveryList"
    assert serving.response("GET", "/apis", accept=accept, if_none_match=etag).status == 304


def test_a_request_can_be_followed_stage_by_stage(serving: Serving) -> None:
    answer = serving.response("POST", MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "followed"}})
    trace = serving.api.audit.find(dict(answer.headers)["Audit-Id"])
    assert trace is not None and trace.revision == serving.store.revision
    assert [s.name for s in trace.timed()] == ["authn", "authz", "fairness", "schema", "mutate", "validate", "store", "response"]


def test_a_request_is_told_as_signals_with_its_revision() -> None:
    serving = Serving()
    seen: list[tuple[str, str, str, int]] = []
    serving.signals.listeners.append(lambda s: seen.append((s.kind, s.source, s.target, s.revision)))
    serving.configmap("a")
    revision = serving.store.revision
    assert seen == [
        ("request", "client", "apiserver", 0),
        ("request", "apiserver", "etcd", revision),
        ("response", "apiserver", "client", revision),
    ]


def test_admin_is_exempt_from_queues(serving: Serving) -> None:
    headers = dict(serving.response("GET", MAPS).headers)
    schema = serving.client.get("flowschemas.flowcontrol.apiserver.k8s.io", "", "exempt")
    assert headers["X-Kubernetes-Pf-Flowschema-Uid"] == schema["metadata"]["uid"] and ADMIN
