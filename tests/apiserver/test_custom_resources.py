"""Custom kinds from their definition to the last object, through the one API server."""

import json
from typing import Any

import pytest

from cluster_engine.apiserver.http import HttpRequest
from cluster_engine.apiserver.webhook_call import Connector
from cluster_engine.cluster import Cluster
from cluster_engine.kernel.clock import VirtualClock
from cluster_engine.store.backend import MemoryBackend
from cluster_engine.store.mvcc import Store

ADMIN = ("kubernetes-admin", ("system:masters",))
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "/apis/example.com/v1/namespaces/default/widgets"


class Api:
    """A bare cluster's API, by method and path."""

    def __init__(self, connector: Connector | None = None) -> None:
        self.store = Store(MemoryBackend())
        self.cluster = Cluster("test", self.store, VirtualClock(), 1, "bare", connector=connector)

    def ask(self, method: str, path: str, body: Any = None, media: str = "application/json") -> tuple[int, Any]:
        path, _, query = path.partition("?")
        data = json.dumps(body).encode() if body is not None else b""
        response = self.cluster.api.handle(HttpRequest(method, path, query, {"content-type": media, "accept": "application/json"}, data, ADMIN))
        self.store.flush()
        return response.status, json.loads(response.body) if response.body[:1] == b"{" else response.body


@pytest.fixture
def api() -> Api:
    return Api()


def definition(plural: str = "widgets", kind: str = "Widget", **version: Any) -> dict[str, Any]:
    spec = {"type": "object", "properties": {"size": {"type": "integer", "minimum": 0, "default": 1}}}
    schema = {"type": "object", "properties": {"spec": spec, "status": {"type": "object", "properties": {"ready": {"type": "boolean"}}}}}
    one = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}} | version
    names = {"plural": plural, "kind": kind, "shortNames": [plural[0]]}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [one]},
    }


def widget(name: str = "a", **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}, "spec": spec}


def test_a_definition_is_served_at_once(api: Api) -> None:
    assert api.ask("GET", WIDGETS)[0] == 404
    assert api.ask("POST", DEFINITIONS, definition())[0] == 201
    _, found = api.ask("GET", f"{DEFINITIONS}/widgets.example.com")
    assert [(c["type"], c["status"]) for c in found["status"]["conditions"]] == [("NamesAccepted", "True"), ("Established", "True")]
    assert api.ask("GET", WIDGETS)[1]["items"] == []
    assert api.ask("GET", "/apis/example.com/v1")[1]["resources"][0]["kind"] == "Widget"
    assert "com.example.v1.Widget" in api.ask("GET", "/openapi/v3/apis/example.com/v1")[1]["components"]["schemas"]


def test_objects_are_pruned_defaulted_and_judged(api: Api) -> None:
    api.ask("POST", DEFINITIONS, definition())
    assert api.ask("POST", WIDGETS, widget(odd=1))[1]["spec"] == {"size": 1}
    status, refused = api.ask("POST", WIDGETS, widget("b", size=-1))
    assert (status, refused["details"]["causes"][0]["field"]) == (422, "spec.size")
    status, refused = api.ask("POST", f"{WIDGETS}?fieldValidation=Strict", widget("b", odd=1))
    assert (status, 'unknown field "spec.odd"' in refused["message"]) == (400, True)


def test_status_is_apart_only_when_it_is_a_subresource(api: Api) -> None:
    api.ask("POST", DEFINITIONS, definition(subresources={"status": {}}))
    _, made = api.ask("POST", WIDGETS, widget() | {"status": {"ready": True}})
    assert "status" not in made
    patch = {"status": {"ready": True}, "spec": {"size": 9}}
    _, found = api.ask("PATCH", f"{WIDGETS}/a/status", patch, "application/merge-patch+json")
    assert (found["status"], found["spec"], found["metadata"]["generation"]) == ({"ready": True}, {"size": 1}, 1)


def test_versions_are_converted_by_their_schemas(api: Api) -> None:
    crd = definition()
    old = {"name": "v1beta1", "served": True, "storage": False, "deprecated": True}
    crd["spec"]["versions"].append(old | {"schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}})
    api.ask("POST", DEFINITIONS, crd)
    api.ask("POST", WIDGETS, widget(size=2))
    _, found = api.ask("GET", WIDGETS.replace("v1/", "v1beta1/") + "/a")
    assert (found["apiVersion"], found["spec"]) == ("example.com/v1beta1", {"size": 2})


def test_a_name_that_is_taken_is_not_accepted(api: Api) -> None:
    api.ask("POST", DEFINITIONS, definition())
    api.ask("POST", DEFINITIONS, definition("others"))
    _, found = api.ask("GET", f"{DEFINITIONS}/others.example.com")
    assert [(c["reason"], c["status"]) for c in found["status"]["conditions"]] == [("ListKindConflict", "False"), ("NotAccepted", "False")]
    assert api.ask("GET", WIDGETS.replace("widgets", "others"))[0] == 404


def test_a_definition_takes_its_objects_along(api: Api) -> None:
    api.ask("POST", DEFINITIONS, definition())
    api.ask("POST", WIDGETS, widget())
    _, gone = api.ask("DELETE", f"{DEFINITIONS}/widgets.example.com")
    assert gone["metadata"]["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"]
    assert api.ask("GET", f"{DEFINITIONS}/widgets.example.com")[0] == 404
    assert api.ask("GET", WIDGETS)[0] == 404
    assert not api.store.range("/registry/example.com/").records


def test_a_definition_waits_for_an_object_with_a_finalizer(api: Api) -> None:
    api.ask("POST", DEFINITIONS, definition())
    held = widget()
    held["metadata"]["finalizers"] = ["example.com/hold"]
    api.ask("POST", WIDGETS, held)
    api.ask("DELETE", f"{DEFINITIONS}/widgets.example.com")
    assert api.ask("GET", f"{DEFINITIONS}/widgets.example.com")[1]["metadata"]["deletionTimestamp"]
    api.ask("PATCH", f"{WIDGETS}/a", {"metadata": {"finalizers": None}}, "application/merge-patch+json")
    assert api.ask("GET", f"{DEFINITIONS}/widgets.example.com")[0] == 404


def test_a_server_that_starts_again_serves_what_was_defined(api: Api) -> None:
    api.ask("POST", DEFINITIONS, definition())
    api.ask("POST", WIDGETS, widget())
    api.cluster = Cluster("test", api.store, VirtualClock(), 1, "bare")
    assert [w["metadata"]["name"] for w in api.ask("GET", WIDGETS)[1]["items"]] == ["a"]


def test_apply_knows_the_lists_of_custom_kinds(api: Api) -> None:
    crd = definition()
    item = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "n": {"type": "integer"}}}
    parts = {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": item}
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["parts"] = parts
    api.ask("POST", DEFINITIONS, crd)
    media = "application/apply-patch+yaml"
    api.ask("PATCH", f"{WIDGETS}/a?fieldManager=one", widget(parts=[{"name": "x", "n": 1}]), media)
    _, found = api.ask("PATCH", f"{WIDGETS}/a?fieldManager=two", widget(parts=[{"name": "y", "n": 2}]), media)
    assert [p["name"] for p in found["spec"]["parts"]] == ["x", "y"]
    assert api.ask("PATCH", f"{WIDGETS}/a?fieldManager=two", widget(parts=[{"name": "x", "n": 2}]), media)[0] == 409


def test_rules_at_the_root_see_the_name(api: Api) -> None:
    crd = definition()
    rule = {"rule": "self.metadata.name != 'bad' && self.spec.size < 5", "message": "not that one"}
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["x-kubernetes-validations"] = [rule]
    assert api.ask("POST", DEFINITIONS, crd)[0] == 201
    assert api.ask("POST", WIDGETS, widget("good"))[0] == 201
    status, refused = api.ask("POST", WIDGETS, widget("bad"))
    assert (status, refused["message"]) == (422, 'Widget.example.com "bad" is invalid: <nil>: Invalid value: not that one')


def test_a_schema_may_let_everything_through(api: Api) -> None:
    free = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    assert api.ask("POST", DEFINITIONS, definition(schema=free))[0] == 201
    made = widget(any={"thing": [1, {"deep": None}]}) | {"other": "x"}
    _, found = api.ask("POST", WIDGETS, made)
    assert (found["spec"], found["other"]) == (made["spec"], "x")
    assert found["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"] == {".": {}, "f:any": {".": {}, "f:thing": {}}}


class Converter:
    """A conversion webhook: v2 calls size what v1 calls width."""

    def ask(self, url: str, authorities: bytes, review: bytes, seconds: int) -> bytes:
        request = json.loads(review)["request"]
        found = []
        for obj in request["objects"]:
            spec = dict(obj["spec"])
            old, new = ("size", "width") if request["desiredAPIVersion"].endswith("v2") else ("width", "size")
            spec[new] = spec.pop(old)
            found.append({**obj, "apiVersion": request["desiredAPIVersion"], "spec": spec})
        response = {"uid": request["uid"], "convertedObjects": found, "result": {"status": "Success"}}
        return json.dumps({"kind": "ConversionReview", "apiVersion": "apiextensions.k8s.io/v1", "response": response}).encode()


def converted() -> dict[str, Any]:
    crd = definition()
    spec = {"type": "object", "properties": {"width": {"type": "integer"}}}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    crd["spec"]["versions"].append({"name": "v2", "served": True, "storage": False, "schema": schema})
    client = {"url": "https://converter.test/convert"}
    crd["spec"]["conversion"] = {"strategy": "Webhook", "webhook": {"clientConfig": client, "conversionReviewVersions": ["v1"]}}
    return crd


def test_a_webhook_converts_between_versions() -> None:
    api = Api(Converter())
    assert api.ask("POST", DEFINITIONS, converted())[0] == 201
    second = WIDGETS.replace("v1/", "v2/")
    _, made = api.ask("POST", second, widget(width=7) | {"apiVersion": "example.com/v2"})
    assert made["spec"] == {"width": 7}
    assert api.ask("GET", f"{WIDGETS}/a")[1]["spec"] == {"size": 7}
    assert [w["spec"] for w in api.ask("GET", second)[1]["items"]] == [{"width": 7}]


def test_nothing_is_asked_where_the_operator_allows_nothing(api: Api) -> None:
    api.ask("POST", DEFINITIONS, converted())
    status, refused = api.ask("POST", WIDGETS.replace("v1/", "v2/"), widget(width=7) | {"apiVersion": "example.com/v2"})
    assert status == 500 and refused["message"].startswith("conversion webhook for example.com/v2, Kind=Widget failed: ")
