"""Validating custom objects by their schema: types, bounds, patterns, alternatives, list types, embedded objects.

Models k8s.io/kube-openapi/pkg/validation/validate and apiextensions-apiserver/pkg/apiserver/{validation,schema/listtype,
schema/objectmeta}; the sentences are go-openapi's, the kinds of errors Kubernetes'.
"""

import json
from typing import Any

from cluster_engine.machinery import names, object_meta
from cluster_engine.machinery.field import Errors, FieldError, invalid, not_supported, required, too_long, too_many, type_invalid
from cluster_engine.machinery.structural.formats import FORMATS
from cluster_engine.machinery.structural.patterns import matches

Raw = dict[str, Any]

RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


def validate(value: Any, schema: Raw, path: str = "", prefix: str = "") -> Errors:
    """What in a value breaks its schema. `prefix` stands before every field's path, not in the sentences."""
    found: Errors = []
    _check(value, schema, path, prefix, found)
    return found


def type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    if isinstance(value, dict | list):
        return "object" if isinstance(value, dict) else "array"
    return "string" if isinstance(value, str) else "null"


def _field(prefix: str, path: str) -> str:
    return prefix + path if not path or path.startswith("[") or not prefix else f"{prefix}.{path}"


def _check(value: Any, schema: Raw, path: str, prefix: str, found: Errors) -> None:
    if value is None and schema.get("nullable"):
        return
    at = _field(prefix, path) or "<nil>"
    wanted = wrong_type(value, schema)
    if wanted:
        found.append(type_invalid(at, type_of(value), f'{path} in body must be of type {wanted}: "{type_of(value)}"'))
        return
    if isinstance(value, str):
        _texts(value, schema, path, at, found)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _numbers(value, schema, path, at, found)
    elif isinstance(value, list):
        _lists(value, schema, path, prefix, at, found)
    elif isinstance(value, dict):
        _maps(value, schema, path, prefix, at, found)
    if (enum := schema.get("enum")) is not None and not any(_same(value, e) for e in enum):
        found.append(_not_in_enum(at, value, enum))
    _alternatives(value, schema, path, at, found)


def wrong_type(value: Any, schema: Raw) -> str:
    """The type that the schema wants instead; empty when it fits."""
    kind = type_of(value)
    if schema.get("x-kubernetes-int-or-string"):
        return "" if kind in ("integer", "string") and not isinstance(value, float) else "integer,string"
    wanted = schema.get("type", "")
    if not wanted or kind == wanted or (wanted == "number" and kind == "integer"):
        return ""
    return str(wanted)


def _same(a: Any, b: Any) -> bool:
    return type_of(a) == type_of(b) and bool(a == b)


def _not_in_enum(at: str, value: Any, enum: list[Any]) -> FieldError:
    shown = [e if isinstance(e, str) else json.dumps(e) for e in enum]
    return FieldError(at, "Unsupported value", not_supported(at, value, ()).body + ": supported values: " + ", ".join(json.dumps(s) for s in shown))


def _texts(value: str, schema: Raw, path: str, at: str, found: Errors) -> None:
    if (limit := schema.get("maxLength")) is not None and len(value) > limit:
        found.append(too_long(at, limit))
    if (limit := schema.get("minLength")) is not None and len(value) < limit:
        found.append(invalid(at, value, f"{path} in body should be at least {limit} chars long"))
    if (pattern := schema.get("pattern")) and not matches(pattern, value):
        found.append(invalid(at, value, f"{path} in body should match '{pattern}'"))
    check = FORMATS.get(schema.get("format", ""))
    if check is not None and not check(value):
        found.append(type_invalid(at, value, f"{path} in body must be of type {schema['format']}: {json.dumps(value)}"))


def _numbers(value: int | float, schema: Raw, path: str, at: str, found: Errors) -> None:
    low, high, step = schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")
    if low is not None and (value <= low if schema.get("exclusiveMinimum") else value < low):
        found.append(invalid(at, value, f"{path} in body should be greater than {'' if schema.get('exclusiveMinimum') else 'or equal to '}{_number(low)}"))
    if high is not None and (value >= high if schema.get("exclusiveMaximum") else value > high):
        found.append(invalid(at, value, f"{path} in body should be less than {'' if schema.get('exclusiveMaximum') else 'or equal to '}{_number(high)}"))
    if step and abs(value / step - round(value / step)) > 1e-9:
        found.append(invalid(at, value, f"{path} in body should be a multiple of {_number(step)}"))
    bounds = RANGES.get(schema.get("format", ""))
    if bounds and not bounds[0] <= value <= bounds[1]:
        found.append(invalid(at, value, f"Checked value must be of type {schema.get('type')} with format {schema['format']} in {path}"))


def _number(value: int | float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _lists(value: list[Any], schema: Raw, path: str, prefix: str, at: str, found: Errors) -> None:
    if (limit := schema.get("maxItems")) is not None and len(value) > limit:
        found.append(too_many(at, len(value), limit))
    if (limit := schema.get("minItems")) is not None and len(value) < limit:
        found.append(invalid(at, len(value), f"{path} in body should have at least {limit} items"))
    if isinstance(items := schema.get("items"), dict):
        for i, inner in enumerate(value):
            _check(inner, items, f"{path}[{i}]", prefix, found)
    if schema.get("x-kubernetes-list-type") in ("set", "map"):
        _unique(value, schema, at, found)


def _unique(value: list[Any], schema: Raw, at: str, found: Errors) -> None:
    """No item of a set, no keys of a map twice."""
    keys = schema.get("x-kubernetes-list-map-keys") if schema["x-kubernetes-list-type"] == "map" else None
    seen: set[str] = set()
    for i, item in enumerate(value):
        shown = {k: item[k] for k in keys if k in item} if keys and isinstance(item, dict) else item
        text = json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        if text in seen:
            found.append(FieldError(f"{at}[{i}]", "Duplicate value", f"Duplicate value: {text}"))
        seen.add(text)


def _maps(value: Raw, schema: Raw, path: str, prefix: str, at: str, found: Errors) -> None:
    properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
    if (limit := schema.get("maxProperties")) is not None and len(value) > limit:
        found.append(too_many(at, len(value), limit))
    if (limit := schema.get("minProperties")) is not None and len(value) < limit:
        found.append(invalid(at, len(value), f"{path} in body should have at least {limit} properties"))
    for name in schema.get("required") or ():
        if value.get(name) is None and not (name in value and (properties.get(name) or {}).get("nullable")):
            found.append(required(_field(prefix, f"{path}.{name}" if path else name)))
    if schema.get("x-kubernetes-embedded-resource"):
        found += _embedded(value, at)
    for key, inner in value.items():
        known = properties.get(key)
        known = known if known is not None else extra if isinstance(extra, dict) else None
        if known is not None and not (inner is None and key in (schema.get("required") or ())):
            _check(inner, known, f"{path}.{key}" if path else key, prefix, found)


def _embedded(value: Raw, at: str) -> Errors:
    """An object within an object: it has a version, a kind, and metadata that keeps the rules."""
    found: Errors = [required(f"{at}.{name}") for name in ("apiVersion", "kind") if not value.get(name)]
    if found:
        return found
    meta = value.get("metadata") or {}
    if meta.get("labels"):
        found += object_meta.validate_labels(meta["labels"], f"{at}.metadata.labels")
    if meta.get("annotations"):
        found += object_meta.validate_annotations(meta["annotations"], f"{at}.metadata.annotations")
    return found + [invalid(f"{at}.metadata.name", meta["name"], m) for m in names.path_segment_name(meta.get("name", ""), False)]


def _alternatives(value: Any, schema: Raw, path: str, at: str, found: Errors) -> None:
    """allOf, anyOf, oneOf and not."""
    for part in schema.get("allOf") or ():
        found += validate(value, part, path)
    if (options := schema.get("anyOf")) and not any(not validate(value, o, path) for o in options):
        found.append(invalid(at, _shown(value), f"{path} in body must validate at least one schema (anyOf)"))
    if options := schema.get("oneOf"):
        fits = sum(not validate(value, o, path) for o in options)
        if fits != 1:
            count = "Found none valid" if not fits else f"Found {fits} valid alternatives"
            found.append(invalid(at, _shown(value), f"{path} in body must validate one and only one schema (oneOf). {count}"))
    if (no := schema.get("not")) is not None and not validate(value, no, path):
        found.append(invalid(at, _shown(value), f"{path} in body must not validate the schema (not)"))


def _shown(value: Any) -> Any:
    return value if not isinstance(value, dict | list) else type_of(value)
