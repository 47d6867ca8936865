"""Expressions of policies and webhooks: what names they may use and what they must evaluate to.

Models pkg/apis/admissionregistration/validation/validation.go and k8s.io/apiserver/pkg/admission/plugin/cel/compile.go.
"""

from collections.abc import Mapping

from cluster_engine.machinery.cel.environment import CompileError, Environment, Program
from cluster_engine.machinery.cel.objects import makes_object, rewritten
from cluster_engine.machinery.field import Errors, duplicate, invalid, required, too_many
from cluster_engine.machinery.names import is_c_identifier, is_qualified_name
from cluster_engine.resources.kind import Manifest

MOST_CONDITIONS = 64
RESERVED = frozenset("true false null in as break const continue else for function if import let loop package namespace return var void while".split())


class WrongType(Exception):
    """The expression evaluates to something else than it must."""


def names(params: bool, authorizer: bool = True, variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The names that an expression may use, with their types."""
    known = {"object": "dyn", "oldObject": "dyn", "request": "dyn", "namespaceObject": "dyn"}
    if params:
        known["params"] = "dyn"
    if authorizer:
        known |= {"authorizer": "dyn", "authorizer.requestResource": "dyn"}
    return known | {f"variables.{name}": words for name, words in (variables or {}).items()}


def compiled(source: str, known: Mapping[str, str], *wanted: str) -> Program:
    """Compile and check the result's type; no `wanted` means any. Raises CompileError or WrongType."""
    program = Environment(known).compile(source)
    if wanted and program.type not in wanted:
        if len(wanted) == 1:
            raise WrongType(f"must evaluate to {wanted[0]} but got {program.type}")
        raise WrongType(f"must evaluate to one of [{' '.join(wanted)}] but got {program.type}")
    return program


def compiled_mutation(source: str, known: Mapping[str, str], wanted: str) -> Program:
    """Compile an expression that gives an Object or a list of JSONPatch. Raises CompileError or WrongType."""
    program = Environment(known).compile(rewritten(source))
    shape = "map(" if wanted == "Object" else "list("
    if not program.type.startswith(shape) or not (makes_object(source) or program.type == "list(dyn)"):
        raise WrongType(f"must evaluate to {wanted} but got {program.type}")
    return program


def check(source: str, path: str, known: Mapping[str, str], *wanted: str) -> Errors:
    """What is wrong with an expression."""
    try:
        compiled(source, known, *wanted)
    except CompileError as error:
        return [invalid(path, source, f"compilation failed: {error}")]
    except WrongType as error:
        return [invalid(path, source, str(error))]
    return []


def check_mutation(source: str, path: str, known: Mapping[str, str], wanted: str) -> Errors:
    try:
        compiled_mutation(source, known, wanted)
    except CompileError as error:
        return [invalid(path, source, f"compilation failed: {error}")]
    except WrongType as error:
        return [invalid(path, source, str(error))]
    return []


def validate_conditions(conditions: list[Manifest] | None, path: str, params: bool = False) -> Errors:
    """matchConditions."""
    conditions = conditions or []
    found: Errors = [too_many(path, len(conditions), MOST_CONDITIONS)] if len(conditions) > MOST_CONDITIONS else []
    seen: list[str] = []
    for i, condition in enumerate(conditions):
        expression, name = condition.get("expression", ""), condition.get("name", "")
        if not expression.strip():
            found.append(required(f"{path}[{i}].expression"))
        else:
            found += check(expression, f"{path}[{i}].expression", names(params), "bool")
        if not name:
            found.append(required(f"{path}[{i}].name"))
        found += [invalid(f"{path}[{i}].name", name, m) for m in is_qualified_name(name) if name]
        if name and name in seen:
            found.append(duplicate(f"{path}[{i}].name", name))
        seen.append(name)
    return found


def validate_variables(variables: list[Manifest] | None, path: str, params: bool) -> tuple[Errors, dict[str, str]]:
    """Errors, and the types of the variables that compile; each may use those before it."""
    found: Errors = []
    types: dict[str, str] = {}
    for i, variable in enumerate(variables or ()):
        name, expression = variable.get("name", ""), variable.get("expression", "")
        if is_c_identifier(name) or name in RESERVED:
            found.append(invalid(f"{path}[{i}].name", name, "must be a valid CEL identifier"))
        if not expression.strip():
            found.append(required(f"{path}[{i}].expression", "expression is not specified"))
            continue
        problems = check(expression, f"{path}[{i}].expression", names(params, variables=types))
        found += problems
        if not problems:
            types[name] = compiled(expression, names(params, variables=types)).type
    return found, types


def variable_types(spec: Manifest) -> dict[str, str]:
    """The types of a stored policy's variables."""
    return validate_variables(spec.get("variables"), "", spec.get("paramKind") is not None)[1]
