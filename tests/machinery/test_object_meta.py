from typing import Any

import pytest

from cluster_engine.machinery import names, object_meta
from cluster_engine.machinery.field import Errors


def paths(found: Errors) -> list[str]:
    return [e.path for e in found]


def test_a_good_object_has_no_errors() -> None:
    meta = {"name": "a.b", "namespace": "x", "labels": {"a/b": "c", "d.e/f": ""}, "annotations": {"A/B": "any"}, "finalizers": ["x.y/z", "orphan"]}
    assert object_meta.validate({**meta, "annotations": {"a.b/B": "any"}}, True) == []


def test_names_are_required_and_checked() -> None:
    assert [str(e) for e in object_meta.validate({"namespace": "x"}, True)] == ["metadata.name: Required value: name or generateName is required"]
    assert paths(object_meta.validate({"name": "Up", "namespace": "x"}, True)) == ["metadata.name"]
    assert object_meta.validate({"name": "a-b", "generateName": "a-", "namespace": "x"}, True) == []


def test_a_namespace_fits_the_scope() -> None:
    assert paths(object_meta.validate({"name": "a"}, True)) == ["metadata.namespace"]
    assert paths(object_meta.validate({"name": "a", "namespace": "x"}, False)) == ["metadata.namespace"]


def test_a_bare_finalizer_must_be_a_known_one() -> None:
    found = object_meta.validate({"name": "a", "namespace": "x", "finalizers": ["x"]}, True)
    assert [str(e) for e in found] == ['metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified']
    assert object_meta.validate({"name": "a", "namespace": "x", "finalizers": ["x"]}, True, builtin=False) == []


def test_only_one_owner_controls() -> None:
    owner = {"apiVersion": "v1", "kind": "Secret", "uid": "u", "controller": True}
    found = object_meta.validate_owner_references([{**owner, "name": "a"}, {**owner, "name": "b"}], "metadata.ownerReferences")
    assert len(found) == 1 and "Secret/a and Secret/b" in found[0].body


def test_what_the_server_set_cannot_change() -> None:
    old = {"name": "a", "uid": "1", "resourceVersion": "5", "creationTimestamp": "2026-01-01T00:00:00Z"}
    assert object_meta.validate_update({**old, "labels": {"a": "b"}}, old) == []
    assert paths(object_meta.validate_update({**old, "uid": "2", "name": "b"}, old)) == ["metadata.name", "metadata.uid"]
    assert paths(object_meta.validate_update({k: v for k, v in old.items() if k != "resourceVersion"}, old)) == ["metadata.resourceVersion"]


def test_no_finalizer_comes_to_what_is_going() -> None:
    old = {"resourceVersion": "1", "deletionTimestamp": "t", "finalizers": ["a/b"]}
    found = object_meta.validate_update({**old, "finalizers": ["a/b", "c/d"]}, old)
    assert found[0].body.endswith('found new finalizers []string{"c/d"}')


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (names.is_dns1123_label, "a-1", "a.b"),
        (names.is_dns1035_label, "a-1", "1a"),
        (names.is_qualified_name, "a.b/C_d", "a/b/c"),
        (names.is_label_value, "", "a b"),
        (names.is_env_var_name, "a b", "a=b"),
        (names.is_config_map_key, "a.b", ".."),
        (names.is_port_name, "http-2", "-a"),
        (names.is_percent, "10%", "%"),
        (names.is_wildcard_dns1123_subdomain, "*.a.b", "a.b"),
    ],
)
def test_each_rule_tells_good_from_bad(check: Any, good: str, bad: str) -> None:
    assert check(good) == [] and check(bad)


def test_lengths_are_those_of_bytes() -> None:
    assert names.is_label_value("a" * 64) == ["must be no more than 63 bytes"]
    assert names.is_dns1123_label("a" * 64) == ["must be no more than 63 characters"]
