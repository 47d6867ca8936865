"""A structural schema as a tree of types, so that server-side apply and managed fields know lists and maps of custom kinds.

Models k8s.io/apiextensions-apiserver/pkg/apiserver/schema/kubeopenapi.go.
"""

from typing import Any

from cluster_engine.machinery.schema.definitions import Definitions
from cluster_engine.machinery.schema.tree import (
    ANY,
    ANYTHING,
    BOOLEAN,
    INT_OR_STRING,
    INTEGER,
    LIST,
    MAP,
    NUMBER,
    STRING,
    STRUCT,
    Field,
    Schema,
)

Raw = dict[str, Any]

SCALARS = {"string": (STRING, "string"), "integer": (INTEGER, "int64"), "number": (NUMBER, "float64"), "boolean": (BOOLEAN, "bool")}


def tree(raw: Raw, definitions: Definitions) -> Schema:
    """The tree of a whole custom kind, metadata included."""
    root = _object(raw, definitions)
    if root.type != STRUCT:
        root = Schema(STRUCT, keeps_unknown=True)
    text = Schema(STRING, "string")
    root.fields |= {"apiVersion": Field("apiVersion", text), "kind": Field("kind", text), "metadata": Field("metadata", definitions.object_meta)}
    return root


def _made(raw: Raw, definitions: Definitions) -> Schema:
    if raw.get("x-kubernetes-int-or-string"):
        return Schema(INT_OR_STRING, "intstr.IntOrString")
    kind = raw.get("type", "")
    if kind in SCALARS:
        return Schema(*SCALARS[kind])
    if kind == "array":
        keys = tuple(raw.get("x-kubernetes-list-map-keys") or ())
        return Schema(LIST, items=_made(raw.get("items") or {}, definitions), list_type=raw.get("x-kubernetes-list-type") or "atomic", map_keys=keys)
    return _object(raw, definitions)


def _object(raw: Raw, definitions: Definitions) -> Schema:
    atomic = raw.get("x-kubernetes-map-type") == "atomic"
    keeps = bool(raw.get("x-kubernetes-preserve-unknown-fields"))
    values = raw.get("additionalProperties")
    if values:
        return Schema(MAP, items=_made(values, definitions) if isinstance(values, dict) else ANYTHING, atomic=atomic)
    properties = raw.get("properties") or {}
    if not properties and not raw.get("x-kubernetes-embedded-resource"):
        return Schema(ANY, atomic=atomic, keeps_unknown=True) if keeps or raw.get("type") != "object" else Schema(STRUCT, atomic=atomic)
    fields = {k: Field(k, _made(v, definitions), default=v.get("default")) for k, v in properties.items()}
    if raw.get("x-kubernetes-embedded-resource"):
        text = Schema(STRING, "string")
        fields |= {"apiVersion": Field("apiVersion", text), "kind": Field("kind", text), "metadata": Field("metadata", definitions.object_meta)}
    return Schema(STRUCT, fields=fields, atomic=atomic, keeps_unknown=keeps)
