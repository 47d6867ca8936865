"""Decoding: a raw document becomes the manifest that Go's reading and printing of it would give.

Unknown fields are pruned and told, nulls and empty values vanish where Go leaves them out, structs that are no pointers
appear, quantities and times take their printed form, and wrong types are refused with encoding/json's sentences.
Models sigs.k8s.io/json/internal/golang/encoding/json/decode.go and the types' own UnmarshalJSON.

Every schema is compiled once into closures, so that a Deployment takes some twenty microseconds. The result shares no
dict or list with the input.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cluster_engine.machinery.json_text import Pairs, plain
from cluster_engine.machinery.manifest import private
from cluster_engine.machinery.quantity import QuantityError, canonical
from cluster_engine.machinery.schema import times
from cluster_engine.machinery.schema.tree import (
    ANY,
    BOOLEAN,
    BYTES,
    INT_OR_STRING,
    INTEGER,
    LIST,
    MAP,
    MICRO_TIME,
    NUMBER,
    QUANTITY,
    STRING,
    STRUCT,
    TIME,
    Field,
    Schema,
    absent,
)

Manifest = dict[str, Any]
MAX_STRICT = 100
RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}

# Where a value stands: (the place above, a field's name or an index, the field's declaration or None).
At = tuple[Any, Any, Any]
Decoder = Callable[[Any, "At | None", "_State"], Any]


class DecodeError(ValueError):
    """The document does not fit the types; the message is Go's."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A manifest and what strict reading would refuse, in the document's order: `unknown field "spec.x"`."""

    manifest: Manifest
    strict: tuple[str, ...] = ()


@dataclass(slots=True)
class _State:
    """What one decoding has found: strict errors, and the first type error, after which Go reads on."""

    strict: dict[str, None] = field(default_factory=dict)
    wrong: str = ""

    def note(self, kind: str, at: "At | None", name: str) -> None:
        if len(self.strict) < MAX_STRICT:
            self.strict.setdefault(f'{kind} field "{strict_path((at, name, None))}"')

    def mismatch(self, value: Any, schema: Schema, at: "At | None", literal: str = "") -> None:
        self.wrong = self.wrong or type_error(value, schema.go, at, literal)


def decode(raw: Any, schema: Schema) -> Decoded:
    """The manifest of a raw document. Raises DecodeError; strict findings are only told, whatever the caller does with them."""
    state = _State()
    manifest = compiled(schema)(raw, None, state)
    if state.wrong:
        raise DecodeError(state.wrong)
    return Decoded(manifest, tuple(state.strict)) if state.strict else Decoded(manifest)


def decoder(schema: Schema) -> Callable[[Any], Decoded]:
    """`decode` for one schema, for callers that keep it."""
    return lambda raw: decode(raw, schema)


def compiled(schema: Schema) -> Decoder:
    """The closure that reads one type; made on first use, which also ends the recursion of types that contain themselves."""
    if schema.decoder is None:
        schema.decoder = _MAKERS[schema.type](schema)
    return schema.decoder


def strict_path(at: At | None) -> str:
    """`spec.containers[0].image`."""
    parts: list[str] = []
    while at is not None:
        above, key, _ = at
        parts.append(f"[{key}]" if isinstance(key, int) else f".{key}")
        at = above
    return "".join(reversed(parts)).removeprefix(".")


def _field_path(at: At | None) -> tuple[str, str]:
    """The Go struct that a place is in, and the fields that lead there: no indices, no map keys, embedded structs named."""
    parts: list[str] = []
    struct = ""
    while at is not None:
        above, key, found = at
        if found is not None:
            declared, owner = found
            struct = struct or owner
            parts.append(f"{declared.embedded_in}.{key}" if declared.embedded_in else key)
        at = above
    return struct, ".".join(reversed(parts))


def type_error(value: Any, go: str, at: At | None, literal: str = "") -> str:
    """encoding/json's sentence for a value of the wrong type."""
    struct, path = _field_path(at)
    where = f"Go struct field {struct}.{path} of type {go}" if struct else f"Go value of type {go}"
    return f"json: cannot unmarshal {json_type(value)}{literal} into {where}"


def json_type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    return "string" if isinstance(value, str) else "null" if value is None else "number"


def _zero(schema: Schema) -> Any:
    """What stands in a list or map for a null."""
    if schema.type == STRUCT:
        return {f.name: f.empty() for f in schema.fields.values() if f.empty is not absent}
    if schema.type in (LIST, MAP, TIME, MICRO_TIME, ANY, BYTES):
        return None
    return {STRING: "", INTEGER: 0, NUMBER: 0, BOOLEAN: False, QUANTITY: "0", INT_OR_STRING: 0}[schema.type]


def _struct(schema: Schema) -> Decoder:
    """A struct: each known field is read by its own closure; what Go always prints is filled in last."""
    readers: dict[str, tuple[type | None, bool, Decoder, tuple[Field, str]]] = {}
    for f in schema.fields.values():
        readers[f.name] = (_plain_type(f.schema), f.pointer or f.empty is not absent, _late(f.schema), (f, schema.struct_name))
    always = [(f.name, f.empty) for f in schema.fields.values() if f.empty is not absent]
    kept_types = _keeps_empty(schema)
    keeps_unknown = schema.keeps_unknown
    get = readers.get

    def read(raw: Any, at: At | None, state: _State) -> Any:
        if type(raw) is not dict:
            if not isinstance(raw, Pairs):
                return not_a_struct(raw, at, state)
            raw = _without_repeats(raw, schema, at, state)
        out: Manifest = {}
        for key, value in raw.items():
            found = get(key)
            if found is None:
                if keeps_unknown:
                    out[key] = private(plain(value))
                else:
                    state.note("unknown", at, key)
                continue
            if value is None:
                continue
            wanted, keep, reader, told = found
            if type(value) is wanted:
                if value or keep:
                    out[key] = value
                continue
            value = reader(value, (at, key, told), state)
            if value or keep or (value is not None and key in kept_types):
                out[key] = value
        for key, empty in always:
            if out.get(key) is None:
                out[key] = empty()
        return out

    def not_a_struct(raw: Any, at: At | None, state: _State) -> Any:
        if schema.alternative is not None:
            return compiled(schema.alternative)(raw, at, state)
        if raw is not None:
            state.mismatch(raw, schema, at)
        return {}

    return read


def _plain_type(schema: Schema) -> type | None:
    """The Python type whose values need no work at all."""
    return {STRING: str, BOOLEAN: bool}.get(schema.type)


def _keeps_empty(schema: Schema) -> set[str]:
    """Fields whose empty value is still something: pointers to structs, pointers to numbers, raw JSON."""
    kept = {STRUCT, ANY, INT_OR_STRING, QUANTITY, TIME, MICRO_TIME}
    return {f.name for f in schema.fields.values() if f.schema.type in kept}


def _without_repeats(raw: Pairs, schema: Schema, at: At | None, state: _State) -> Manifest:
    """Tells which known fields stand twice; the last of each counts."""
    seen: set[str] = set()
    for key, _ in raw.pairs:
        if key in seen and (key in schema.fields or schema.type == MAP):
            state.note("duplicate", at, key)
        seen.add(key)
    return dict(raw)


def _late(schema: Schema) -> Decoder:
    """A closure that is compiled when it is first needed."""
    if schema.decoder is not None:
        return schema.decoder
    if schema.type not in (STRUCT, LIST, MAP):
        return compiled(schema)

    def read(raw: Any, at: At | None, state: _State) -> Any:
        return compiled(schema)(raw, at, state)

    return read


def _list(schema: Schema) -> Decoder:
    items = schema.items
    assert items is not None
    item = _late(items)
    simple = str if items.type == STRING else None

    def read(raw: Any, at: At | None, state: _State) -> Any:
        if type(raw) is not list:
            if raw is not None:
                state.mismatch(raw, schema, at)
            return None
        if simple is not None and all(type(v) is simple for v in raw):
            return raw.copy()
        return [_zero(items) if v is None else item(v, (at, i, None), state) for i, v in enumerate(raw)]

    return read


def _map(schema: Schema) -> Decoder:
    items = schema.items
    assert items is not None
    item = _late(items)
    simple = str if items.type == STRING else None

    def read(raw: Any, at: At | None, state: _State) -> Any:
        if type(raw) is not dict:
            if isinstance(raw, Pairs):
                raw = _without_repeats(raw, schema, at, state)
            else:
                if raw is not None:
                    state.mismatch(raw, schema, at)
                return None
        if simple is not None and all(type(v) is simple for v in raw.values()):
            return raw.copy()
        return {k: _zero(items) if v is None else item(v, (at, k, None), state) for k, v in raw.items()}

    return read


def _string(schema: Schema) -> Decoder:
    def read(raw: Any, at: At | None, state: _State) -> Any:
        if type(raw) is str:
            return raw
        state.mismatch(raw, schema, at)
        return ""

    return read


def _boolean(schema: Schema) -> Decoder:
    def read(raw: Any, at: At | None, state: _State) -> Any:
        if type(raw) is bool:
            return raw
        state.mismatch(raw, schema, at)
        return False

    return read


def number_literal(raw: Any) -> str:
    """A number as the document had it, near enough."""
    return re.sub(r"e\+?(-?)0*", r"e\1", repr(raw)) if isinstance(raw, float) else str(raw)


def _integer(schema: Schema) -> Decoder:
    low, high = RANGES.get(schema.format, RANGES["int64"])

    def read(raw: Any, at: At | None, state: _State) -> Any:
        if type(raw) is int:
            if low <= raw <= high:
                return raw
            state.mismatch(raw, schema, at, f" {raw}")
            return 0
        state.mismatch(raw, schema, at, f" {number_literal(raw)}" if type(raw) is float else "")
        return 0

    return read


def _number(schema: Schema) -> Decoder:
    def read(raw: Any, at: At | None, state: _State) -> Any:
        if type(raw) is int:
            return raw
        if type(raw) is float:
            return int(raw) if raw.is_integer() and abs(raw) < 1e21 else raw
        state.mismatch(raw, schema, at)
        return 0

    return read


def _quantity(schema: Schema) -> Decoder:
    def read(raw: Any, at: At | None, state: _State) -> Any:
        try:
            if type(raw) is str:
                return canonical(raw.strip())
            return canonical(raw if isinstance(raw, int | float) and not isinstance(raw, bool) else json_type(raw))
        except QuantityError as e:
            raise DecodeError(str(e)) from None

    return read


def _int_or_string(schema: Schema) -> Decoder:
    def read(raw: Any, at: At | None, state: _State) -> Any:
        if type(raw) is str:
            return raw
        if type(raw) is int and RANGES["int32"][0] <= raw <= RANGES["int32"][1]:
            return raw
        literal = f" {number_literal(raw)}" if type(raw) in (int, float) else ""
        raise DecodeError(type_error(raw, "int32", at, literal))

    return read


def _time(schema: Schema) -> Decoder:
    normal = times.micros if schema.type == MICRO_TIME else times.seconds

    def read(raw: Any, at: At | None, state: _State) -> Any:
        if type(raw) is not str:
            raise DecodeError(f"json: cannot unmarshal {json_type(raw)} into Go value of type string")
        try:
            return normal(raw)
        except times.TimeError as e:
            raise DecodeError(str(e)) from None

    return read


_BASE64 = re.compile(r"[A-Za-z0-9+/]*").match


def _bytes(schema: Schema) -> Decoder:
    def read(raw: Any, at: At | None, state: _State) -> Any:
        if type(raw) is str:
            bare = raw.replace("\n", "").replace("\r", "")
            bad = base64_error(bare)
            if bad is not None:
                state.wrong = state.wrong or bad
            return bare
        if isinstance(raw, list):
            return _byte_list(raw, at, state)
        state.mismatch(raw, schema, at)
        return ""

    return read


def _byte_list(raw: list[Any], at: At | None, state: _State) -> str:
    """Go also takes a list of numbers for bytes."""
    for value in raw:
        if type(value) is not int or not 0 <= value <= 255:
            state.mismatch(value, Schema(INTEGER, "uint8"), at, f" {value}" if type(value) is int else "")
            return ""
    return base64.b64encode(bytes(raw)).decode()


def base64_error(text: str) -> str | None:
    """What Go's strict decoder says of text that is no padded base64, or None."""
    if len(text) % 4 == 0:
        try:
            base64.b64decode(text, validate=True)
            if not re.search(r"=[^=]", text):
                return None
        except (binascii.Error, ValueError):
            pass
    end = _BASE64(text).end()  # type: ignore[union-attr]
    if end == len(text):
        return f"illegal base64 data at input byte {end - end % 4 if end % 4 != 1 else end}" if end % 4 else None
    padding = re.compile("=*").match(text, end).end() - end  # type: ignore[union-attr]
    if end % 4 >= 2 and padding:
        wanted = 4 - end % 4
        if padding < wanted:
            return f"illegal base64 data at input byte {end + padding}"
        if end + wanted < len(text):
            return f"illegal base64 data at input byte {end + wanted}"
        return None
    return f"illegal base64 data at input byte {end}"


def _any(schema: Schema) -> Decoder:
    def read(raw: Any, at: At | None, state: _State) -> Any:
        return private(plain(raw)) if isinstance(raw, dict | list) else raw

    return read


_MAKERS: dict[str, Callable[[Schema], Decoder]] = {
    STRUCT: _struct,
    LIST: _list,
    MAP: _map,
    STRING: _string,
    BOOLEAN: _boolean,
    INTEGER: _integer,
    NUMBER: _number,
    QUANTITY: _quantity,
    INT_OR_STRING: _int_or_string,
    TIME: _time,
    MICRO_TIME: _time,
    BYTES: _bytes,
    ANY: _any,
}
