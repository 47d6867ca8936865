"""Comparing two objects by schema: which fields were added or changed, and which are gone.

Only what differs is walked: equal parts are skipped by identity or equality, so that a small change of a large object is cheap.
Models sigs.k8s.io/structured-merge-diff/typed/compare.go.
"""

from collections.abc import Callable
from typing import Any

from cluster_engine.machinery.apply.elements import is_associative, namer
from cluster_engine.machinery.apply.sets import DOT, EMPTY, Set
from cluster_engine.machinery.schema.tree import ANYTHING, MAP, STRUCT, Schema

MISSING = object()

# A difference: the set of what was added or changed, the set of what is gone; None for an empty one.
Difference = tuple[Set | None, Set | None]


def compare(schema: Schema, old: dict[str, Any], new: dict[str, Any], skip: frozenset[str] = frozenset()) -> tuple[Set, Set]:
    """What changed from `old` to `new`; top-level fields in `skip` are not looked at."""
    changed, gone = _maps(schema, old, new, skip)
    return changed or EMPTY, gone or EMPTY


def child(schema: Schema, key: str) -> Schema:
    """The type of a field of a struct, or of a map's values."""
    if schema.type == STRUCT:
        found = schema.fields.get(key)
        return found.schema if found is not None else ANYTHING
    return schema.items or ANYTHING


def is_granular(schema: Schema) -> bool:
    """Whether fields below are owned one by one."""
    if schema.alternative is not None:
        return False
    return not schema.atomic and (schema.type in (STRUCT, MAP) or schema.keeps_unknown)


def _maps(schema: Schema, old: dict[str, Any], new: dict[str, Any], skip: frozenset[str] = frozenset()) -> Difference:
    changed: Set = {}
    gone: Set = {}
    for key, value in new.items():
        before = old.get(key, MISSING)
        if before is value or key in skip:
            continue
        if before is MISSING:
            changed["f:" + key] = whole(child(schema, key), value)
        elif before != value:
            c, g = _values(child(schema, key), before, value)
            if c is not None:
                changed["f:" + key] = c
            if g is not None:
                gone["f:" + key] = g
    if len(old) > len(new) or any(key not in new for key in old):
        for key, before in old.items():
            if key not in new and key not in skip:
                gone["f:" + key] = whole(child(schema, key), before)
    return changed or None, gone or None


def _values(schema: Schema, old: Any, new: Any) -> Difference:
    """Two unequal values of one field."""
    if not old and not new:
        return EMPTY, None
    if is_granular(schema) and isinstance(old, dict | None) and isinstance(new, dict | None):
        return _maps(schema, old or {}, new or {})
    if is_associative(schema) and isinstance(old, list | None) and isinstance(new, list | None):
        return _lists(schema, old or [], new or [])
    return EMPTY, None


def _lists(schema: Schema, old: list[Any], new: list[Any]) -> Difference:
    name, items = namer(schema), schema.items or ANYTHING
    before, after = _grouped(old, name), _grouped(new, name)
    changed: Set = {}
    gone: Set = {}
    for key, group in after.items():
        earlier = before.get(key)
        if earlier is None:
            changed[key] = whole(items, group[0]) if len(group) == 1 else EMPTY
        elif earlier != group:
            c, g = _values(items, earlier[0], group[0]) if len(earlier) == len(group) == 1 else (EMPTY, None)
            if c is not None:
                changed[key] = c
            if g is not None:
                gone[key] = g
    for key, group in before.items():
        if key not in after:
            gone[key] = whole(items, group[0]) if len(group) == 1 else EMPTY
    return changed or None, gone or None


def _grouped(values: list[Any], name: Any) -> dict[str, list[Any]]:
    """Items by their names; stored lists may hold an item twice."""
    groups: dict[str, list[Any]] = {}
    for value in values:
        groups.setdefault(name(value), []).append(value)
    return groups


def whole(schema: Schema, value: Any) -> Set:
    """The set of a value that stands, or falls, as a whole: the field itself and everything below it."""
    if not value:
        return EMPTY
    maker = schema.whole
    if maker is None:
        maker = schema.whole = _maker(schema)
    return maker(value)


def _leaf(value: Any) -> Set:
    return EMPTY


def _maker(schema: Schema) -> Callable[[Any], Set]:
    """The closure that makes the set of one type; every created object passes here with all its fields."""
    if is_associative(schema):
        return _list_maker(schema)
    if not is_granular(schema):
        return _leaf
    return _struct_maker(schema) if schema.type == STRUCT else _map_maker(schema)


def _struct_maker(schema: Schema) -> Callable[[Any], Set]:
    elements = {f.name: ("f:" + f.name, f.schema if _has_parts(f.schema) else None) for f in schema.fields.values()}
    unknown = ANYTHING if schema.keeps_unknown else None

    def make(value: Any) -> Set:
        if type(value) is not dict:
            return EMPTY
        out: Set = {".": DOT}
        for key, inner in value.items():
            element, parts = elements.get(key) or ("f:" + key, unknown)
            out[element] = EMPTY if parts is None or not inner else (parts.whole or _made(parts))(inner)
        return out

    return make


def _made(schema: Schema) -> Callable[[Any], Set]:
    schema.whole = _maker(schema)
    return schema.whole


def _has_parts(schema: Schema) -> bool:
    return is_granular(schema) or is_associative(schema)


def _map_maker(schema: Schema) -> Callable[[Any], Set]:
    items = schema.items or (schema if schema.keeps_unknown else ANYTHING)
    parts = items if _has_parts(items) else None

    def make(value: Any) -> Set:
        if type(value) is not dict:
            return EMPTY
        out: Set = {".": DOT}
        for key, inner in value.items():
            out["f:" + key] = EMPTY if parts is None or not inner else (parts.whole or _made(parts))(inner)
        return out

    return make


def _list_maker(schema: Schema) -> Callable[[Any], Set]:
    """An item that stands twice is owned as one leaf."""
    name, items = namer(schema), schema.items or ANYTHING

    def make(value: Any) -> Set:
        if type(value) is not list:
            return EMPTY
        out: Set = {".": DOT}
        for item in value:
            key = name(item)
            out[key] = EMPTY if key in out else whole(items, item)
        return out

    return make
