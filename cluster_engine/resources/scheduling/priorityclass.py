"""PriorityClass: a name for how important pods are.

Models pkg/registry/scheduling/priorityclass/strategy.go.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported
from cluster_engine.resources.checks import IMMUTABLE
from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, NAME, age

CLASS = "io.k8s.api.scheduling.v1.PriorityClass"


def default(priority_class: Manifest) -> None:
    priority_class.setdefault("value", 0)
    if priority_class.get("preemptionPolicy") is None:
        priority_class["preemptionPolicy"] = "PreemptLowerPriority"


HIGHEST = 1_000_000_000
SYSTEM = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
POLICIES = ("PreemptLowerPriority", "Never")


def validate(priority_class: Manifest) -> Errors:
    found: Errors = []
    name, value = priority_class["metadata"].get("name", ""), priority_class.get("value", 0)
    if name.startswith("system-"):
        if SYSTEM.get(name) != value or priority_class.get("globalDefault"):
            why = "priority class names with 'system-' prefix are reserved for system use only. error: "
            found.append(forbidden("metadata.name", why + _system_error(name, value)))
    elif value > HIGHEST:
        found.append(forbidden("value", f"maximum allowed value of a user defined priority is {HIGHEST}"))
    policy = priority_class.get("preemptionPolicy")
    if policy is not None and policy not in POLICIES:
        found.append(not_supported("preemptionPolicy", policy, POLICIES))
    return found


def _system_error(name: str, value: int) -> str:
    if name not in SYSTEM:
        return f"{name} is not a known system priority class"
    return f"value of {name} PriorityClass must be {SYSTEM[name]}" if SYSTEM[name] != value else f"globalDefault of {name} PriorityClass must be false"


def validate_update(priority_class: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    if priority_class.get("value", 0) != old.get("value", 0):
        found.append(forbidden("value", "may not be changed in an update."))
    if priority_class.get("preemptionPolicy") != old.get("preemptionPolicy"):
        found.append(invalid("preemptionPolicy", priority_class.get("preemptionPolicy"), IMMUTABLE))
    return found


def row(priority_class: Manifest, now: float) -> list[Any]:
    return [
        priority_class["metadata"].get("name", ""),
        priority_class.get("value", 0),
        bool(priority_class.get("globalDefault")),
        age(priority_class, now),
        priority_class.get("preemptionPolicy", ""),
    ]


KIND = Kind(
    group="scheduling.k8s.io",
    kind="PriorityClass",
    plural="priorityclasses",
    namespaced=False,
    short_names=("pc",),
    has_generation=True,
    new_generation=lambda new, before: False,
    default=default,
    validate=validate,
    validate_update=validate_update,
    columns=(
        NAME,
        Column("Value", type="integer", described_by=CLASS + ".value"),
        Column("Global-Default", type="boolean", described_by=CLASS + ".globalDefault"),
        AGE,
        Column("PreemptionPolicy", described_by=CLASS + ".preemptionPolicy"),
    ),
    row=row,
)
