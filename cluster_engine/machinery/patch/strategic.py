"""Strategic merge patch: a merge patch that knows Kubernetes' types, so that lists can be merged by key.

Directives: `$patch: replace|delete|merge`, `$retainKeys`, `$deleteFromPrimitiveList/<field>`, `$setElementOrder/<field>`.
Models k8s.io/apimachinery/pkg/util/strategicpatch/patch.go.
"""

from typing import Any

from cluster_engine.machinery import status
from cluster_engine.machinery.json_text import JsonSyntaxError, Parsed, parse
from cluster_engine.machinery.patch.go_text import go_text
from cluster_engine.machinery.schema.decode import json_type
from cluster_engine.machinery.schema.tree import ANYTHING, LIST, MAP, STRUCT, Field, Schema
from cluster_engine.machinery.status import ApiError

Document = dict[str, Any]

PATCH, RETAIN = "$patch", "$retainKeys"
DELETE_PREFIX, ORDER_PREFIX = "$deleteFromPrimitiveList/", "$setElementOrder/"
BAD_RETAIN = "invalid patch format of retainKeys"
NO_LISTS = "lists of lists are not supported"


def read(body: bytes | str) -> Parsed:
    """The patch of a request's body. Raises ApiError (400)."""
    try:
        parsed = parse(body)
    except JsonSyntaxError as e:
        raise status.bad_request(str(e)) from None
    if parsed.value is not None and not isinstance(parsed.value, dict):
        raise status.bad_request(f"json: cannot unmarshal {json_type(parsed.value)} into Go value of type map[string]interface {{}}")
    return Parsed(parsed.value or {}, parsed.repeated)


def apply(document: Document, patch: Document, schema: Schema) -> Document:
    """A new document; it shares with the old one what the patch does not touch. Raises ApiError (400, 500)."""
    return _merge_map(document, patch, schema)


def _failed(message: str) -> ApiError:
    """Upstream answers most malformed directives with a plain 500."""
    return ApiError(500, "", message)


def _field(schema: Schema, key: str) -> Field:
    """How a field merges; inside plain maps and unknown data, as its type says."""
    if schema.type == STRUCT:
        found = schema.fields.get(key)
        if found is None:
            raise _failed(f'unable to find api field in struct {schema.struct_name} for the json field "{key}"')
        return found
    return Field(key, schema.items if schema.type == MAP and schema.items is not None else ANYTHING)


def _merge_map(original: Document, patch: Document, schema: Schema) -> Document:
    if PATCH in patch:
        return _whole_map(patch)
    merged, rest = dict(original), dict(patch)
    _retain_keys(merged, rest)
    for key in [k for k in patch if k.startswith(ORDER_PREFIX)]:
        _set_order(merged, rest, key, schema)
    for key, value in rest.items():
        _merge_field(merged, key, value, schema)
    return merged


def _whole_map(patch: Document) -> Document:
    """A map with a `$patch` of its own."""
    if patch[PATCH] == "replace":
        return {k: _without_directives(v) for k, v in patch.items() if k != PATCH}
    if patch[PATCH] == "delete":
        return {}
    raise _failed(f"unknown patch type: {go_text(patch[PATCH])} in map: {go_text(patch)}")


def _merge_field(merged: Document, key: str, value: Any, schema: Schema) -> None:
    deletes = key.startswith(DELETE_PREFIX)
    key = key.removeprefix(DELETE_PREFIX)
    if value is None:
        merged.pop(key, None)
        return
    current = merged.get(key)
    if deletes and not (isinstance(current, list) and isinstance(value, list)):
        return
    if isinstance(current, dict) and isinstance(value, dict):
        field = _field(schema, key)
        merged[key] = _without_directives(value) if "replace" in field.patch_strategy else _merge_map(current, value, _inner(field.schema))
    elif isinstance(current, list) and isinstance(value, list):
        merged[key] = _merge_field_list(current, value, _field(schema, key), deletes)
    else:
        merged[key] = _without_directives(value)


def _inner(schema: Schema) -> Schema:
    return schema if schema.type in (STRUCT, MAP) else ANYTHING


def _merge_field_list(original: list[Any], patch: list[Any], field: Field, deletes: bool) -> list[Any]:
    if "merge" not in field.patch_strategy and not deletes:
        return [_without_directives(v) for v in patch]
    items = field.schema.items if field.schema.type == LIST and field.schema.items is not None else ANYTHING
    return _merge_list(original, patch, items, field.merge_key, deletes)


def _merge_list(original: list[Any], patch: list[Any], items: Schema, merge_key: str, deletes: bool) -> list[Any]:
    """Elements of the patch come in the patch's order, the others stay where they were."""
    if not original and not patch:
        return original
    kind = _element_kind([*original, *patch])
    if kind == "list":
        raise _failed(NO_LISTS)
    if kind != "map":
        merged = [v for v in original if v not in patch] if deletes else list(dict.fromkeys([*original, *patch]))
        return _ordered(merged, patch, original, "")
    if not merge_key:
        raise _failed(f"cannot merge lists without merge key for type {items.go}")
    original, patch = _take_directives(original, patch, merge_key)
    return _ordered(_merge_elements(original, patch, items, merge_key), patch, original, merge_key)


def _element_kind(values: list[Any]) -> str:
    kinds = {"map" if isinstance(v, dict) else "list" if isinstance(v, list) else "scalar" for v in values}
    if len(kinds) > 1:
        raise _failed(f"list element types are not identical: {go_text(values)}")
    return kinds.pop()


def _take_directives(original: list[Any], patch: list[Any], merge_key: str) -> tuple[list[Any], list[Any]]:
    """Carries out the elements that hold a `$patch`; gives what is left of both lists."""
    rest: list[Any] = []
    replace = False
    for element in patch:
        directive = element.get(PATCH)
        if PATCH not in element:
            rest.append(element)
        elif directive == "delete":
            value = _key_of(element, merge_key)
            original = [o for o in original if o.get(merge_key) != value]
        elif directive == "replace":
            replace = True
        elif directive == "merge":
            raise _failed("merging lists cannot yet be specified in the patch")
        else:
            raise _failed(f"unknown patch type: {go_text(directive)} in map: {go_text(element)}")
    return (rest, []) if replace else (original, rest)


def _key_of(element: Document, merge_key: str) -> Any:
    if merge_key not in element:
        raise _failed(f"map: {go_text(element)} does not contain declared merge key: {merge_key}")
    return element[merge_key]


def _merge_elements(original: list[Any], patch: list[Any], items: Schema, merge_key: str) -> list[Any]:
    merged = list(original)
    for element in patch:
        value = _key_of(element, merge_key)
        at = next((i for i, o in enumerate(merged) if o.get(merge_key) == value), None)
        if at is None:
            merged.append(_without_directives(element))
        else:
            merged[at] = _merge_map(merged[at], element, _inner(items))
    return merged


def _position(element: Any, order: list[Any], merge_key: str) -> int:
    """Where an element stands in a list, by its key or itself; -1 when it does not."""
    if not merge_key:
        return order.index(element) if element in order else -1
    if not isinstance(element, dict):
        raise _failed(f"list element types are not identical: {go_text([element])}")
    value = element.get(merge_key) if isinstance(element, dict) else None
    return next((i for i, o in enumerate(order) if isinstance(o, dict) and o.get(merge_key) == value), -1)


def _ordered(merged: list[Any], patch_order: list[Any], server_order: list[Any], merge_key: str) -> list[Any]:
    """Merges the patch's elements, in its order, with the server's own, in theirs."""
    ours = [(p, e) for e in merged if (p := _position(e, patch_order, merge_key)) >= 0]
    right = [e for _, e in sorted(ours, key=lambda pair: pair[0])]
    left = [e for e in merged if _position(e, patch_order, merge_key) < 0]
    left.sort(key=lambda e: _position(e, server_order, merge_key))
    result: list[Any] = []
    i = j = 0
    while i < len(left) and j < len(right):
        li, rj = _position(left[i], server_order, merge_key), _position(right[j], server_order, merge_key)
        if 0 <= li < rj:
            result.append(left[i])
            i += 1
        else:
            result.append(right[j])
            j += 1
    return result + left[i:] + right[j:]


def _retain_keys(merged: Document, patch: Document) -> None:
    """`$retainKeys`: every other field goes."""
    if RETAIN not in patch:
        return
    keys = patch.pop(RETAIN)
    if not isinstance(keys, list):
        raise status.bad_request(BAD_RETAIN)
    for key, value in patch.items():
        if value is not None and key not in keys and not key.startswith((DELETE_PREFIX, ORDER_PREFIX)):
            raise status.bad_request(BAD_RETAIN)
    for key in [k for k in merged if k not in keys]:
        del merged[key]


def _set_order(merged: Document, patch: Document, directive: str, schema: Schema) -> None:
    """`$setElementOrder/<field>`: merges that list right away and puts it in the given order."""
    order = patch.pop(directive)
    key = directive.removeprefix(ORDER_PREFIX)
    current, change = merged.get(key), patch.get(key)
    for value in (order, current, change):
        if value is not None and not isinstance(value, list):
            raise _failed(f"expected a list for {key}, but received {go_text(value)}")
    field = _field(schema, key)
    _check_order(change or [], order or [], field.merge_key)
    if key not in merged and key not in patch:
        return
    found: list[Any] | None
    if current is not None and change is not None:
        found = _merge_field_list(current, change, field, False)
    else:
        found = current if change is None else [_without_directives(v) for v in change if not (isinstance(v, dict) and v.get(PATCH) == "delete")]
    merged[key] = _ordered(found or [], order or [], current or [], field.merge_key)
    patch.pop(key, None)


def _check_order(patch: list[Any], order: list[Any], merge_key: str) -> None:
    """The elements of the patch must stand in the order list, in the same sequence."""
    wanted = [e for e in patch if not (isinstance(e, dict) and PATCH in e)] if merge_key else patch
    at = 0
    for element in order:
        if at < len(wanted) and _position(wanted[at], [element], merge_key) == 0:
            at += 1
    if at < len(wanted):
        raise _failed(f"The order in patch list:\n{go_text(patch)}\n doesn't match $setElementOrder list:\n{go_text(order)}\n")


def _without_directives(value: Any) -> Any:
    """What a patch adds where nothing was: its directives have nothing to act on, and its nulls nothing to take away."""
    if isinstance(value, list):
        return [_without_directives(v) for v in value if not (isinstance(v, dict) and v.get(PATCH) in ("delete", "replace"))]
    if not isinstance(value, dict):
        return value
    if value.get(PATCH) == "delete":
        return {}
    return {k: _without_directives(v) for k, v in value.items() if v is not None and not _is_directive(k)}


def _is_directive(key: str) -> bool:
    return key in (PATCH, RETAIN) or key.startswith((DELETE_PREFIX, ORDER_PREFIX))


def restore_error(value: Any, schema: Schema) -> str:
    """What upstream says when the merged data does not fit the kind's types; empty when it does.

    Models k8s.io/apimachinery/pkg/runtime/converter.go, which reads strategic patches' results instead of JSON.
    """
    if value is None:
        return ""
    if schema.type in (STRUCT, MAP) and schema.alternative is None:
        if not isinstance(value, dict):
            return f"cannot restore struct from: {_go_kind(value)}" if schema.type == STRUCT else f"cannot restore map from {_go_kind(value)}"
        return next((e for k, v in value.items() if (f := _declared(schema, k)) is not None and (e := restore_error(v, f))), "")
    if schema.type == LIST and schema.items is not None:
        if not isinstance(value, list):
            return f"cannot restore slice from {_go_kind(value)}"
        return next((e for v in value if (e := restore_error(v, schema.items))), "")
    wanted = {"string": str, "boolean": bool, "integer": int}.get(schema.type)
    if wanted is not None and type(value) is not wanted:
        return f"cannot convert {_go_type(value)} to {schema.go.removeprefix('v1.')}"
    return ""


def _declared(schema: Schema, key: str) -> Schema | None:
    if schema.type == MAP:
        return schema.items
    return schema.fields[key].schema if key in schema.fields else None


def _go_kind(value: Any) -> str:
    return {dict: "map", list: "slice", str: "string", bool: "bool", int: "int64", float: "float64"}[type(value)]


def _go_type(value: Any) -> str:
    if isinstance(value, dict | list):
        return "map[string]interface {}" if isinstance(value, dict) else "[]interface {}"
    return _go_kind(value)
