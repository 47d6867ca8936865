"""Validation rules in CEL: `x-kubernetes-validations`, on one object (`self`) or between it and the one before (`oldSelf`).

Models k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel. Expressions run under the evaluator's bound on iterations.
"""

import re
from functools import lru_cache
from typing import Any

from cluster_engine.machinery.cel.environment import CompileError, Environment, EvaluationError, Program
from cluster_engine.machinery.field import Errors, FieldError, invalid, shown
from cluster_engine.machinery.structural.validate import type_of

Raw = dict[str, Any]

RULES = "x-kubernetes-validations"
MISSING = object()
OLD = re.compile(r"\boldSelf\b")
ROOT = re.compile(r"(?<![\w.])self\.([A-Za-z_]\w*)(?!\w|\()")
MACRO = re.compile(r"\.(all|exists|exists_one|map|filter)\s*\(")
WORDS = {"integer": "int", "number": "double", "boolean": "bool", "string": "string"}
KINDS = {
    "FieldValueInvalid": "Invalid value",
    "FieldValueRequired": "Required value",
    "FieldValueForbidden": "Forbidden",
    "FieldValueDuplicate": "Duplicate value",
}
HEAD = ("apiVersion", "kind", "metadata")
BLOCKED = "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"
BLOCKING = ("Required value", "Too long", "Too many", "Type invalid")


def has_rules(schema: Any) -> bool:
    """Whether a schema has a rule anywhere."""
    if isinstance(schema, list):
        return any(has_rules(s) for s in schema)
    return isinstance(schema, dict) and (bool(schema.get(RULES)) or any(has_rules(v) for k, v in schema.items() if k not in ("default", "enum", "example")))


def self_type(schema: Raw) -> str:
    if schema.get("x-kubernetes-int-or-string") or schema.get("format") in ("date-time", "duration", "byte", "date"):
        return "dyn"
    return WORDS.get(schema.get("type", ""), "dyn")


@lru_cache(maxsize=2048)
def program(rule: str, type_: str, optional: bool) -> Program:
    """The compiled rule. Raises CompileError."""
    if optional:
        rule = OLD.sub("(_before.size() > 0 ? optional.of(_before[0]) : optional.none())", rule)
        return Environment({"self": type_, "_before": "dyn"}).compile(rule)
    return Environment({"self": type_, "oldSelf": type_} if OLD.search(rule) else {"self": type_}).compile(rule)


def check(value: Any, schema: Raw, old: Any = MISSING, path: str = "") -> Errors:
    """What rules say of a value and all in it. `old`: the value before, where there is one to compare with."""
    found: Errors = []
    if value is None:
        return found
    for rule in schema.get(RULES) or ():
        error = _broken(rule, value, schema, old, path)
        if error is not None:
            found.append(error)
    if isinstance(value, dict):
        properties, extra = schema.get("properties") or {}, schema.get("additionalProperties")
        for key, inner in sorted(value.items()):
            part = properties.get(key, extra if isinstance(extra, dict) else None)
            if part is not None:
                found += check(inner, part, _inner(old, key), f"{path}.{key}" if path else key)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for i, inner in enumerate(value):
            found += check(inner, schema["items"], _counterpart(old, inner, schema), f"{path}[{i}]")
    return found


def _inner(old: Any, key: str) -> Any:
    return old.get(key, MISSING) if isinstance(old, dict) and old.get(key) is not None else MISSING


def _counterpart(old: Any, item: Any, schema: Raw) -> Any:
    """The item of the list before that has the same keys; lists without keys have none."""
    keys = schema.get("x-kubernetes-list-map-keys")
    if schema.get("x-kubernetes-list-type") != "map" or not keys or not isinstance(old, list) or not isinstance(item, dict):
        return MISSING
    wanted = [item.get(k) for k in keys]
    return next((o for o in old if isinstance(o, dict) and [o.get(k) for k in keys] == wanted), MISSING)


def _broken(rule: Raw, value: Any, schema: Raw, old: Any, path: str) -> FieldError | None:
    """The error of one rule that does not hold."""
    text, optional = rule.get("rule", ""), bool(rule.get("optionalOldSelf"))
    uses_old = OLD.search(text) is not None
    if uses_old and old is MISSING and not optional:
        return None
    data: Raw = {"self": value}
    if optional:
        data["_before"] = [] if old is MISSING else [old]
    elif uses_old:
        data["oldSelf"] = old
    try:
        holds = program(text, self_type(schema), optional).evaluate(data)
    except CompileError as error:
        return invalid(path, type_of(value), f"rule compile error: {error}")
    except EvaluationError as error:
        said = rule.get("message") or text
        return invalid(path or "<nil>", type_of(value), f"{error} evaluating rule: {said}")
    if holds is True:
        return None
    return _error(rule, value, path + rule.get("fieldPath", ""), _message(rule, data, schema))


def _message(rule: Raw, data: Raw, schema: Raw) -> str:
    """What the rule's author wants to be said; the expression's result, if it gives a good one, else the message, else the rule."""
    if expression := rule.get("messageExpression"):
        try:
            text = program(expression, self_type(schema), False).evaluate(data)
        except (CompileError, EvaluationError):
            text = ""
        if isinstance(text, str) and text.strip() and "\n" not in text:
            return text.strip()
    return (rule.get("message") or "").strip() or f"failed rule: {rule.get('rule', '').strip()}"


def _error(rule: Raw, value: Any, path: str, message: str) -> FieldError:
    kind = KINDS.get(rule.get("reason") or "", "Invalid value")
    value_text = "" if isinstance(value, dict | list) else shown(value)
    if kind == "Duplicate value":
        return FieldError(path, kind, f"{kind}: {value_text}" if value_text else kind)
    if kind == "Invalid value" and value_text:
        return FieldError(path, kind, f"{kind}: {value_text}: {message}")
    return FieldError(path or "<nil>", kind, f"{kind}: {message}")


def undefined_field(rule: str, schema: Raw) -> str:
    """A field that a rule reads of `self` and that the schema does not have, with upstream's sentence; empty when there is none."""
    properties = schema.get("properties")
    if not properties or schema.get("x-kubernetes-preserve-unknown-fields") or schema.get("x-kubernetes-embedded-resource"):
        return ""
    for match in ROOT.finditer(re.sub(r"'[^']*'|\"[^\"]*\"", lambda m: "_" * len(m[0]), rule)):
        name = match[1].replace("__", "_") if match[1].startswith("__") else match[1]
        if name not in properties and match[1] not in properties and name not in HEAD and not name.startswith("_"):
            column = match.start() + len("self")
            return f"ERROR: <input>:1:{column + 1}: undefined field '{match[1]}'\n | {rule}\n | {'.' * column}^"
    return ""


COMPARED = re.compile(r"(?<![\w.])self\.(\w+)\s*(==|!=|<=|>=|<|>)\s*('[^']*'|\"[^\"]*\"|-?\d+(?!\.|\d)|true\b|false\b)")


def mismatch(rule: str, schema: Raw) -> str:
    """A field of `self` that is compared with a literal of another type, with upstream's sentence; empty when there is none."""
    for match in COMPARED.finditer(rule):
        left = self_type((schema.get("properties") or {}).get(match[1]) or {})
        right = "string" if match[3][0] in "'\"" else "bool" if match[3] in ("true", "false") else "int"
        if left not in ("dyn", right) and not (left == "double" and right == "int"):
            column = match.start(2)
            why = f"found no matching overload for '_{match[2]}_' applied to '({left}, {right})'"
            return f"ERROR: <input>:1:{column + 1}: {why}\n | {rule}\n | {'.' * column}^"
    return ""


def nesting(rule: str) -> int:
    """How deep loops stand in one another."""
    deepest, depths = 0, [False]
    at = 0
    while at < len(rule):
        match = MACRO.match(rule, at)
        if match:
            depths.append(True)
            at = match.end()
            deepest = max(deepest, sum(depths))
            continue
        if rule[at] == "(":
            depths.append(False)
        elif rule[at] == ")" and len(depths) > 1:
            depths.pop()
        at += 1
    return deepest
