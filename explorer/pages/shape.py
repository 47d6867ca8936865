"""The shape of a manifest against its schema: every unknown field and wrong type at once, each with its path and a repair.

The API stops at the first value that it cannot decode and does not say where that stands; a learner needs all places. What is
well shaped here is judged by the API alone.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST = 20
QUANTITY = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$")
UNIT = re.compile(r"^([0-9.]+)\s*([kKmMgGtT])[bB]$")


@dataclass(frozen=True, slots=True)
class Misfit:
    """What does not fit. `found` is the text to replace by `repair`, where there is an obvious one."""

    path: str
    message: str
    found: str = ""
    repair: str = ""


def misfits(value: Any, schema: Any) -> list[Misfit]:
    """The first MOST places where `value` does not have the shape that the schema wants."""
    found: list[Misfit] = []
    for misfit in _walk(value, schema, ""):
        found.append(misfit)
        if len(found) >= MOST:
            break
    return found


def _walk(value: Any, schema: Any, path: str) -> Iterator[Misfit]:
    if value is None or schema is None:
        return
    if schema.type == "struct":
        yield from _struct(value, schema, path)
    elif schema.type == "list":
        if not isinstance(value, list):
            yield Misfit(path, f"{_leaf(path)} is a list: each item begins with a dash.")
            return
        for i, item in enumerate(value):
            yield from _walk(item, schema.items, f"{path}[{i}]")
    elif schema.type == "map":
        if not isinstance(value, dict):
            yield Misfit(path, f"{_leaf(path)} is a map of keys and values.")
            return
        for key, item in value.items():
            yield from _walk(item, schema.items, f"{path}.{key}")
    else:
        yield from _plain(value, schema.type, path)


def _struct(value: Any, schema: Any, path: str) -> Iterator[Misfit]:
    if schema.alternative is not None and not isinstance(value, dict):
        return
    if not isinstance(value, dict):
        yield Misfit(path, f"{_leaf(path)} has fields of its own, on lines below it that are indented.")
        return
    for key, item in value.items():
        field = schema.fields.get(key)
        here = f"{path}.{key}".strip(".")
        if field is not None:
            yield from _walk(item, field.schema, here)
        elif not schema.keeps_unknown:
            near = difflib.get_close_matches(key, list(schema.fields), 1, 0.6)
            words = f"{key} is no field of {schema.struct_name or 'this object'}." + (f" You may have meant {near[0]}." if near else "")
            yield Misfit(here, words, key if near else "", near[0] if near else "")


def _plain(value: Any, type_: str, path: str) -> Iterator[Misfit]:
    leaf, text = _leaf(path), str(value)
    if type_ == "string" and not isinstance(value, str):
        shown = text.lower() if isinstance(value, bool) else text
        kind = "a list or map" if isinstance(value, list | dict) else f"{shown} without quotes, which is no text"
        yield Misfit(path, f"{leaf} wants text; this is {kind}.", "" if isinstance(value, list | dict) else shown, f'"{shown}"')
    elif type_ == "integer" and (isinstance(value, bool) or not isinstance(value, int)):
        fixed = value if isinstance(value, str) and value.isdigit() else ""
        yield Misfit(path, f"{leaf} wants a whole number; this is {text!r}.", f'"{value}"' if fixed else "", fixed)
    elif type_ == "boolean" and not isinstance(value, bool):
        yield Misfit(path, f"{leaf} wants true or false; this is {text!r}.")
    elif type_ == "quantity" and not QUANTITY.match(text):
        unit = UNIT.match(text)
        fixed = f"{unit[1]}{'K' if unit[2] in 'kK' else unit[2].upper()}i" if unit else ""
        meant = f" You may have meant {fixed}." if fixed else ""
        yield Misfit(path, f"“{text}” is not a quantity. Memory ends in Ki, Mi, Gi or k, M, G; CPU is whole or ends in m.{meant}", text, fixed)


def _leaf(path: str) -> str:
    return re.split(r"[.]", path)[-1] or "this"
