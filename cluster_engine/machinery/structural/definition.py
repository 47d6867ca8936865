"""What a structural schema may say: its own rules, told when a CustomResourceDefinition is written.

Models k8s.io/apiextensions-apiserver/pkg/apiserver/schema/validation.go and pkg/apis/apiextensions/validation/validation.go.
"""

import json
import re
from typing import Any

from cluster_engine.machinery.cel.environment import CompileError
from cluster_engine.machinery.field import Errors, FieldError, forbidden, invalid, not_supported, required
from cluster_engine.machinery.structural import rules
from cluster_engine.machinery.structural.patterns import is_pattern
from cluster_engine.machinery.structural.validate import validate

Raw = dict[str, Any]

TYPES = ("array", "boolean", "integer", "number", "object", "string")
JUNCTORS = ("allOf", "anyOf", "oneOf")
INT_OR_STRING = [{"type": "integer"}, {"type": "string"}]
REASONS = ("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")
BUDGET = (
    "exceeds budget by factor of more than 100x "
    "(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"
)
DEEPEST_LOOP = 2


def check(schema: Raw, path: str) -> Errors:
    """Everything that is wrong with a kind's schema, `path` being that of its root."""
    if not schema.get("type"):
        return [required(f"{path}.type", "must not be empty at the root")]
    if schema["type"] != "object":
        return [invalid(f"{path}.type", schema["type"], "must be object at the root")]
    found = _metadata(schema, path)
    _node(schema, path, found)
    if any("estimated rule cost" in e.body and "total" not in e.body for e in found):
        found.append(forbidden(path, f"x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema {BUDGET}"))
    return found


def _metadata(schema: Raw, path: str) -> Errors:
    meta = (schema.get("properties") or {}).get("metadata") or {}
    if set(meta.get("properties") or ()) <= {"name", "generateName"}:
        return []
    why = "must not specify anything other than name and generateName, but metadata is implicitly specified"
    return [forbidden(f"{path}.properties[metadata]", why)]


def _node(schema: Raw, path: str, found: Errors) -> None:
    if schema.get("$ref"):
        found.append(forbidden(f"{path}.$ref", "$ref is not supported"))
        return
    kind = schema.get("type", "")
    if kind and kind not in TYPES:
        found.append(not_supported(f"{path}.type", kind, TYPES))
    _keywords(schema, path, found)
    _lists(schema, kind, path, found)
    _parts(schema, path, found)
    _logic(schema, path, found)
    if "default" in schema and schema["default"] is not None:
        found += [FieldError(f"{path}.default", e.kind, e.body) for e in validate(schema["default"], schema)]
    for i, rule in enumerate(schema.get(rules.RULES) or ()):
        _rule(rule, schema, f"{path}.{rules.RULES}[{i}]", found)


def _keywords(schema: Raw, path: str, found: Errors) -> None:
    if schema.get("uniqueItems"):
        found.append(forbidden(f"{path}.uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"))
    if schema.get("additionalProperties") and schema.get("properties"):
        found.append(forbidden(f"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive"))
    if (pattern := schema.get("pattern")) and (why := _bad_pattern(pattern)):
        found.append(invalid(f"{path}.pattern", pattern, f"must be a valid regular expression, but isn't: {why}"))
    if schema.get("x-kubernetes-preserve-unknown-fields") is False:
        found.append(invalid(f"{path}.x-kubernetes-preserve-unknown-fields", False, "must be true or undefined"))
    if schema.get("x-kubernetes-embedded-resource") and not schema.get("x-kubernetes-preserve-unknown-fields") and not schema.get("properties"):
        why = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
        found.append(required(f"{path}.properties", why))


def _bad_pattern(pattern: str) -> str:
    """What Go's regular expressions say of a bad one; look-around and back-references are bad there too."""
    if match := re.search(r"\(\?(?:[=!]|<[=!])", pattern):
        return f"error parsing regexp: invalid or unsupported Perl syntax: `{match[0]}`"
    if match := re.search(r"(?<!\\)(?:\\\\)*(\\[1-9])", pattern):
        return f"error parsing regexp: invalid escape sequence: `{match[1]}`"
    if is_pattern(pattern):
        return ""
    try:
        re.compile(pattern)
        return f"error parsing regexp: invalid or unsupported Perl syntax: `{pattern}`"
    except re.error as error:
        text = str(error)
        if "unterminated subpattern" in text:
            return f"error parsing regexp: missing closing ): `{pattern}`"
        if "unbalanced parenthesis" in text:
            return f"error parsing regexp: unexpected ): `{pattern}`"
        if "unterminated character set" in text:
            return f"error parsing regexp: missing closing ]: `{pattern[error.pos or 0 :]}`"
        if "nothing to repeat" in text:
            return f"error parsing regexp: missing argument to repetition operator: `{pattern[error.pos or 0 :][:1]}`"
        return f"error parsing regexp: {text}: `{pattern}`"


def _lists(schema: Raw, kind: str, path: str, found: Errors) -> None:
    """Items, and what the list type needs of them."""
    items, list_type, keys = schema.get("items"), schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys")
    if isinstance(items, list):
        found.append(forbidden(f"{path}.items", "items must be a schema object and not an array"))
        return
    if kind == "array" and not items:
        found.append(required(f"{path}.items", "must be specified"))
    if list_type and list_type not in ("atomic", "set", "map"):
        shown = ", ".join(json.dumps(t) for t in ("atomic", "set", "map"))
        body = f"Unsupported value: {json.dumps(list_type)}: supported values: {shown}"
        found.append(FieldError(f"{path}.x-kubernetes-list-type", "Unsupported value", body))
    if list_type == "set" and isinstance(items, dict):
        _set_items(items, f"{path}.items", found)
    if list_type == "map":
        _map_keys(items or {}, keys, path, found)


def _set_items(items: Raw, path: str, found: Errors) -> None:
    if items.get("type") == "object" and items.get("x-kubernetes-map-type") != "atomic":
        found.append(
            invalid(f"{path}.x-kubernetes-map-type", items.get("x-kubernetes-map-type"), "must be atomic as item of a list with x-kubernetes-list-type=set")
        )
    if items.get("type") == "array" and items.get("x-kubernetes-list-type") not in (None, "atomic"):
        found.append(
            invalid(f"{path}.x-kubernetes-list-type", items.get("x-kubernetes-list-type"), "must be atomic as item of a list with x-kubernetes-list-type=set")
        )


def _map_keys(items: Raw, keys: list[str] | None, path: str, found: Errors) -> None:
    at = f"{path}.x-kubernetes-list-map-keys"
    properties = items.get("properties") or {}
    if not keys:
        found.append(required(at, "must not be empty if x-kubernetes-list-type is map"))
        return
    if any(k not in properties for k in keys):
        found.append(invalid(at, keys, "entries must all be names of item properties"))
        return
    for key in keys:
        if "default" not in properties[key] and key not in (items.get("required") or ()):
            why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"
            found.append(required(f"{path}.items.properties[{key}].default", why))


def _parts(schema: Raw, path: str, found: Errors) -> None:
    for name, part in (schema.get("properties") or {}).items():
        at = f"{path}.properties[{name}]"
        _typed(part, at, "object fields", found)
        _node(part, at, found)
    if isinstance(items := schema.get("items"), dict) and items:
        _typed(items, f"{path}.items", "array items", found)
        _node(items, f"{path}.items", found)
    if isinstance(extra := schema.get("additionalProperties"), dict) and not schema.get("properties"):
        _typed(extra, f"{path}.additionalProperties", "object fields", found)
        _node(extra, f"{path}.additionalProperties", found)


def _typed(part: Raw, path: str, what: str, found: Errors) -> None:
    free = part.get("type") or part.get("x-kubernetes-int-or-string") or part.get("x-kubernetes-preserve-unknown-fields") is not None or part.get("$ref")
    if not free:
        found.append(required(f"{path}.type", f"must not be empty for specified {what}"))


def _logic(schema: Raw, path: str, found: Errors) -> None:
    """Alternatives may only restrict what the schema itself has said."""
    int_or_string = bool(schema.get("x-kubernetes-int-or-string"))
    for name in JUNCTORS:
        for i, part in enumerate(schema.get(name) or ()):
            if int_or_string and (schema[name] == INT_OR_STRING or part.get("anyOf") == INT_OR_STRING):
                continue
            _restricts(part, f"{path}.{name}[{i}]", found)
    if isinstance(no := schema.get("not"), dict):
        _restricts(no, f"{path}.not", found)


def _restricts(part: Raw, path: str, found: Errors) -> None:
    if part.get("type"):
        found.append(forbidden(f"{path}.type", "must be empty to be structural"))
    for key in ("additionalProperties", "default", "nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"):
        if part.get(key):
            found.append(forbidden(f"{path}.{key}", "must be undefined to be structural" if key != "nullable" else "must be false to be structural"))
    for key in ("title", "description"):
        if part.get(key):
            found.append(forbidden(f"{path}.{key}", "must be empty to be structural"))
    for name, inner in (part.get("properties") or {}).items():
        _restricts(inner, f"{path}.properties[{name}]", found)
    if isinstance(part.get("items"), dict):
        _restricts(part["items"], f"{path}.items", found)
    _logic(part, path, found)


def _rule(rule: Raw, schema: Raw, path: str, found: Errors) -> None:
    """One validation rule: its text, its type, and what it says when it is broken."""
    text, message = rule.get("rule", ""), rule.get("message", "")
    if not text.strip():
        found.append(required(f"{path}.rule", "rule is not specified"))
        return
    if message and not message.strip():
        found.append(invalid(f"{path}.message", message, "must be non-empty if specified"))
    elif "\n" in message:
        found.append(invalid(f"{path}.message", message, "must not contain line breaks"))
    elif "\n" in text and not message:
        found.append(required(f"{path}.message", "message must be specified if rule contains line breaks"))
    if (reason := rule.get("reason")) and reason not in REASONS:
        found.append(not_supported(f"{path}.reason", reason, REASONS))
    if (where := rule.get("fieldPath")) and not _leads(where, schema):
        found.append(invalid(f"{path}.fieldPath", where, "must be a valid path"))
    if rule.get("optionalOldSelf") is not None and not rules.OLD.search(text):
        found.append(invalid(f"{path}.optionalOldSelf", rule["optionalOldSelf"], "may not be set if oldSelf is not used in rule"))
    _compiles(rule, schema, path, found)


def _leads(where: str, schema: Raw) -> bool:
    """Whether a field path leads to a field of the schema."""
    node: Any = schema
    for name in re.findall(r"\.([^.\[]+)|\['([^']+)'\]", where):
        properties = (node or {}).get("properties") or {}
        node = properties.get(name[0] or name[1])
        if node is None:
            return False
    return where.startswith((".", "["))


def _shown(rule: Raw) -> Raw:
    """The rule as Go prints its struct."""
    shown = {"Rule": rule.get("rule", ""), "Message": rule.get("message", ""), "MessageExpression": rule.get("messageExpression", "")}
    return shown | {"Reason": rule.get("reason"), "FieldPath": rule.get("fieldPath", ""), "OptionalOldSelf": rule.get("optionalOldSelf")}


def _as_invalid(path: str, rule: Raw, why: str) -> FieldError:
    shown = json.dumps(_shown(rule), separators=(",", ":"), ensure_ascii=False)
    for plain, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        shown = shown.replace(plain, escaped)
    return FieldError(path, "Invalid value", f"Invalid value: {shown}: {why}")


def _compiles(rule: Raw, schema: Raw, path: str, found: Errors) -> None:
    text, type_ = rule["rule"], rules.self_type(schema)
    undefined = rules.undefined_field(text, schema) or rules.mismatch(text, schema)
    if undefined:
        found.append(_as_invalid(f"{path}.rule", rule, f"compilation failed: {undefined}"))
        return
    try:
        result = rules.program(text, type_, bool(rule.get("optionalOldSelf"))).type
    except CompileError as error:
        found.append(_as_invalid(f"{path}.rule", rule, f"compilation failed: {error}"))
        return
    is_field = re.fullmatch(r"self(\.\w+)*", text.strip()) is not None
    if result not in ("bool", "dyn") or (is_field and _type_at(text.strip(), schema) not in ("boolean", "")):
        found.append(_as_invalid(f"{path}.rule", rule, "cel expression must evaluate to a bool"))
    if rules.nesting(text) > DEEPEST_LOOP and not _bounded(schema):
        found.append(forbidden(f"{path}.rule", f"estimated rule cost {BUDGET}"))
        found.append(forbidden(f"{path}.rule", "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema"))
    if expression := rule.get("messageExpression"):
        _message_expression(expression, type_, rule, path, found)


def _message_expression(expression: str, type_: str, rule: Raw, path: str, found: Errors) -> None:
    at = f"{path}.messageExpression"
    try:
        result = rules.program(expression, type_, False).type
    except CompileError as error:
        found.append(_as_invalid(at, rule, f"messageExpression compilation failed: {error}"))
        return
    if result not in ("string", "dyn"):
        found.append(_as_invalid(at, rule, "messageExpression must evaluate to a string"))


def _type_at(path: str, schema: Raw) -> str:
    """The type of `self.a.b`; empty where it is not known."""
    node: Any = schema
    for name in path.split(".")[1:]:
        node = (node.get("properties") or {}).get(name)
        if node is None:
            return ""
    return str(node.get("type", ""))


def _bounded(schema: Raw) -> bool:
    """Whether every list, map and text below has a limit, which is what keeps a rule's cost estimate down."""
    if schema.get("type") == "array" and schema.get("maxItems") is None:
        return False
    if isinstance(schema.get("additionalProperties"), dict) and schema.get("maxProperties") is None:
        return False
    parts = [schema.get("items"), schema.get("additionalProperties"), *(schema.get("properties") or {}).values()]
    return all(_bounded(p) for p in parts if isinstance(p, dict))
