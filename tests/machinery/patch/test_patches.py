import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_engine.machinery import schema
from cluster_engine.machinery.manifest import private
from cluster_engine.machinery.patch import json_patch, merge_patch, strategic
from cluster_engine.machinery.schema.tree import Schema
from cluster_engine.machinery.status import ApiError

POD = schema.load().kind("", "v1", "Pod") or Schema("struct")
SERVICE = schema.load().kind("", "v1", "Service") or Schema("struct")

texts = st.text("abc", min_size=1, max_size=2)
documents = st.recursive(
    st.booleans() | st.integers(0, 9) | texts, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
objects = st.dictionaries(texts, documents, max_size=4)


def test_json_patch_keeps_the_librarys_leniencies() -> None:
    assert json_patch.apply({"a": {}}, [{"op": "replace", "path": "/a/b", "value": 1}]) == {"a": {"b": 1}}
    assert json_patch.apply({}, [{"op": "add", "path": "data/k", "value": 1}]) == {"k": 1}
    assert json_patch.apply({"a": [1, 2]}, [{"op": "remove", "path": "/a/-1"}]) == {"a": [1]}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/none"},
        {"op": "test", "path": "/a", "value": 2},
        {"op": "invent", "path": "/a"},
        {"op": "add", "path": "/x/y", "value": 1},
        {"op": "add", "path": "/l/7", "value": 1},
        {"op": "replace", "path": "/l/x", "value": 1},
        {"op": "copy", "from": "/x/y", "path": "/a"},
        {"op": "move", "path": "/a"},
        {"op": "test", "path": "/a", "value": True},
    ],
)
def test_an_operation_that_does_not_apply_refuses_the_patch(operation: dict[str, Any]) -> None:
    document = {"a": 1, "l": [1]}
    with pytest.raises(ApiError) as refused:
        json_patch.apply(document, [operation])
    assert refused.value.status()["message"] == "the server rejected our request due to an error in our request"
    assert refused.value.code == 422 and document == {"a": 1, "l": [1]}


def test_json_patch_is_bounded() -> None:
    with pytest.raises(ApiError) as refused:
        json_patch.apply({}, [{"op": "add", "path": "/a", "value": 1}] * 10_001)
    assert refused.value.code == 413
    doubling = [{"op": "add", "path": "/a", "value": ["x" * 1000]}, *({"op": "copy", "from": "/a", "path": "/a/-"} for _ in range(60))]
    with pytest.raises(ApiError):
        json_patch.apply({}, doubling)


@given(
    objects,
    st.lists(
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]),
                "path": st.sampled_from(["", "/a", "/a/b", "/b/0", "/c/-"]),
                "from": st.sampled_from(["/a", "/b"]),
                "value": documents,
            }
        ),
        max_size=4,
    ),
)
def test_json_patch_never_touches_what_it_was_given(document: dict[str, Any], patch: list[dict[str, Any]]) -> None:
    before = private(document)
    with contextlib.suppress(ApiError):
        json_patch.apply(document, patch)
    assert document == before


@given(objects, objects)
def test_a_merge_patch_applied_twice_is_applied_once(document: dict[str, Any], patch: dict[str, Any]) -> None:
    once = merge_patch.apply(document, patch)
    assert merge_patch.apply(once, patch) == once


@given(objects)
def test_merging_a_document_into_nothing_gives_it(document: dict[str, Any]) -> None:
    assert merge_patch.apply({}, document) == document
    assert merge_patch.apply(document, dict.fromkeys(document)) == {}


def containers(*items: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"containers": list(items)}}


def test_lists_with_keys_are_merged_by_key_and_put_in_the_patchs_order() -> None:
    live = containers({"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "1"})
    assert strategic.apply(live, containers({"name": "b", "image": "2"}, {"name": "c", "image": "3"}), POD) == containers(
        {"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "2"}, {"name": "c", "image": "3"}
    )


def test_an_element_is_deleted_and_a_list_replaced_by_directive() -> None:
    live = containers({"name": "a"}, {"name": "b"})
    assert strategic.apply(live, containers({"name": "a", "$patch": "delete"}), POD) == containers({"name": "b"})
    assert strategic.apply(live, containers({"name": "c"}, {"$patch": "replace"}), POD) == containers({"name": "c"})
    assert strategic.apply(live, {"spec": {"$patch": "replace", "nodeName": "n"}}, POD) == {"spec": {"nodeName": "n"}}


def test_primitive_lists_merge_delete_and_keep_an_order() -> None:
    live = {"metadata": {"finalizers": ["a", "b"]}}
    assert strategic.apply(live, {"metadata": {"finalizers": ["c"]}}, POD) == {"metadata": {"finalizers": ["c", "a", "b"]}}
    assert strategic.apply(live, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}, POD) == {"metadata": {"finalizers": ["b"]}}
    ordered = {"metadata": {"$setElementOrder/finalizers": ["d", "b", "a"], "finalizers": ["d"]}}
    assert strategic.apply(live, ordered, POD) == {"metadata": {"finalizers": ["d", "b", "a"]}}


def test_retain_keys_takes_the_rest_away() -> None:
    volumes = {"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}}
    patch = {"spec": {"volumes": [{"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/x"}}]}}
    assert strategic.apply(volumes, patch, POD) == {"spec": {"volumes": [{"name": "v", "hostPath": {"path": "/x"}}]}}


@pytest.mark.parametrize(
    ("patch", "code", "why"),
    [
        ({"ports": [{"name": "b"}]}, 500, "map: map[name:b] does not contain declared merge key: port"),
        ({"$patch": "invent"}, 500, "unknown patch type: invent in map: map[$patch:invent]"),
        ({"$retainKeys": ["type"], "clusterIP": "None"}, 400, "invalid patch format of retainKeys"),
        (
            {"$setElementOrder/ports": [{"port": 2}], "ports": [{"port": 3}]},
            500,
            "The order in patch list:\n[map[port:3]]\n doesn't match $setElementOrder list:\n[map[port:2]]\n",
        ),
    ],
)
def test_bad_directives_are_refused_with_upstreams_sentence(patch: dict[str, Any], code: int, why: str) -> None:
    with pytest.raises(ApiError) as refused:
        strategic.apply({"spec": {"ports": [{"port": 1}]}}, {"spec": patch}, SERVICE)
    assert (refused.value.code, refused.value.message) == (code, why)


names = st.lists(st.sampled_from("abcd"), unique=True, max_size=4)


@given(names, names)
def test_a_strategic_patch_twice_is_once_and_leaves_its_input(old: list[str], new: list[str]) -> None:
    live = containers(*({"name": n, "image": "1"} for n in old))
    before, patch = private(live), containers(*({"name": n, "image": "2"} for n in new))
    once = strategic.apply(live, patch, POD)
    assert live == before
    assert strategic.apply(once, patch, POD) == once
    assert {c["name"] for c in once["spec"]["containers"]} == {*old, *new}
