"""Sets of fields, kept in the very form in which managedFields stores them (FieldsV1), so that nothing is ever converted.

A set is a dict from path elements (`f:spec`, `k:{"name":"c"}`, `v:"x"`) to the sets below them. An element belongs to the
set itself when its dict is empty or holds `.`. Sets are shared and never changed in place.
Models sigs.k8s.io/structured-merge-diff/fieldpath/set.go.
"""

import json
from collections.abc import Iterator
from typing import Any

Set = dict[str, Any]

EMPTY: Set = {}
DOT: Set = {}


def is_member(node: Set) -> bool:
    return not node or "." in node


def node(member: bool, below: Set) -> Set | None:
    """The dict of an element, given whether it belongs itself and what of it does; None when nothing does."""
    if member:
        return {".": DOT, **below} if below else EMPTY
    return below or None


def below(found: Set) -> Set:
    """The elements under a node, without its own mark."""
    return {k: v for k, v in found.items() if k != "."} if "." in found else found


def union(a: Set, b: Set) -> Set:
    if not b or a is b:
        return a
    if not a:
        return b
    out = dict(a)
    for key, right in b.items():
        left = a.get(key)
        if left is None:
            out[key] = right
        elif key != "." and left is not right:
            out[key] = node(is_member(left) or is_member(right), union(below(left), below(right)))
    return out


def difference(a: Set, b: Set, whole: bool = False) -> Set:
    """What of `a` is not in `b`, element by element; with `whole` a member of `b` takes everything below it along.

    Gives `a` itself when nothing changes.
    """
    out: Set | None = None
    smaller = b if len(b) < len(a) else a
    for key in smaller:
        if key == "." or key not in a or key not in b:
            continue
        left, right = a[key], b[key]
        if whole and is_member(right):
            rest = None
        else:
            inner = difference(below(left), below(right), whole)
            member = is_member(left) and not is_member(right)
            if member == is_member(left) and inner is left:
                continue
            rest = node(member, inner)
            if rest == left:
                continue
        if out is None:
            out = dict(a)
        if rest is None:
            del out[key]
        else:
            out[key] = rest
    return a if out is None else out


def intersection(a: Set, b: Set) -> Set:
    out: Set = {}
    if len(b) < len(a):
        a, b = b, a
    for key, left in a.items():
        right = b.get(key)
        if right is None or key == ".":
            continue
        found = node(is_member(left) and is_member(right), intersection(below(left), below(right)))
        if found is not None:
            out[key] = found
    return out


def meets(a: Set, b: Set) -> bool:
    """Whether the two have a member in common."""
    if len(b) < len(a):
        a, b = b, a
    for key, left in a.items():
        right = b.get(key)
        if right is None or key == ".":
            continue
        if (is_member(left) and is_member(right)) or (left and right and meets(left, right)):
            return True
    return False


def of_paths(paths: tuple[str, ...]) -> Set:
    """A set of dotted field paths, such as ("status", "metadata.labels")."""
    out: Set = {}
    for path in paths:
        found: Set = EMPTY
        for name in reversed(path.split(".")):
            found = {f"f:{name}": found}
        out = union(out, found)
    return out


def members(found: Set, path: str = "") -> Iterator[str]:
    """The path of every member in upstream's order, as conflicts show it: `.spec.containers[name="c"].image`."""
    keys = sorted(k for k in found if k != ".")
    yield from (path + element_text(k) for k in keys if is_member(found[k]))
    for key in keys:
        yield from members(found[key], path + element_text(key))


def element_text(element: str) -> str:
    kind, _, rest = element.partition(":")
    if kind == "f":
        return f".{rest}"
    if kind == "k":
        keys = json.loads(rest)
        return "[" + ",".join(f"{k}={_value_text(v)}" for k, v in sorted(keys.items())) + "]"
    return f"[={_value_text(json.loads(rest))}]" if kind == "v" else f"[{rest}]"


def _value_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_valid(found: Any, depth: int = 0) -> bool:
    """Whether data from outside is a FieldsV1 at all."""
    if not isinstance(found, dict) or depth > 64:
        return False
    return all(_valid_element(k) and is_valid(v, depth + 1) for k, v in found.items())


def _valid_element(element: Any) -> bool:
    if element == ".":
        return True
    kind, colon, rest = element.partition(":")
    if not colon:
        return False
    if kind == "f":
        return True
    try:
        value = json.loads(rest)
    except ValueError:
        return False
    return kind == "v" or (kind == "k" and isinstance(value, dict)) or (kind == "i" and isinstance(value, int))
