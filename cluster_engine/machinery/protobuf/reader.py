"""Reads a protobuf body: the envelope with version and kind, then the object by the field numbers of its message.

Models k8s.io/apimachinery/pkg/runtime/{generated.proto (Unknown),serializer/protobuf}.
"""

import base64
import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.protobuf.messages import META, Field, message_of, messages

PREFIX = b"k8s\x00"
DEEPEST = 64
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class ProtobufError(ValueError):
    """The body is no protobuf, or of a message that is not known."""


def parse(data: bytes) -> dict[str, Any]:
    """The manifest of a body, with the zeros that Go writes for empty fields. Raises ProtobufError."""
    if data[:4] != PREFIX:
        shown = " ".join(str(b) for b in PREFIX)
        raise ProtobufError(f"provided data does not appear to be a protobuf message, expected prefix [{shown}]")
    try:
        envelope = {number: value for number, _, value in _fields(data[4:])}
        type_meta = {number: value.decode() for number, _, value in _fields(envelope.get(1, b""))}
        api_version, kind = type_meta.get(1, ""), type_meta.get(2, "")
        name = message_of(api_version, kind)
        if name not in messages():
            raise ProtobufError(f'no protobuf form of "{kind}" in version "{api_version}" is known')
        return {"apiVersion": api_version, "kind": kind, **_message(envelope.get(2, b""), name, 0)}
    except ProtobufError:
        raise
    except (IndexError, UnicodeDecodeError, struct.error, AttributeError, TypeError, ValueError, OverflowError) as error:
        raise ProtobufError(f"unable to decode protobuf: {error}") from None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while True:
        byte = data[at]
        at += 1
        found |= (byte & 0x7F) << shift
        if byte < 0x80:
            return found & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
        if shift > 63:
            raise ProtobufError("integer overflow")


def _fields(data: bytes) -> Iterator[tuple[int, int, Any]]:
    """Number, wire type and raw value of each field in turn."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        wire = key & 7
        if wire == VARINT:
            value, at = _varint(data, at)
            yield key >> 3, wire, value
            continue
        length, at = _length(data, at, wire)
        if at + length > end:
            raise ProtobufError("unexpected EOF")
        yield key >> 3, wire, data[at : at + length]
        at += length


def _length(data: bytes, at: int, wire: int) -> tuple[int, int]:
    if wire == BYTES:
        return _varint(data, at)
    if wire in (FIXED64, FIXED32):
        return (8 if wire == FIXED64 else 4), at
    raise ProtobufError(f"wrong wire type {wire}")


def _message(data: bytes, name: str, depth: int) -> Any:
    """A message as JSON data."""
    if depth > DEEPEST:
        raise ProtobufError("nested too deeply")
    if (special := SPECIAL.get(name)) is not None:
        return special({number: value for number, _, value in _fields(data)})
    if name.endswith(".ExtraValue"):
        return [value.decode() for _, _, value in _fields(data)]
    shape = messages().get(name, {})
    found: dict[str, Any] = {}
    for number, wire, value in _fields(data):
        if (field := shape.get(number)) is not None:
            _take(found, field, wire, value, depth)
    return found


def _take(found: dict[str, Any], field: Field, wire: int, value: Any, depth: int) -> None:
    if field.form == "inline":
        found.update(_message(value, field.type, depth + 1))
    elif field.form == "[]":
        packed = wire == BYTES and field.type in NUMBERS
        found.setdefault(field.name, []).extend(_packed(value, field.type) if packed else [_value(value, field.type, depth)])
    elif field.form == "map":
        entry = {number: v for number, _, v in _fields(value)}
        key = entry.get(1, b"").decode()
        found.setdefault(field.name, {})[key] = _value(entry[2], field.type, depth) if 2 in entry else ZEROS.get(field.type, {})
    else:
        found[field.name] = _value(value, field.type, depth)


def _value(value: Any, type_: str, depth: int) -> Any:
    read = SCALARS.get(type_)
    return read(value) if read is not None else _message(value, type_, depth + 1)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _packed(data: bytes, type_: str) -> list[Any]:
    found, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        found.append(SCALARS[type_](value))
    return found


SCALARS: dict[str, Callable[[Any], Any]] = {
    "string": lambda v: v.decode(),
    "bytes": lambda v: base64.b64encode(v).decode(),
    "bool": bool,
    "int32": _signed,
    "int64": _signed,
    "uint32": int,
    "uint64": int,
    "double": lambda v: struct.unpack("<d", v)[0],
    "float": lambda v: struct.unpack("<f", v)[0],
}
NUMBERS = ("int32", "int64", "bool", "uint32", "uint64")
ZEROS: dict[str, Any] = {"string": "", "bytes": "", "bool": False, "int32": 0, "int64": 0}


def _time(fields: dict[int, Any]) -> str | None:
    return timestamp(_signed(fields[1])) if fields.get(1) else None


def _micro_time(fields: dict[int, Any]) -> str | None:
    return f"{timestamp(_signed(fields[1]))[:-1]}.{_signed(fields.get(2, 0)) // 1000:06d}Z" if fields.get(1) else None


def _raw(fields: dict[int, Any]) -> Any:
    return json.loads(fields[1]) if fields.get(1) else None


def _int_or_string(fields: dict[int, Any]) -> int | str:
    text: bytes = fields.get(3, b"")
    return text.decode() if fields.get(1, 0) == 1 else _signed(fields.get(2, 0))


SPECIAL: dict[str, Callable[[dict[int, Any]], Any]] = {
    META + "Time": _time,
    META + "MicroTime": _micro_time,
    META + "FieldsV1": _raw,
    META + "Duration": lambda fields: f"{_signed(fields.get(1, 0)) / 1e9:g}s",
    "apimachinery.pkg.runtime.RawExtension": _raw,
    "apimachinery.pkg.api.resource.Quantity": lambda fields: fields.get(1, b"0").decode() or "0",
    "apimachinery.pkg.util.intstr.IntOrString": _int_or_string,
}
