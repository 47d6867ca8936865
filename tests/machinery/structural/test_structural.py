"""Structural schemas: what they do to custom objects, and what they may say themselves."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_engine.machinery import schema
from cluster_engine.machinery.schema.decode import DecodeError
from cluster_engine.machinery.structural import definition, prune, rules
from cluster_engine.machinery.structural.validate import validate

META = schema.load().object_meta


def kind(**spec: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"spec": {"type": "object", **spec}}}


def read(raw: dict[str, Any], spec: dict[str, Any]) -> Any:
    return prune.read({"apiVersion": "x/v1", "kind": "W", "metadata": {"name": "a"}, "spec": raw}, kind(**spec), META)


def test_unknown_fields_go_unless_they_are_kept() -> None:
    free = {
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": True,
        "properties": {"known": {"type": "object", "properties": {"a": {"type": "string"}}}},
    }
    found = read({"gone": 1, "free": {"x": 1, "known": {"a": "b", "c": 1}}}, {"properties": {"free": free}})
    assert found.manifest["spec"] == {"free": {"x": 1, "known": {"a": "b"}}}
    assert found.strict == ('unknown field "spec.free.known.c"', 'unknown field "spec.gone"')


def test_defaults_fill_what_is_missing_or_null() -> None:
    spec = {
        "properties": {
            "a": {"type": "integer", "default": 1},
            "b": {"type": "string", "nullable": True, "default": "x"},
            "c": {"type": "object", "default": {}, "properties": {"d": {"type": "string", "default": "y"}}},
        }
    }
    assert read({"a": None, "b": None}, spec).manifest["spec"] == {"a": 1, "b": None, "c": {"d": "y"}}


def test_an_object_that_is_none_is_refused() -> None:
    with pytest.raises(DecodeError):
        prune.read(["x"], kind(), META)


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ({"type": "integer"}, "x", 'Invalid value: "string": spec.a in body must be of type integer: "string"'),
        ({"type": "integer", "minimum": 3}, 1, "Invalid value: 1: spec.a in body should be greater than or equal to 3"),
        ({"type": "string", "maxLength": 2}, "abc", "Too long: may not be more than 2 bytes"),
        ({"type": "string", "pattern": "^a+$"}, "b", "Invalid value: \"b\": spec.a in body should match '^a+$'"),
        ({"type": "string", "enum": ["x", "y"]}, "z", 'Unsupported value: "z": supported values: "x", "y"'),
        ({"type": "string", "format": "date-time"}, "yesterday", 'Invalid value: "yesterday": spec.a in body must be of type date-time: "yesterday"'),
        ({"type": "array", "maxItems": 1, "items": {"type": "string"}}, ["a", "b"], "Too many: 2: must have at most 1 items"),
        ({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}, ["a", "a"], 'Duplicate value: "a"'),
        ({"type": "string", "not": {"enum": ["bad"]}}, "bad", 'Invalid value: "bad": spec.a in body must not validate the schema (not)'),
    ],
)
def test_validation_says_what_is_wrong(part: dict[str, Any], value: Any, said: str) -> None:
    assert [e.body for e in validate({"spec": {"a": value}}, kind(properties={"a": part}))] == [said]


def test_rules_hold_between_old_and_new() -> None:
    spec = kind(properties={"a": {"type": "integer", rules.RULES: [{"rule": "self >= oldSelf", "message": "may only grow"}]}})
    assert rules.check({"spec": {"a": 1}}, spec) == []
    assert [str(e) for e in rules.check({"spec": {"a": 1}}, spec, {"spec": {"a": 2}})] == ["spec.a: Invalid value: 1: may only grow"]


def test_a_rule_may_ask_for_an_old_value_that_is_not_there() -> None:
    spec = kind(properties={"a": {"type": "string", rules.RULES: [{"rule": "oldSelf.hasValue() || self == 'first'", "optionalOldSelf": True}]}})
    assert rules.check({"spec": {"a": "first"}}, spec) == []
    assert len(rules.check({"spec": {"a": "second"}}, spec)) == 1
    assert rules.check({"spec": {"a": "second"}}, spec, {"spec": {"a": "first"}}) == []


@pytest.mark.parametrize(
    ("root", "path", "said"),
    [
        ({"type": "array"}, "s.type", 'Invalid value: "array": must be object at the root'),
        ({"type": "object", "properties": {"a": {}}}, "s.properties[a].type", "Required value: must not be empty for specified object fields"),
        ({"type": "object", "properties": {"a": {"$ref": "#/x"}}}, "s.properties[a].$ref", "Forbidden: $ref is not supported"),
        ({"type": "object", "properties": {"a": {"type": "array"}}}, "s.properties[a].items", "Required value: must be specified"),
        (
            {"type": "object", "properties": {"a": {"type": "string", "pattern": "("}}},
            "s.properties[a].pattern",
            'Invalid value: "(": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ): `(`',
        ),
        (
            {"type": "object", "properties": {"a": {"type": "integer", "default": "x"}}},
            "s.properties[a].default",
            'Invalid value: "string":  in body must be of type integer: "string"',
        ),
    ],
)
def test_a_schema_keeps_the_rules_of_structural_ones(root: dict[str, Any], path: str, said: str) -> None:
    assert [(e.path, e.body) for e in definition.check(root, "s")] == [(path, said)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("abc", max_size=3),
    lambda i: st.lists(i, max_size=3) | st.dictionaries(st.sampled_from("abc"), i, max_size=3),
    max_leaves=8,
)
SCHEMA = {
    "properties": {
        "a": {"type": "object", "properties": {"b": {"type": "string", "default": "x"}}},
        "b": {"type": "array", "items": {"type": "object", "properties": {"c": {"type": "integer"}}}},
    }
}


@given(st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4))
def test_reading_what_was_read_changes_nothing(raw: dict[str, Any]) -> None:
    first = read(raw, SCHEMA).manifest
    again = prune.read(first, kind(**SCHEMA), META)
    assert again.manifest == first and not again.strict
    validate(first, kind(**SCHEMA))


def test_no_pattern_takes_long() -> None:
    began = time.perf_counter()
    found = validate({"spec": {"a": "a" * 50_000 + "!"}}, kind(properties={"a": {"type": "string", "pattern": "^(a+)+$"}}))
    assert len(found) == 1 and time.perf_counter() - began < 1
    assert validate({"spec": {"a": '\u00fc"x'}}, kind(properties={"a": {"type": "string", "pattern": '^\\S"x$'}})) == []
