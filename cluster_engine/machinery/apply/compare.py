"""What a change added, modified and removed, as sets of fields. Models structured-merge-diff typed/compare.go.

Parts that old and new share (the same object in memory) are equal without a look, which makes the usual write cheap.
"""

from dataclasses import dataclass
from typing import Any

from cluster_engine.machinery.apply.sets import SELF, Set
from cluster_engine.machinery.apply.shape import LIST, MAP, SCALAR, STRUCT, Shape, item_element


class _Absent:
    """No value at all, which is not the same as null."""


ABSENT = _Absent()


@dataclass(slots=True)
class Comparison:
    added: Set
    modified: Set
    removed: Set


def compare(old: Any, new: Any, shape: Shape) -> Comparison:
    """Compare two objects of one shape."""
    found = Comparison({}, {}, {})
    _walk(old, new, shape, "", found)
    return found


def _walk(old: Any, new: Any, shape: Shape, element: str, into: Comparison) -> None:
    """Compare one place; results for it and below it go into `into` under `element` ("" for the root)."""
    if old is new:
        return
    inner = Comparison({}, {}, {}) if element else into
    absent_old, absent_new = old is ABSENT, new is ABSENT
    leaf = ""
    if not absent_old and not absent_new and _kind(shape, old) != _kind(shape, new) and old is not None and new is not None:
        _visit(old, ABSENT, shape, inner)
        _visit(ABSENT, new, shape, inner)
        leaf = "modified"
    elif _is_leaf(old, new, shape):
        leaf = "added" if absent_old else "removed" if absent_new else "" if old == new else "modified"
    else:
        _visit(old, new, shape, inner)
        leaf = "added" if absent_old else "removed" if absent_new else ""
    if element:
        _attach(into.added, element, inner.added, leaf == "added")
        _attach(into.modified, element, inner.modified, leaf == "modified")
        _attach(into.removed, element, inner.removed, leaf == "removed")


def _attach(into: Set, element: str, below: Set, member: bool) -> None:
    if below:
        into[element] = {SELF: {}, **below} if member else below
    elif member:
        into[element] = {}


def _kind(shape: Shape, value: Any) -> str:
    return shape.resolved(value)


def _is_leaf(old: Any, new: Any, shape: Shape) -> bool:
    value = old if new is ABSENT or new is None else new
    if shape.resolved(value) == SCALAR or shape.is_atomic(value):
        return True
    return _is_empty(old) and _is_empty(new)


def _is_empty(value: Any) -> bool:
    return value is ABSENT or value is None or value == {} or value == []


def _visit(old: Any, new: Any, shape: Shape, into: Comparison) -> None:
    value = old if new is ABSENT or new is None else new
    kind = shape.resolved(value)
    if kind in (STRUCT, MAP):
        _visit_map(old if isinstance(old, dict) else {}, new if isinstance(new, dict) else {}, shape, into)
    elif kind == LIST and not shape.is_atomic(value):
        _visit_list(old if isinstance(old, list) else [], new if isinstance(new, list) else [], shape, into)


def _visit_map(old: dict[str, Any], new: dict[str, Any], shape: Shape, into: Comparison) -> None:
    for key, value in new.items():
        before = old.get(key, ABSENT)
        if before is not value:
            _walk(before, value, shape.child(key), "f:" + key, into)
    for key, value in old.items():
        if key not in new:
            _walk(value, ABSENT, shape.child(key), "f:" + key, into)


def _visit_list(old: list[Any], new: list[Any], shape: Shape, into: Comparison) -> None:
    before = _by_element(old, shape)
    after = _by_element(new, shape)
    for element, values in after.items():
        earlier = before.get(element)
        if earlier is None:
            _walk(ABSENT, values[0], shape.items, element, into)
        elif len(values) > 1 or len(earlier) > 1:
            if values != earlier:
                _attach(into.modified, element, {}, True)
        elif earlier[0] is not values[0]:
            _walk(earlier[0], values[0], shape.items, element, into)
    for element, values in before.items():
        if element not in after:
            _walk(values[0], ABSENT, shape.items, element, into)


def _by_element(values: list[Any], shape: Shape) -> dict[str, list[Any]]:
    """Items by their path element; more than one where the list has duplicates."""
    found: dict[str, list[Any]] = {}
    for index, value in enumerate(values):
        found.setdefault(item_element(shape, value, index), []).append(value)
    return found
