"""What device kinds share: CEL selectors, opaque configuration, tolerations. Models pkg/apis/resource/validation."""

from cluster_engine.machinery.cel.environment import CompileError, Environment
from cluster_engine.machinery.field import Errors, FieldError, invalid, not_supported, required, too_many
from cluster_engine.resources.checks import subdomain
from cluster_engine.resources.kind import Manifest

MOST_SELECTORS, MOST_CONFIGS = 32, 32


def validate_selectors(selectors: list[Manifest], path: str, found: Errors) -> None:
    if len(selectors) > MOST_SELECTORS:
        found.append(too_many(path, len(selectors), MOST_SELECTORS))
    for index, selector in enumerate(selectors):
        if selector.get("cel") is None:
            found.append(required(f"{path}[{index}].cel"))
        else:
            _validate_expression(selector["cel"].get("expression", ""), f"{path}[{index}].cel.expression", found)


def _validate_expression(source: str, path: str, found: Errors) -> None:
    """An expression over `device` that says yes or no."""
    try:
        type_ = Environment({"device": "dyn"}).compile(source).type
    except CompileError as error:
        found.append(invalid(path, source, f"compilation failed: {error}"))
        return
    if type_ not in ("bool", "dyn"):
        found.append(invalid(path, source, f"must evaluate to bool or the unknown type, not {type_}"))


def validate_driver(name: str, path: str, found: Errors) -> None:
    if not name:
        found.append(required(path))
    else:
        subdomain(path, name, found)


def validate_configs(configs: list[Manifest], path: str, found: Errors) -> None:
    if len(configs) > MOST_CONFIGS:
        found.append(too_many(path, len(configs), MOST_CONFIGS))
    for index, config in enumerate(configs):
        opaque, where = config.get("opaque"), f"{path}[{index}].opaque"
        if opaque is None:
            found.append(required(where))
            continue
        validate_driver(opaque.get("driver", ""), f"{where}.driver", found)
        parameters = opaque.get("parameters")
        if parameters is None:
            found.append(required(f"{where}.parameters"))
        elif not isinstance(parameters, dict):
            found.append(FieldError(f"{where}.parameters", "Invalid value", 'Invalid value: "<value omitted>": must be a valid JSON object'))


def validate_tolerations(tolerations: list[Manifest], path: str, found: Errors) -> None:
    for index, toleration in enumerate(tolerations):
        where = f"{path}[{index}]"
        if toleration.get("operator") not in ("Exists", "Equal"):
            found.append(not_supported(f"{where}.operator", toleration.get("operator", ""), ("Equal", "Exists")))
        elif toleration["operator"] == "Exists" and toleration.get("value"):
            found.append(invalid(f"{where}.value", toleration["value"], "must be empty for operator `Exists`"))
        effect = toleration.get("effect")
        if effect and effect not in ("NoSchedule", "NoExecute"):
            found.append(not_supported(f"{where}.effect", effect, ("NoExecute", "NoSchedule")))
