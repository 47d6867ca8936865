"""Objects by their schema: the checks of an applied manifest, its field set, merging it into the live object, pruning.

Models sigs.k8s.io/structured-merge-diff/typed/{validate,tofieldset,merge,remove}.go.
"""

import json
from typing import Any

from cluster_engine.machinery.apply.compare import child, is_granular
from cluster_engine.machinery.apply.elements import is_associative, namer
from cluster_engine.machinery.apply.sets import EMPTY, Set, below, element_text, is_member, node
from cluster_engine.machinery.patch.go_text import go_text
from cluster_engine.machinery.schema.tree import (
    ANY,
    ANYTHING,
    BOOLEAN,
    BYTES,
    INT_OR_STRING,
    INTEGER,
    LIST,
    MAP,
    MICRO_TIME,
    NUMBER,
    QUANTITY,
    STRING,
    STRUCT,
    TIME,
    Schema,
)

Manifest = dict[str, Any]


def errors(schema: Schema, value: Any, path: str = "") -> list[str]:
    """What in an applied manifest does not fit the schema, with upstream's sentences."""
    if value is None or schema.alternative is not None or schema.type == ANY:
        return []
    if schema.type in (STRUCT, MAP):
        return _map_errors(schema, value, path)
    if schema.type == LIST:
        return _list_errors(schema, value, path)
    return _scalar_errors(schema, value, path)


def _map_errors(schema: Schema, value: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: expected map, got &{{{go_text(value)}}}"]
    found: list[str] = []
    for key, inner in value.items():
        if schema.type == STRUCT and key not in schema.fields:
            if not schema.keeps_unknown:
                found.append(f"{path}.{key}: field not declared in schema")
            continue
        found += errors(child(schema, key), inner, f"{path}.{key}")
    return found


def _list_errors(schema: Schema, value: Any, path: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{path}: expected list, got &{{{go_text(value)}}}"]
    items = schema.items or ANYTHING
    if not is_associative(schema):
        return [e for i, v in enumerate(value) for e in errors(items, v, f"{path}[{i}]")]
    name = namer(schema)
    found: list[str] = []
    seen: set[str] = set()
    for i, inner in enumerate(value):
        if schema.list_type == "map" and not isinstance(inner, dict):
            found.append(f"{path}: element {i}: associative list with keys may not have non-map elements")
            continue
        element = name(inner)
        if element == "k:{}":
            keys = json.dumps(list(schema.map_keys), separators=(",", ":"))
            omits = f"associative list with keys has an element that omits all key fields {keys}"
            found.append(f"{path}: element {i}: {omits} (and doesn't have default values for any key fields)")
            continue
        at = element_text(element)
        if element in seen:
            found.append(f"{path}: duplicate entries for key {at}")
        seen.add(element)
        found += errors(items, inner, path + at)
    return found


def _scalar_errors(schema: Schema, value: Any, path: str) -> list[str]:
    kind = type(value)
    if schema.type in (INTEGER, NUMBER):
        return [] if kind in (int, float) else [f"{path}: expected numeric (int or float), got {_go_type(value)}"]
    if schema.type in (STRING, TIME, MICRO_TIME, BYTES):
        return [] if kind is str else [f"{path}: expected string, got &value.valueUnstructured{{Value:{_go_syntax(value)}}}"]
    if schema.type == BOOLEAN:
        return [] if kind is bool else [f"{path}: expected boolean, got &{{{go_text(value)}}}"]
    if schema.type in (QUANTITY, INT_OR_STRING):
        return [f"{path}: expected any scalar, got &{{{go_text(value)}}}"] if kind in (dict, list) else []
    return []


def _go_type(value: Any) -> str:
    return {str: "string", bool: "bool", dict: "map[string]interface {}", list: "[]interface {}"}.get(type(value), "int64")


def _go_syntax(value: Any) -> str:
    return f"{value}" if isinstance(value, int | float) and not isinstance(value, bool) else go_text(value)


def field_set(schema: Schema, value: Any) -> Set:
    """The fields that a manifest states: leaves, items of lists, keys of maps, empty structs."""
    if is_granular(schema) and isinstance(value, dict):
        out: Set = {}
        declared = schema.fields if schema.type == STRUCT else {}
        for key, inner in value.items():
            inner_set = _stated(child(schema, key), inner)
            found = node(inner_set is None or key not in declared or inner is None or inner == {}, below(inner_set or EMPTY))
            if found is not None:
                out["f:" + key] = found
        return out
    if is_associative(schema) and isinstance(value, list):
        name, items = namer(schema), schema.items or ANYTHING
        out = {}
        for inner in value:
            inner_set = _stated(items, inner)
            out[name(inner)] = node(True, below(inner_set or EMPTY)) or EMPTY
        return out
    return EMPTY


def _stated(schema: Schema, value: Any) -> Set | None:
    """The set below a field; None when the field itself is the leaf."""
    if (is_granular(schema) and isinstance(value, dict | None)) or (is_associative(schema) and isinstance(value, list | None)):
        return field_set(schema, value)
    return None


def merge(schema: Schema, live: Any, patch: Any) -> Any:
    """The live object with the patch's opinion; shares what the patch does not touch."""
    if is_granular(schema) and isinstance(live, dict | None) and isinstance(patch, dict):
        out = dict(live or {})
        for key, value in patch.items():
            out[key] = merge(child(schema, key), out[key], value) if key in out else value
        return out
    if is_granular(schema) and patch is None:
        return live
    if is_associative(schema) and isinstance(live, list) and isinstance(patch, list | None):
        return _merge_lists(schema, live, patch or [])
    return patch


def _merge_lists(schema: Schema, live: list[Any], patch: list[Any]) -> list[Any]:
    """Items in the patch's order among themselves; items that only the live list has stay before what they stood before."""
    name, items = namer(schema), schema.items or ANYTHING
    left, right = [name(v) for v in live], [name(v) for v in patch]
    ours, theirs = dict(zip(left, live, strict=True)), dict(zip(right, patch, strict=True))
    shared = iter([e for e in right if e in ours])
    awaited = next(shared, None)
    merged: set[str] = set()
    out: list[Any] = []
    i = j = 0
    while i < len(left) or j < len(right):
        if i < len(left) and j < len(right):
            if left[i] == right[j]:
                merged.add(left[i])
                out.append(merge(items, live[i], patch[j]))
                i, j, awaited = i + 1, j + 1, next(shared, None)
                continue
            if left[i] in theirs and awaited is not None and awaited != left[i]:
                i += 1
                continue
        if i < len(left):
            if left[i] not in theirs:
                out.append(live[i])
                i += 1
                continue
            if left[i] in merged:
                i += 1
        if j < len(right):
            element = right[j]
            merged.add(element)
            out.append(merge(items, ours[element], theirs[element]) if element in ours else theirs[element])
            j += 1
            if awaited == element:
                awaited = next(shared, None)
    return out


def remove(schema: Schema, value: Any, gone: Set) -> Any:
    """The value without the members of `gone`; None when nothing is left of it."""
    if not gone:
        return value
    if isinstance(value, dict) and is_granular(schema):
        out = {}
        for key, inner in value.items():
            found = gone.get("f:" + key)
            if found is None:
                out[key] = inner
            elif not is_member(found):
                out[key] = remove(child(schema, key), inner, found)
        return out or None
    if isinstance(value, list) and is_associative(schema):
        name, items = namer(schema), schema.items or ANYTHING
        kept = []
        for inner in value:
            found = gone.get(name(inner))
            if found is None:
                kept.append(inner)
            elif not is_member(found):
                kept.append(remove(items, inner, found))
        return kept or None
    return value


def with_named_fields(schema: Schema, found: Set) -> Set:
    """The set in which every declared field on the way to a member is a member too, so that pruning can take it away."""
    out: Set = {}
    for key, inner in found.items():
        if key == ".":
            continue
        declared = schema.type == STRUCT and key.startswith("f:") and key[2:] in schema.fields
        type_ = child(schema, key[2:]) if key.startswith("f:") else schema.items or ANYTHING
        made = node(declared or is_member(inner), with_named_fields(type_, inner))
        out[key] = EMPTY if made is None else made
    return out
