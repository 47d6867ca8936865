"""Nonsense at every endpoint: whatever comes in, the answer is a Status of the caller's fault, quickly, and nothing is half done.

Bodies grow out of valid ones: fields of each kind's own schema with values of any type, patches of every sort, query strings.
"""

import json
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cluster_engine.apiserver.http import HttpRequest, HttpResponse
from cluster_engine.apiserver.schemas import builtin_schema
from cluster_engine.machinery.schema.tree import LIST, MAP, STRUCT, Schema
from cluster_engine.simulation import Simulation

ADMIN = ("kubernetes-admin", ("system:masters",))
# Upstream itself answers these with 500: typed merges of what no schema fits, and versions that are no numbers.
UPSTREAMS_OWN = (
    "failed to create typed",
    "strconv.Parse",
    "does not contain declared merge key",
    "unknown patch type",
    "The order in patch list",
    "etcdserver: request is too large",
    "target.name: Required value",
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=12))
anything = st.recursive(scalars, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)), max_leaves=8)
plausible = st.sampled_from(
    ["", "a", "a.b", "A b", "1", "-1", "100m", "1Gi", "80%", "/", "..", "10.0.0.1", "fd00::1", "*/5 * * * *", "Always", "TCP", "x" * 300]
)
PATCHES = ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/apply-patch+yaml"]
relaxed = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def cluster() -> Simulation:
    made = Simulation("bare")
    made.run(1)
    return made


def ask(cluster: Simulation, method: str, path: str, body: bytes = b"", query: str = "", content: str = "application/json") -> HttpResponse:
    headers = {"content-type": content, "accept": "application/json", "user-agent": "fuzz/1"}
    response = cluster.cluster.api.handle(HttpRequest(method, path, query, headers, body, ADMIN, "127.0.0.1"))
    if response.stream is not None:
        response.stream.close()
    return response


def check(response: HttpResponse) -> None:
    if response.status >= 500:
        message = json.loads(response.body).get("message", "") if response.body else ""
        assert any(own in message for own in UPSTREAMS_OWN), f"{response.status}: {response.body[:500]!r}"


def shaped(schema: Schema, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values that mostly fit the schema."""
    if schema.type == STRUCT and depth < 5:
        names = sorted(schema.fields)
        if not names:
            return st.just({})

        def build(chosen: list[str]) -> st.SearchStrategy[Any]:
            return st.fixed_dictionaries({n: st.one_of(shaped(schema.fields[n].schema, depth + 1), anything) for n in chosen})

        return st.lists(st.sampled_from(names), max_size=4, unique=True).flatmap(build)
    if schema.type == LIST and schema.items is not None and depth < 5:
        return st.lists(shaped(schema.items, depth + 1), max_size=2)
    if schema.type == MAP and schema.items is not None and depth < 5:
        return st.dictionaries(plausible, shaped(schema.items, depth + 1), max_size=2)
    return st.one_of(plausible, scalars)


def kinds(cluster: Simulation) -> list[tuple[Any, str]]:
    found = []
    for kind in cluster.cluster.api.registry:
        if "create" in kind.verbs:
            root = f"/apis/{kind.group}/{kind.versions[0]}" if kind.group else f"/api/{kind.versions[0]}"
            found.append((kind, f"{root}/namespaces/default/{kind.plural}" if kind.namespaced else f"{root}/{kind.plural}"))
    return found


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


@settings(relaxed, max_examples=400)
@given(data=st.data(), strict=st.sampled_from(["Strict", "Warn", "Ignore", "Odd"]))
def test_shaped_and_shapeless_objects_of_every_kind_never_break_the_server(cluster: Simulation, data: st.DataObject, strict: str) -> None:
    kind, path = data.draw(st.sampled_from(kinds(cluster)))
    schema = builtin_schema(kind.group, kind.versions[0], kind.kind)
    body = data.draw(st.one_of(shaped(schema), anything) if schema is not None else anything)
    if isinstance(body, dict):
        body = {"apiVersion": kind.group_version(kind.versions[0]), "kind": kind.kind, "metadata": {"name": "fuzz"}, **body}
        if isinstance(body["metadata"], dict):
            body["metadata"].setdefault("name", "fuzz")
    check(ask(cluster, "POST", path, dumped(body), f"dryRun=All&fieldValidation={strict}"))


@relaxed
@given(
    body=st.binary(max_size=200),
    content=st.sampled_from([*PATCHES, "application/json", "application/yaml", "text/plain", "application/vnd.kubernetes.protobuf"]),
)
def test_bytes_that_mean_nothing_are_refused(cluster: Simulation, body: bytes, content: str) -> None:
    for method in ("POST", "PUT", "PATCH"):
        path = "/api/v1/namespaces/default/configmaps" + ("" if method == "POST" else "/kube-root-ca.crt")
        check(ask(cluster, method, path, body, "dryRun=All", content))


@settings(relaxed, max_examples=60)
@given(
    patch=st.one_of(anything, st.lists(st.fixed_dictionaries({"op": plausible, "path": plausible, "value": anything}), max_size=3)),
    content=st.sampled_from(PATCHES),
)
def test_patches_of_every_sort_never_break_the_server(cluster: Simulation, patch: Any, content: str) -> None:
    for path in ("/api/v1/namespaces/default/services/kubernetes", "/apis/rbac.authorization.k8s.io/v1/clusterroles/view", "/api/v1/namespaces/default"):
        check(ask(cluster, "PATCH", path, dumped(patch), "dryRun=All&fieldManager=fuzz", content))


QUERIES = [
    "labelSelector",
    "fieldSelector",
    "limit",
    "continue",
    "resourceVersion",
    "resourceVersionMatch",
    "timeoutSeconds",
    "sendInitialEvents",
    "watch",
    "allowWatchBookmarks",
    "pretty",
    "dryRun",
    "propagationPolicy",
    "gracePeriodSeconds",
    "orphanDependents",
    "fieldManager",
    "force",
]


@settings(relaxed, max_examples=150)
@given(
    values=st.dictionaries(st.sampled_from(QUERIES), st.one_of(plausible, st.text(max_size=10)), max_size=4),
    method=st.sampled_from(["GET", "DELETE", "HEAD", "OPTIONS"]),
)
def test_query_strings_never_break_the_server(cluster: Simulation, values: dict[str, str], method: str) -> None:
    from urllib.parse import urlencode

    if method == "DELETE":
        values["dryRun"] = "All"
    for path in ("/api/v1/namespaces/default/configmaps", "/api/v1/namespaces/default/configmaps/kube-root-ca.crt", "/apis/apps/v1/deployments"):
        check(ask(cluster, method, path, b"", urlencode(values)))


@settings(relaxed, max_examples=100)
@given(
    parts=st.lists(st.one_of(plausible, st.sampled_from(["api", "apis", "v1", "apps", "namespaces", "default", "pods", "status", "openapi", "v3"])), max_size=8)
)
def test_paths_never_break_the_server(cluster: Simulation, parts: list[str]) -> None:
    from urllib.parse import quote

    check(ask(cluster, "GET", "/" + "/".join(quote(p, safe="") for p in parts)))


def test_the_server_is_as_it_was_after_all_of_it(cluster: Simulation) -> None:
    response = ask(cluster, "GET", "/api/v1/namespaces/default/configmaps/fuzz")
    assert response.status == 404
    assert orjson.loads(ask(cluster, "GET", "/api/v1/namespaces/default/configmaps").body)["items"]
