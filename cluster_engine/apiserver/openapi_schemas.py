"""Schemas as OpenAPI documents show them, made of the release's definitions: v3 components and v2 definitions.

Models k8s.io/kube-openapi/pkg/schemaconv in what the two forms differ: v3 wraps a reference that has siblings and gives the
defaults of structs, v2 has no oneOf and no null.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from cluster_engine.machinery import schema
from cluster_engine.machinery.schema.definitions import META, Definitions
from cluster_engine.machinery.schema.tree import absent

Raw = dict[str, Any]

QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
PATCH = META + "Patch"
V3, V2 = "#/components/schemas/", "#/definitions/"

OWN: dict[str, dict[str, Raw]] = {
    V3: {
        QUANTITY: {"oneOf": [{"type": "string"}, {"type": "number"}]},
        INT_OR_STRING: {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
        PATCH: {"description": "A change of a resource, in one of the patch formats.", "type": "object"},
    },
    V2: {
        QUANTITY: {"type": "string"},
        INT_OR_STRING: {"type": "string", "format": "int-or-string"},
        PATCH: {"description": "A change of a resource, in one of the patch formats.", "type": "object"},
    },
}


def definitions() -> Definitions:
    return schema.load()


def components(names: Iterable[str], prefix: str) -> dict[str, Raw]:
    """The named definitions with all that they refer to, by name."""
    found: dict[str, Raw] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name], refers = _converted(name, prefix)
            waiting += refers
    return dict(sorted(found.items()))


@cache
def _converted(name: str, prefix: str) -> tuple[Raw, tuple[str, ...]]:
    """One definition in the wanted form, and the names that it refers to."""
    if name in OWN[prefix]:
        return OWN[prefix][name], ()
    refers: list[str] = []
    raw = definitions().raw.get(name, {"type": "object"})
    return _convert(raw, prefix, name, refers), tuple(dict.fromkeys(refers))


def _convert(raw: Mapping[str, Any], prefix: str, name: str, refers: list[str]) -> Raw:
    out: Raw = {}
    for key, value in raw.items():
        if key == "properties":
            out[key] = {k: _property(v, prefix, name, k, refers) for k, v in value.items()}
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            out[key] = _property(value, prefix, "", "", refers)
        elif key == "type":
            out[key] = _type(value)
        else:
            out[key] = value
    return out


def _type(value: Any) -> str:
    return value if isinstance(value, str) else next((t for t in value if t != "null"), "object")


def _property(raw: Mapping[str, Any], prefix: str, owner: str, key: str, refers: list[str]) -> Raw:
    reference = raw.get("$ref")
    if not isinstance(reference, str):
        found = _convert({k: v for k, v in raw.items() if not (k == "enum" and key in ("apiVersion", "kind"))}, prefix, "", refers)
        return found if prefix == V2 else found | _default(owner, key)
    target = reference.rpartition("/")[2]
    refers.append(target)
    siblings = {k: v for k, v in raw.items() if k != "$ref"}
    if prefix == V2:
        return {"$ref": prefix + target, **siblings}
    siblings |= _default(owner, key)
    return {"allOf": [{"$ref": prefix + target}], **siblings} if siblings else {"$ref": prefix + target}


def _default(owner: str, key: str) -> Raw:
    """What upstream gives as the default of a field that Go always prints."""
    if not owner:
        return {}
    field = definitions().named(owner).fields.get(key)
    if field is None or field.empty is absent or field.pointer or field.schema.type not in ("struct", "string", "integer", "boolean"):
        return {}
    empty = field.empty()
    return {} if empty is None else {"default": {} if isinstance(empty, dict) else empty}
