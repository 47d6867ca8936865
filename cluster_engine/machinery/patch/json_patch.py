"""JSON patch: a list of operations on paths.

Models gopkg.in/evanphx/json-patch.v4, whose quirks are kept: `replace` of an absent map key adds it, the first piece of a
path is dropped unread, negative indices count from the end. (The `jsonpatch` library follows the RFC where Kubernetes does not.)
"""

from typing import Any

from cluster_engine.machinery import status
from cluster_engine.machinery.json_text import JsonSyntaxError, parse, plain
from cluster_engine.machinery.manifest import private
from cluster_engine.machinery.schema.decode import json_type

MAX_OPERATIONS = 10_000
MAX_COPIED = 3 * 1024 * 1024

REJECTED = "the server rejected our request due to an error in our request"


class _Refused(Exception):
    """An operation that does not apply."""


def read(body: bytes | str) -> list[dict[str, Any]]:
    """The operations of a request's body. Raises ApiError (400, 413)."""
    try:
        patch = plain(parse(body).value)
    except JsonSyntaxError as e:
        raise status.bad_request(f"error decoding patch: {e}") from None
    if patch is not None and not isinstance(patch, list):
        raise status.bad_request(f"error decoding patch: json: cannot unmarshal {json_type(patch)} into Go value of type []handlers.jsonPatchOp")
    for operation in patch or ():
        if operation is not None and not isinstance(operation, dict):
            raise status.bad_request(f"error decoding patch: json: cannot unmarshal {json_type(operation)} into Go value of type handlers.jsonPatchOp")
    return [o or {} for o in patch or ()]


def apply(document: Any, patch: list[dict[str, Any]]) -> Any:
    """A new document with the operations applied in order. Raises ApiError (413, 422); the given document stays as it is."""
    if len(patch) > MAX_OPERATIONS:
        raise status.too_large(f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(patch)}")
    working = [private(document)]
    copied = 0
    try:
        for operation in patch:
            copied += _apply_one(working, operation)
            if copied > MAX_COPIED:
                raise _Refused
    except _Refused:
        raise status.ApiError(422, "Invalid", REJECTED, {}) from None
    return working[0]


def _apply_one(working: list[Any], operation: dict[str, Any]) -> int:
    """Applies one operation to `working[0]`; gives the size of what was copied."""
    op, path = operation.get("op"), operation.get("path")
    if not isinstance(path, str):
        raise _Refused
    if path == "" and op in ("add", "replace", "test"):
        return _apply_to_root(working, op, operation.get("value"))
    if op in ("move", "copy"):
        return _carry(working[0], op, operation.get("from"), path)
    parent, key = _find(working[0], path)
    if op == "add":
        _add(parent, key, private(operation.get("value")))
    elif op == "remove":
        _remove(parent, key)
    elif op == "replace":
        _replace(parent, key, private(operation.get("value")))
    elif op == "test":
        _test(_get(parent, key), operation.get("value"))
    else:
        raise _Refused
    return 0


def _apply_to_root(working: list[Any], op: str, value: Any) -> int:
    if op == "test":
        _test(working[0], value)
    else:
        working[0] = private(value)
    return 0


def _carry(document: Any, op: str, source: Any, path: str) -> int:
    """`move` and `copy`."""
    if not isinstance(source, str):
        raise _Refused
    parent, key = _find(document, source)
    value = _get(parent, key)
    if op == "move":
        _remove(parent, key)
    target, target_key = _find(document, path)
    _add(target, target_key, value if op == "move" else private(value))
    return _size(value) if op == "copy" else 0


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return sum(len(k) + 3 + _size(v) for k, v in value.items()) + 2
    return sum(_size(v) + 1 for v in value) + 2 if isinstance(value, list) else len(str(value))


def _find(document: Any, path: str) -> tuple[dict[str, Any] | list[Any], str]:
    """The container that a path leads into, and the last piece. Refuses when something on the way is missing."""
    pieces = [p.replace("~1", "/").replace("~0", "~") for p in path.split("/")]
    if len(pieces) < 2:
        raise _Refused
    found = document
    for piece in pieces[1:-1]:
        found = _get(found, piece)
    if not isinstance(found, dict | list):
        raise _Refused
    return found, pieces[-1]


def _index(key: str, limit: int) -> int:
    """A list index below `limit`, negative ones from the end."""
    try:
        index = int(key)
    except ValueError:
        raise _Refused from None
    index = index + limit if index < 0 else index
    if not 0 <= index < limit:
        raise _Refused
    return index


def _get(parent: Any, key: str) -> Any:
    if isinstance(parent, dict):
        return parent.get(key)
    if isinstance(parent, list):
        return parent[_index(key, len(parent))]
    raise _Refused


def _add(parent: dict[str, Any] | list[Any], key: str, value: Any) -> None:
    if isinstance(parent, dict):
        parent[key] = value
    elif key == "-":
        parent.append(value)
    else:
        parent.insert(_index(key, len(parent) + 1), value)


def _replace(parent: dict[str, Any] | list[Any], key: str, value: Any) -> None:
    if isinstance(parent, dict):
        parent[key] = value
    else:
        parent[_index(key, len(parent))] = value


def _remove(parent: dict[str, Any] | list[Any], key: str) -> None:
    if isinstance(parent, list):
        del parent[_index(key, len(parent))]
    elif key in parent:
        del parent[key]
    else:
        raise _Refused


def _test(value: Any, expected: Any) -> None:
    if not _same(value, expected):
        raise _Refused


def _same(a: Any, b: Any) -> bool:
    """Equality of JSON, where true is not 1."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(v, b[k]) for k, v in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_same, a, b))
    return type(a) is type(b) and bool(a == b)
