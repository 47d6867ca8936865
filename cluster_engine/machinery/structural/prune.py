"""Pruning and defaults: what a custom object loses and gains when it is read by its structural schema.

Models k8s.io/apiextensions-apiserver/pkg/apiserver/schema/{pruning,defaulting,objectmeta}.
"""

from typing import Any

from cluster_engine.machinery.json_text import duplicates, plain
from cluster_engine.machinery.manifest import private
from cluster_engine.machinery.schema.decode import Decoded, DecodeError, decode, type_error
from cluster_engine.machinery.schema.tree import STRUCT, Field, Schema

Raw = dict[str, Any]

OBJECT_FIELDS = ("apiVersion", "kind", "metadata")


def read(raw: Any, schema: Raw, meta: Schema) -> Decoded:
    """A custom object as its schema lets it be: metadata typed, the rest pruned and defaulted. Raises DecodeError."""
    strict = [f'duplicate field "{path}"' for path in duplicates(raw)]
    value = private(plain(raw))
    if not isinstance(value, dict):
        raise DecodeError(type_error(value, "map[string]interface {}", None))
    unknown: list[str] = []
    metadata = value.pop("metadata", None)
    head = {k: value.pop(k) for k in ("apiVersion", "kind") if k in value}
    pruned = _pruned(value, schema, "", unknown, OBJECT_FIELDS, meta)
    found = _metadata(metadata, meta, "metadata")
    strict += [*found.strict, *(f'unknown field "{path}"' for path in sorted(unknown))]
    manifest = {**head, "metadata": found.manifest, **defaulted(pruned, schema)}
    return Decoded(manifest, tuple(strict))


def _metadata(value: Any, meta: Schema, path: str) -> Decoded:
    """Metadata through its own types; what is wrong in it is told by the path in the object."""
    wrapped = decode({"metadata": value} if value is not None else {}, _holder(meta))
    return Decoded(wrapped.manifest.get("metadata") or {}, tuple(s.replace('"metadata', f'"{path}', 1) for s in wrapped.strict))


_holders: dict[int, Schema] = {}


def _holder(meta: Schema) -> Schema:
    """A struct with nothing but metadata, so that paths begin with it."""
    if id(meta) not in _holders:
        _holders[id(meta)] = Schema(STRUCT, "v1.ObjectMeta", fields={"metadata": Field("metadata", meta)})
    return _holders[id(meta)]


def pruned(value: Raw, schema: Raw, meta: Schema) -> Raw:
    """The object without what the schema does not know."""
    head = {k: v for k, v in value.items() if k in OBJECT_FIELDS}
    rest = {k: v for k, v in value.items() if k not in OBJECT_FIELDS}
    result: Raw = _pruned(rest, schema, "", [], OBJECT_FIELDS, meta)
    return head | result


def _pruned(value: Any, schema: Raw, path: str, unknown: list[str], always: tuple[str, ...], meta: Schema) -> Any:
    """Unknown fields go, and are told, unless the schema keeps them; known ones below kept ones are pruned all the same."""
    if isinstance(value, list):
        items = schema.get("items")
        return [_pruned(v, items, f"{path}[{i}]", unknown, (), meta) for i, v in enumerate(value)] if isinstance(items, dict) else value
    if not isinstance(value, dict):
        return value
    embedded = bool(schema.get("x-kubernetes-embedded-resource"))
    if embedded:
        always = OBJECT_FIELDS
    properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
    keeps = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    out: Raw = {}
    for key, inner in value.items():
        at = f"{path}.{key}" if path else key
        known = properties.get(key)
        if embedded and key == "metadata":
            found = _metadata(inner, meta, at) if isinstance(inner, dict) else Decoded({})
            unknown += [s.split('"')[1] for s in found.strict]
            out[key] = found.manifest
        elif known is not None:
            out[key] = _pruned(inner, known, at, unknown, (), meta)
        elif isinstance(extra, dict):
            out[key] = _pruned(inner, extra, at, unknown, (), meta)
        elif keeps or extra or key in always:
            out[key] = inner
        else:
            unknown.append(at)
    return out


def defaulted(value: Any, schema: Raw) -> Any:
    """The value with the schema's defaults where it says nothing, or says null where null may not be. Changes it in place."""
    if isinstance(value, list) and isinstance(schema.get("items"), dict):
        for inner in value:
            defaulted(inner, schema["items"])
    if not isinstance(value, dict):
        return value
    properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
    for key, known in properties.items():
        if "default" in known and (key not in value or (value[key] is None and not known.get("nullable"))):
            value[key] = private(known["default"])
        if key in value:
            defaulted(value[key], known)
    if isinstance(extra, dict):
        for key, inner in value.items():
            if key not in properties:
                defaulted(inner, extra)
    return value
