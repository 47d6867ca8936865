"""The verbs: what each does to an object and how it says no."""

import json

import pytest

from cluster_engine.machinery.status import ApiError
from tests.apiserver.serving import MAPS, Serving


@pytest.fixture
def serving() -> Serving:
    return Serving()


def test_what_is_created_reads_back_with_its_system_fields(serving: Serving) -> None:
    made = serving.configmap("a")
    status, read = serving.ask("GET", f"{MAPS}/a")
    assert (status, read) == (200, made)
    assert made["metadata"]["uid"] and made["metadata"]["creationTimestamp"] == "2026-01-01T00:00:00Z"
    assert int(made["metadata"]["resourceVersion"]) == serving.store.revision


def test_a_generated_name_keeps_its_prefix(serving: Serving) -> None:
    _, made = serving.ask("POST", MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "x-"}})
    assert made["metadata"]["name"].startswith("x-") and len(made["metadata"]["name"]) == 7


def test_the_second_of_a_name_is_refused(serving: Serving) -> None:
    serving.configmap("a")
    status, refused = serving.ask("POST", MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
    assert (status, refused["reason"]) == (409, "AlreadyExists")


def test_a_dry_run_writes_nothing(serving: Serving) -> None:
    before = serving.store.revision
    status, made = serving.ask("POST", f"{MAPS}?dryRun=All", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})
    assert status == 201 and "resourceVersion" not in made["metadata"] and serving.store.revision == before


def test_an_update_of_an_old_version_is_a_conflict(serving: Serving) -> None:
    made = serving.configmap("a")
    serving.ask("PUT", f"{MAPS}/a", {**made, "data": {"k": "w"}})
    status, refused = serving.ask("PUT", f"{MAPS}/a", {**made, "data": {"k": "x"}})
    assert (status, refused["reason"]) == (409, "Conflict")


def test_an_update_that_changes_nothing_writes_nothing(serving: Serving) -> None:
    made = serving.configmap("a")
    before = serving.store.revision
    status, same = serving.ask("PUT", f"{MAPS}/a", made)
    assert (status, same["metadata"]["resourceVersion"]) == (200, made["metadata"]["resourceVersion"])
    assert serving.store.revision == before


def test_patches_of_each_type_reach_the_same_state(serving: Serving) -> None:
    patches = {
        "application/json-patch+json": [{"op": "replace", "path": "/data/k", "value": "w"}],
        "application/merge-patch+json": {"data": {"k": "w"}},
        "application/strategic-merge-patch+json": {"data": {"k": "w"}},
    }
    for number, (media, patch) in enumerate(patches.items()):
        serving.configmap(f"m{number}")
        status, patched = serving.ask("PATCH", f"{MAPS}/m{number}", patch, content_type=media)
        assert (status, patched["data"]) == (200, {"k": "w"})


def test_server_side_apply_creates_and_then_conflicts(serving: Serving) -> None:
    wanted = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}}
    media = "application/apply-patch+yaml"
    assert serving.ask("PATCH", f"{MAPS}/a?fieldManager=one", wanted, content_type=media)[0] == 201
    other = {**wanted, "data": {"k": "w"}}
    status, refused = serving.ask("PATCH", f"{MAPS}/a?fieldManager=two", other, content_type=media)
    assert (status, refused["details"]["causes"][0]["field"]) == (409, ".data.k")
    assert serving.ask("PATCH", f"{MAPS}/a?fieldManager=two&force=true", other, content_type=media)[1]["data"] == {"k": "w"}


def test_finalizers_hold_a_deleted_object_until_the_last_is_gone(serving: Serving) -> None:
    serving.configmap("a", finalizers=["x.y/hold"])
    status, held = serving.ask("DELETE", f"{MAPS}/a")
    assert status == 200 and held["metadata"]["deletionTimestamp"]
    serving.ask("PATCH", f"{MAPS}/a", {"metadata": {"finalizers": None}}, content_type="application/merge-patch+json")
    assert serving.ask("GET", f"{MAPS}/a")[0] == 404


def test_a_delete_with_another_uid_is_a_conflict(serving: Serving) -> None:
    serving.configmap("a")
    assert serving.ask("DELETE", f"{MAPS}/a", {"preconditions": {"uid": "other"}})[0] == 409
    assert serving.ask("GET", f"{MAPS}/a")[0] == 200


def test_propagation_becomes_a_finalizer(serving: Serving) -> None:
    serving.configmap("a")
    _, going = serving.ask("DELETE", f"{MAPS}/a?propagationPolicy=Foreground")
    assert going["metadata"]["finalizers"] == ["foregroundDeletion"]


def test_a_scheduled_pod_ends_gracefully_and_an_unscheduled_one_at_once(serving: Serving) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    serving.client.create("pods", pod, why="test")
    serving.client.delete("pods", "default", "p", why="test")
    with pytest.raises(ApiError):
        serving.client.get("pods", "default", "p")
    serving.client.create("pods", {**pod, "spec": {**pod["spec"], "nodeName": "n"}}, why="test")  # type: ignore[dict-item]
    serving.client.delete("pods", "default", "p", why="test")
    assert serving.client.get("pods", "default", "p")["metadata"]["deletionGracePeriodSeconds"] == 30


def test_a_collection_is_deleted_by_selector(serving: Serving) -> None:
    serving.configmap("a", labels={"x": "1"})
    serving.configmap("b")
    assert len(serving.ask("DELETE", f"{MAPS}?labelSelector=x%3D1")[1]["items"]) == 1
    assert serving.ask("GET", f"{MAPS}/a")[0] == 404 and serving.ask("GET", f"{MAPS}/b")[0] == 200


def test_pages_show_the_collection_as_it_was(serving: Serving) -> None:
    for name in "bdf":
        serving.configmap(name)
    _, first = serving.ask("GET", f"{MAPS}?limit=1")
    serving.configmap("e")
    serving.ask("DELETE", f"{MAPS}/d")
    _, rest = serving.ask("GET", f"{MAPS}?limit=10&continue={first['metadata']['continue']}")
    assert [i["metadata"]["name"] for i in first["items"] + rest["items"]] == ["b", "d", "f"]


def test_a_page_of_a_compacted_revision_is_gone_with_a_token_to_go_on(serving: Serving) -> None:
    for name in "abc":
        serving.configmap(name)
    _, first = serving.ask("GET", f"{MAPS}?limit=1")
    serving.configmap("d")
    serving.store.compact(serving.store.durable_revision)
    status, gone = serving.ask("GET", f"{MAPS}?limit=1&continue={first['metadata']['continue']}")
    assert (status, gone["reason"]) == (410, "Expired")
    _, on = serving.ask("GET", f"{MAPS}?limit=1&continue={gone['metadata']['continue']}")
    assert on["items"][0]["metadata"]["name"] == "b"


def test_items_of_a_list_do_not_repeat_their_kind(serving: Serving) -> None:
    serving.configmap("a")
    _, found = serving.ask("GET", MAPS)
    assert found["kind"] == "ConfigMapList" and "kind" not in found["items"][0]


def test_a_body_too_large_is_refused_before_it_is_read(serving: Serving) -> None:
    status, refused = serving.ask("POST", MAPS, b" " * (3 * 1024 * 1024 + 1))
    assert (status, refused["reason"]) == (413, "RequestEntityTooLarge")


def test_an_object_too_large_for_the_store_is_refused(serving: Serving) -> None:
    body = {
        "apiVersion": "v1",
        "kind": "PodTemplate",
        "metadata": {"name": "t"},
        "template": {"spec": {"containers": [{"name": "c", "image": "i", "args": ["x" * 1_600_000]}]}},
    }
    status, refused = serving.ask("POST", "/api/v1/namespaces/default/podtemplates", body)
    assert (status, refused["message"]) == (500, "etcdserver: request is too large")


def test_an_error_inside_says_nothing_of_the_inside(serving: Serving) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret")

    serving.api.extensions.virtual[("configmaps", "list")] = broken  # type: ignore[assignment]
    status, refused = serving.ask("GET", MAPS)
    assert status == 500 and "secret" not in json.dumps(refused)
