"""What merging must know of a schema: structs, maps, and lists that are atomic, sets, or keyed.

Models structured-merge-diff schema/elements.go (Atom). Made from a kind's Schema on first use and kept.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cluster_engine.machinery.schema.tree import Schema

STRUCT, MAP, LIST, SCALAR, UNTYPED = "struct", "map", "list", "scalar", "untyped"


@dataclass(eq=False)
class Shape:
    """One place in an object. `fields` of a struct; `element` of a map's values or a list's items.

    `atomic`: owned as a whole. `keys`: of a keyed list, with `key_defaults` for those that may be left out; a list with
    neither `atomic` nor `keys` is a set. UNTYPED: anything below is free (preserve-unknown-fields).
    """

    kind: str
    atomic: bool = False
    keys: tuple[str, ...] = ()
    key_defaults: Mapping[str, Any] = field(default_factory=dict)
    fields: dict[str, "Shape"] = field(default_factory=dict)
    element: "Shape | None" = None

    def child(self, name: str) -> "Shape":
        """The shape of a struct's field or a map's value."""
        found = self.fields.get(name)
        return found if found is not None else self.element or FREE

    @property
    def items(self) -> "Shape":
        return self.element or FREE

    def resolved(self, value: Any) -> str:
        """The kind of node that `value` is treated as: what is untyped is taken as it looks."""
        if self.kind != UNTYPED:
            return self.kind
        return MAP if isinstance(value, dict) else LIST if isinstance(value, list) else SCALAR

    def is_atomic(self, value: Any) -> bool:
        return self.atomic or (self.kind == UNTYPED and isinstance(value, list))


FREE = Shape(UNTYPED)


class KeyMissing(ValueError):
    """An item of a keyed list lacks its key, or is no map."""


def item_element(shape: Shape, item: Any, index: int) -> str:
    """The path element of a list's item: `k:{"name":"web"}`, or `v:"value"` in a set. Raises KeyMissing."""
    if not shape.keys:
        return "v:" + _json(item)
    if not isinstance(item, dict):
        raise KeyMissing("associative list with keys may not have non-map elements")
    found: dict[str, Any] = {}
    for key in shape.keys:
        if key in item:
            found[key] = item[key]
        elif key in shape.key_defaults:
            found[key] = shape.key_defaults[key]
    if not found:
        raise KeyMissing(f"associative list with keys has an element that omits all key fields {_go_list(shape.keys)} (and doesn't have default values for any key fields)")
    return "k:" + _json(dict(sorted(found.items())))


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _go_list(names: tuple[str, ...]) -> str:
    return "[" + " ".join(f'"{n}"' for n in names) + "]"


def _of_struct(schema: Schema, made: Shape, known: dict[int, Shape]) -> None:
    for name, one in schema.fields.items():
        made.fields[name] = _of(one.schema, known)


def _key_defaults(schema: Schema) -> dict[str, Any]:
    item = schema.items
    if item is None:
        return {}
    return {k: item.fields[k].default for k in schema.map_keys if k in item.fields and item.fields[k].default is not None}


def _of(schema: Schema, known: dict[int, Shape]) -> Shape:
    found = known.get(id(schema))
    if found is not None:
        return found
    kind = {"struct": STRUCT, "map": MAP, "list": LIST, "any": UNTYPED}.get(schema.type, SCALAR)
    if schema.type == "any":
        # What the schema says nothing about is owned as it looks where unknown fields are kept, else as a whole.
        made = known[id(schema)] = Shape(UNTYPED, atomic=not schema.keeps_unknown)
        return made
    made = known[id(schema)] = Shape(kind, atomic=schema.atomic)
    if kind == STRUCT:
        _of_struct(schema, made, known)
        made.element = FREE if schema.keeps_unknown else None
    elif kind in (MAP, LIST):
        made.element = _of(schema.items, known) if schema.items is not None else FREE
    if kind == LIST:
        made.atomic = schema.list_type not in ("set", "map")
        made.keys = schema.map_keys if schema.list_type == "map" else ()
        made.key_defaults = _key_defaults(schema)
    return made


def shape_of(schema: Schema | None) -> Shape:
    """The shape of a kind's schema; FREE where there is none."""
    return _of(schema, {}) if schema is not None else FREE
