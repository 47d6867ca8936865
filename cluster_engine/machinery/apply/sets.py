"""Sets of field paths in FieldsV1 form: a trie of path elements; {} is a member, "." beside children makes their parent one.

Models structured-merge-diff fieldpath/set.go. Sets are values: no function changes its arguments.
"""

from typing import Any

Set = dict[str, Any]
SELF = "."
EMPTY: Set = {}


def is_member(node: Set | None) -> bool:
    """Whether the path that leads to `node` belongs to the set."""
    return node is not None and (not node or SELF in node)


def children(node: Set) -> dict[str, Set]:
    return {k: v for k, v in node.items() if k != SELF}


def _node(member: bool, below: dict[str, Set]) -> Set | None:
    """A trie node, or None for one that says nothing."""
    if not below:
        return {} if member else None
    return {SELF: {}, **below} if member else below


def union(one: Set, other: Set) -> Set:
    if one is other or not other:
        return one
    if not one:
        return other
    found = dict(one)
    for key, node in other.items():
        if key not in found:
            found[key] = node
        elif key != SELF and found[key] is not node:
            found[key] = _union_nodes(found[key], node)
    return found


def _union_nodes(one: Set, other: Set) -> Set:
    if not one or not other:
        whole = one or other
        return whole if not whole or SELF in whole else {SELF: {}, **whole}
    return union(one, other)


def difference(one: Set, other: Set) -> Set:
    """What is in `one` and not in `other`."""
    if not other or not one:
        return one
    found: Set = {}
    for key, node in one.items():
        if key not in other or key == SELF:
            found[key] = node
            continue
        left = _subtract(node, other[key])
        if left is not None:
            found[key] = left
    return found


def _subtract(one: Set, other: Set) -> Set | None:
    member = is_member(one) and not is_member(other)
    below = difference(children(one), children(other))
    return _node(member, below)


def intersection(one: Set, other: Set) -> Set:
    """What is in both."""
    found: Set = {}
    for key, node in one.items():
        if key in other and key != SELF:
            common = _node(is_member(node) and is_member(other[key]), intersection(children(node), children(other[key])))
            if common is not None:
                found[key] = common
    return found


def without_subtrees(one: Set, other: Set) -> Set:
    """What is in `one` and neither in `other` nor below a member of it (recursive difference)."""
    found: Set = {}
    for key, node in one.items():
        if key not in other or key == SELF:
            found[key] = node
            continue
        if is_member(other[key]):
            continue
        left = _node(is_member(node), without_subtrees(children(node), children(other[key])))
        if left is not None:
            found[key] = left
    return found


def paths(one: Set) -> list[tuple[str, ...]]:
    """Every member as its path elements, parents first."""
    found: list[tuple[str, ...]] = []
    for key in sorted(k for k in one if k != SELF):
        node = one[key]
        if is_member(node):
            found.append((key,))
        found.extend((key, *rest) for rest in paths(children(node)))
    return found
