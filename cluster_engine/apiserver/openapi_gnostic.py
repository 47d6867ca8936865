"""OpenAPI v2 as protobuf, which is the only form in which kubectl reads it.

Models github.com/google/gnostic-models/openapiv2/OpenAPIv2.proto; the tables give each message's field numbers.
"""

import json
from collections.abc import Callable
from typing import Any

Raw = dict[str, Any]
Encoder = Callable[[Any], bytes]


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _delimited(field: int, body: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(body)) + body


def _text(field: int, value: Any) -> bytes:
    return _delimited(field, str(value).encode())


def _flag(field: int, value: Any) -> bytes:
    return _varint(field << 3) + (b"\x01" if value else b"\x00")


def _any(value: Any) -> bytes:
    """A free value, as YAML text."""
    return _text(2, json.dumps(value) + "\n")


def _named(name: str, body: bytes) -> bytes:
    return _text(1, name) + _delimited(2, body)


def _vendor(field: int, raw: Raw) -> bytes:
    return b"".join(_delimited(field, _named(k, _any(v))) for k, v in raw.items() if k.startswith("x-"))


def _message(raw: Raw, texts: dict[str, int], flags: dict[str, int], lists: dict[str, int]) -> bytes:
    """The plain fields of a message."""
    out = b"".join(_text(n, raw[k]) for k, n in texts.items() if raw.get(k))
    out += b"".join(_flag(n, raw[k]) for k, n in flags.items() if raw.get(k))
    return out + b"".join(_text(n, item) for k, n in lists.items() for item in raw.get(k, ()))


def _schema(raw: Raw) -> bytes:
    texts = {"$ref": 1, "format": 2, "title": 3, "description": 4, "pattern": 13}
    out = _message(raw, texts, {"uniqueItems": 16}, {"required": 19})
    if "default" in raw:
        out += _delimited(5, _any(raw["default"]))
    out += b"".join(_delimited(20, _any(v)) for v in raw.get("enum", ()))
    extra = raw.get("additionalProperties")
    if isinstance(extra, dict):
        out += _delimited(21, _delimited(1, _schema(extra)))
    elif extra is not None:
        out += _delimited(21, _flag(2, extra))
    if type_ := raw.get("type"):
        out += _delimited(22, _text(1, type_))
    if isinstance(items := raw.get("items"), dict):
        out += _delimited(23, _delimited(1, _schema(items)))
    out += b"".join(_delimited(24, _schema(s)) for s in raw.get("allOf", ()))
    if properties := raw.get("properties"):
        out += _delimited(25, b"".join(_delimited(1, _named(k, _schema(v))) for k, v in properties.items()))
    return out + _vendor(31, raw)


def _parameter(raw: Raw) -> bytes:
    if raw["in"] == "body":
        body = _message(raw, {"description": 1, "name": 2, "in": 3}, {"required": 4}, {}) + _delimited(5, _schema(raw["schema"]))
        return _delimited(1, _delimited(1, body))
    simple = _message(raw, {"in": 2, "description": 3, "name": 4}, {"required": 1}, {})
    in_query = raw["in"] == "query"
    simple += _text(6 if in_query else 5, raw["type"])
    return _delimited(1, _delimited(2, _delimited(3 if in_query else 4, simple)))


def _response(raw: Raw) -> bytes:
    schema = _delimited(2, _delimited(1, _schema(raw["schema"]))) if "schema" in raw else b""
    return _delimited(1, _text(1, raw["description"]) + schema)


def _operation(raw: Raw) -> bytes:
    out = _message(raw, {"description": 3, "operationId": 5}, {}, {"tags": 1, "produces": 6, "consumes": 7, "schemes": 10})
    out += b"".join(_delimited(8, _parameter(p)) for p in raw.get("parameters", ()))
    answers = b"".join(_delimited(1, _named(code, _response(answer))) for code, answer in raw.get("responses", {}).items())
    return out + _delimited(9, answers) + _vendor(13, raw)


def _path(raw: Raw) -> bytes:
    verbs = {"get": 2, "put": 3, "post": 4, "delete": 5, "options": 6, "head": 7, "patch": 8}
    out = b"".join(_delimited(n, _operation(raw[verb])) for verb, n in verbs.items() if verb in raw)
    return out + b"".join(_delimited(9, _parameter(p)) for p in raw.get("parameters", ()))


def encode(document: Raw) -> bytes:
    """A v2 document as a gnostic Document message."""
    info = _message(document["info"], {"title": 1, "version": 2}, {}, {})
    paths = b"".join(_delimited(2, _named(path, _path(item))) for path, item in document["paths"].items())
    schemas = b"".join(_delimited(1, _named(name, _schema(schema))) for name, schema in document["definitions"].items())
    return _text(1, document["swagger"]) + _delimited(2, info) + _delimited(8, paths) + _delimited(9, schemas)
