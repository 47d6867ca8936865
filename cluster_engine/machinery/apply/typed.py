"""Whether a configuration fits the schema before it is merged. Models structured-merge-diff typed/validate.go."""

from typing import Any

from cluster_engine.machinery.apply.shape import KeyMissing, Shape, item_element, shape_of
from cluster_engine.machinery.schema.tree import BOOLEAN, INT_OR_STRING, INTEGER, LIST, MAP, NUMBER, QUANTITY, STRUCT, Schema

MOST = 20


def typed_errors(value: Any, schema: Schema | None) -> list[str]:
    """`.spec.replicas: expected numeric (int or float), got string`, ...; at most MOST."""
    found: list[str] = []
    if schema is not None:
        _check(value, schema, shape_of(schema), "", found)
    return found


def joined(errors: list[str]) -> str:
    return errors[0] if len(errors) == 1 else "errors:" + "".join(f"\n  {e}" for e in errors)


def _check(value: Any, schema: Schema, shape: Shape, path: str, found: list[str]) -> None:
    if value is None or len(found) >= MOST:
        return
    if schema.alternative is not None:
        return
    if schema.type in (STRUCT, MAP):
        _check_map(value, schema, shape, path, found)
    elif schema.type == LIST:
        _check_list(value, schema, shape, path, found)
    elif problem := _scalar_problem(value, schema.type):
        found.append(f"{path}: {problem}")


def _check_map(value: Any, schema: Schema, shape: Shape, path: str, found: list[str]) -> None:
    if not isinstance(value, dict):
        found.append(f"{path}: expected map, got &{{{go_text(value)}}}")
        return
    for key, item in value.items():
        if schema.type == MAP:
            if schema.items is not None:
                _check(item, schema.items, shape.items, f"{path}.{key}", found)
        elif key in schema.fields:
            _check(item, schema.fields[key].schema, shape.child(key), f"{path}.{key}", found)
        elif not schema.keeps_unknown:
            found.append(f"{path}.{key}: field not declared in schema")


def _check_list(value: Any, schema: Schema, shape: Shape, path: str, found: list[str]) -> None:
    if not isinstance(value, list):
        found.append(f"{path}: expected list, got &{{{go_text(value)}}}")
        return
    seen: set[str] = set()
    for index, item in enumerate(value):
        element = f"[{index}]"
        if not shape.atomic:
            try:
                key = item_element(shape, item, index)
            except KeyMissing as error:
                found.append(f"{path}: element {index}: {error}")
                return
            element = _key_text(key)
            if key in seen:
                found.append(f"{path}: duplicate entries for key {element}")
            seen.add(key)
        if schema.items is not None:
            _check(item, schema.items, shape.items, f"{path}{element}", found)


def _key_text(element: str) -> str:
    rest = element[2:]
    return "[" + rest[1:-1].replace('":', "=").replace(',"', ",").removeprefix('"') + "]" if element.startswith("k:") else f"[={rest}]"


def _scalar_problem(value: Any, type_: str) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if type_ in (INTEGER, NUMBER):
        return "" if number else f"expected numeric (int or float), got {_go_type(value)}"
    if type_ == BOOLEAN:
        return "" if isinstance(value, bool) else f"expected boolean, got &{{{go_text(value)}}}"
    if type_ in (QUANTITY, INT_OR_STRING, "any"):
        scalar = number or isinstance(value, str | bool) or type_ == "any"
        return "" if scalar else f"expected any scalar, got &{{{go_text(value)}}}"
    return "" if isinstance(value, str) else f"expected string, got &value.valueUnstructured{{Value:{go_text(value)}}}"


def _go_type(value: Any) -> str:
    names = {str: "string", bool: "bool", dict: "map[string]interface {}", list: "[]interface {}"}
    return names.get(type(value), "interface {}")


def go_text(value: Any) -> str:
    """A value as Go's %v prints it."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{k}:{go_text(v)}" for k, v in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(go_text(v) for v in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "<nil>" if value is None else str(value)
