"""Path elements: how an item of an associative list is named, by its keys or by its value.

Models sigs.k8s.io/structured-merge-diff/typed/helpers.go.
"""

import json
from collections.abc import Callable
from json.encoder import encode_basestring as quote
from typing import Any

from cluster_engine.machinery.schema.tree import BOOLEAN, INTEGER, LIST, STRING, STRUCT, Field, Schema, absent

Namer = Callable[[Any], str]


def value_text(value: Any) -> str:
    if type(value) is str:
        return quote(value)
    if type(value) is int:
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def is_associative(schema: Schema) -> bool:
    return schema.type == LIST and schema.list_type in ("map", "set")


def namer(schema: Schema) -> Namer:
    """The function that names the items of one list type; `k:{"port":1,"protocol":"TCP"}` or `v:"x"`."""
    if schema.namer is None:
        schema.namer = _by_keys(schema) if schema.list_type == "map" else _by_value
    return schema.namer


def _by_value(item: Any) -> str:
    return "v:" + value_text(item)


def _default(field: Field) -> Any:
    """What a key is when it is not given: its default, else what Go prints for an empty text or number."""
    if field.default is not None or field.empty is absent or field.schema.type not in (STRING, INTEGER, BOOLEAN):
        return field.default
    return field.empty()


def _by_keys(schema: Schema) -> Namer:
    items = schema.items
    fields = items.fields if items is not None and items.type == STRUCT else {}
    keys = [(k, _default(fields[k]) if k in fields else None) for k in sorted(schema.map_keys)]
    if len(keys) == 1:
        key, default = keys[0]
        head = "k:{" + quote(key) + ":"

        def name_by_one(item: Any) -> str:
            value = item.get(key, default) if isinstance(item, dict) else None
            return "k:{}" if value is None else f"{head}{value_text(value)}}}"

        return name_by_one

    def name_by_all(item: Any) -> str:
        if not isinstance(item, dict):
            return "k:{}"
        parts = [f"{quote(k)}:{value_text(v)}" for k, default in keys if (v := item.get(k, default)) is not None]
        return "k:{" + ",".join(parts) + "}"

    return name_by_all
