"""Taints and tolerations: which nodes repel which pods.

Models validation.ValidateTolerations, validateTaintEffect, validateNodeTaints.
"""

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required
from cluster_engine.resources.checks import qualified_name
from cluster_engine.resources.kind import Manifest

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
EMPTY_KEY = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'


def validate_effect(effect: str, path: str, found: Errors, allow_empty: bool = False) -> None:
    if not effect:
        if not allow_empty:
            found.append(required(path))
    elif effect not in EFFECTS:
        found.append(not_supported(path, effect, EFFECTS))


def validate_tolerations(tolerations: list[Manifest], path: str, found: Errors) -> None:
    for i, toleration in enumerate(tolerations):
        key, operator, effect = toleration.get("key"), toleration.get("operator", ""), toleration.get("effect", "")
        if key:
            qualified_name(f"{path}[{i}].key", key, found)
        elif operator != "Exists":
            found.append(invalid(f"{path}[{i}].operator", operator, EMPTY_KEY))
        if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
            found.append(invalid(f"{path}[{i}].effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"))
        _validate_operator(operator, toleration.get("value", ""), f"{path}[{i}].operator", found)
        validate_effect(effect, f"{path}[{i}].effect", found, allow_empty=True)


def _validate_operator(operator: str, value: str, path: str, found: Errors) -> None:
    if operator in ("Equal", ""):
        if messages := names.is_label_value(value):
            found.append(invalid(path, value, ";".join(messages)))
    elif operator == "Exists":
        if value:
            found.append(invalid(path, value, "value must be empty when `operator` is 'Exists'"))
    elif operator in ("Gt", "Lt"):
        # The comparing operators are known by name, but their feature gate is off, so they are refused as well.
        found.append(not_supported(path, operator, ("Equal", "Exists", "Lt", "Gt")))
    else:
        found.append(not_supported(path, operator, ("Equal", "Exists")))


def validate_only_added(new: list[Manifest], old: list[Manifest], path: str, found: Errors) -> None:
    """Existing tolerations stay; only their seconds may change."""
    kept = [{k: v for k, v in t.items() if k != "tolerationSeconds"} for t in new]
    for toleration in old:
        if {k: v for k, v in toleration.items() if k != "tolerationSeconds"} not in kept:
            found.append(forbidden(path, "existing toleration can not be modified except its tolerationSeconds"))
            return
    validate_tolerations(new, path, found)
