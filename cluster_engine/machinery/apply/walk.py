"""Merging a configuration into an object, listing the fields of an object, and removing fields from one.

Models structured-merge-diff typed/{merge,tofieldset,remove}.go and fieldpath.Set.EnsureNamedFieldsAreMembers.
"""

from typing import Any

from cluster_engine.machinery.apply.sets import SELF, Set, children, is_member
from cluster_engine.machinery.apply.shape import LIST, MAP, SCALAR, STRUCT, Shape, item_element

ABSENT = object()


def field_set(value: Any, shape: Shape) -> Set:
    """Every field that `value` sets."""
    return _below(value, shape)[1]


def _below(value: Any, shape: Shape) -> tuple[bool, Set]:
    """Whether this place is a member by itself, and the set below it."""
    kind = shape.resolved(value)
    if kind == SCALAR or shape.is_atomic(value):
        return True, {}
    if kind in (STRUCT, MAP):
        return False, _map_set(value, shape) if isinstance(value, dict) else {}
    return False, _list_set(value, shape) if isinstance(value, list) else {}


def _map_set(value: dict[str, Any], shape: Shape) -> Set:
    found: Set = {}
    for key, item in value.items():
        member, below = _below(item, shape.child(key))
        if item is None or item == {} or key not in shape.fields:
            member = True
        if below:
            found["f:" + key] = {SELF: {}, **below} if member else below
        elif member:
            found["f:" + key] = {}
    return found


def _list_set(value: list[Any], shape: Shape) -> Set:
    found: Set = {}
    for index, item in enumerate(value):
        _, below = _below(item, shape.items)
        found[item_element(shape, item, index)] = {SELF: {}, **below} if below else {}
    return found


# -- merging


def merge(old: Any, new: Any, shape: Shape) -> Any:
    """`new` laid over `old`: what `new` sets wins, the rest of `old` stays."""
    if new is ABSENT:
        return old
    if old is ABSENT or old is new:
        return _cleaned(new, shape)
    kind = shape.resolved(new if new is not None else old)
    empty = _is_empty(old) and _is_empty(new)
    if kind == SCALAR or shape.is_atomic(new) or empty:
        return new
    if kind in (STRUCT, MAP):
        return _merge_maps(old if isinstance(old, dict) else {}, new if isinstance(new, dict) else {}, shape)
    return _merge_lists(old if isinstance(old, list) else [], new if isinstance(new, list) else [], shape)


def _is_empty(value: Any) -> bool:
    return value is None or value == {} or value == []


def _cleaned(new: Any, shape: Shape) -> Any:
    return new


def _merge_maps(old: dict[str, Any], new: dict[str, Any], shape: Shape) -> dict[str, Any]:
    found = dict(old)
    for key, value in new.items():
        found[key] = merge(old.get(key, ABSENT), value, shape.child(key))
    return found


def _merge_lists(old: list[Any], new: list[Any], shape: Shape) -> list[Any]:
    """Items of both lists: those of `new` in its order, those of `old` alone where they stood among the shared ones."""
    left = {item_element(shape, v, i): v for i, v in enumerate(old)}
    right = {item_element(shape, v, i): v for i, v in enumerate(new)}
    left_order, right_order = list(left), list(right)
    shared = [e for e in right_order if e in left]
    found: list[Any] = []
    i = j = next_shared = 0

    def take_right(element: str) -> None:
        nonlocal next_shared
        found.append(merge(left.get(element, ABSENT), right[element], shape.items))
        if next_shared < len(shared) and shared[next_shared] == element:
            next_shared += 1

    while i < len(left_order) or j < len(right_order):
        if i < len(left_order) and j < len(right_order):
            element = left_order[i]
            if element == right_order[j]:
                take_right(element)
                i, j = i + 1, j + 1
                continue
            if element in right and not (next_shared < len(shared) and shared[next_shared] == element):
                i += 1
                continue
        if i < len(left_order):
            if left_order[i] not in right:
                found.append(left[left_order[i]])
                i += 1
                continue
            if j >= len(right_order):
                i += 1
                continue
        if j < len(right_order):
            take_right(right_order[j])
            j += 1
    return found


# -- removing


def remove(value: Any, fields: Set, shape: Shape) -> Any:
    """`value` without the places in `fields`; a map or list of which nothing is left becomes None."""
    if not fields or value is None:
        return value
    kind = shape.resolved(value)
    if kind in (STRUCT, MAP) and isinstance(value, dict) and not shape.is_atomic(value):
        return _remove_from_map(value, fields, shape)
    if kind == LIST and isinstance(value, list) and not shape.is_atomic(value):
        return _remove_from_list(value, fields, shape)
    return value


def _remove_from_map(value: dict[str, Any], fields: Set, shape: Shape) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for key, item in value.items():
        node = fields.get("f:" + key)
        if is_member(node):
            continue
        found[key] = remove(item, children(node), shape.child(key)) if node else item
    return found or None


def _remove_from_list(value: list[Any], fields: Set, shape: Shape) -> list[Any] | None:
    found: list[Any] = []
    for index, item in enumerate(value):
        node = fields.get(item_element(shape, item, index))
        if is_member(node):
            continue
        found.append(remove(item, children(node), shape.items) if node else item)
    return found or None


def with_named_members(fields: Set, shape: Shape) -> Set:
    """`fields` with every struct field that leads to a member made a member itself."""
    found: Set = {}
    for element, node in fields.items():
        if element == SELF:
            continue
        below_shape = shape.child(element[2:]) if element.startswith("f:") else shape.items
        below = with_named_members(children(node), below_shape)
        member = is_member(node) or (bool(below) and element.startswith("f:") and element[2:] in shape.fields)
        found[element] = {SELF: {}, **below} if below and member else below
    return found
