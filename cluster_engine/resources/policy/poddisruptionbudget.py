"""PodDisruptionBudget: how many pods of a set may be gone at once when somebody disturbs them on purpose.

Models pkg/registry/policy/poddisruptionbudget/strategy.go and pkg/apis/policy/validation.
"""

from typing import Any

from cluster_engine.machinery import names, selectors
from cluster_engine.machinery.field import Errors, invalid, not_supported
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, NAME, age

COUNTS = ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods")
NEGATIVE = "must be greater than or equal to 0"
BUDGET = "io.k8s.api.policy.v1.PodDisruptionBudget"


def default(budget: Manifest) -> None:
    budget.setdefault("spec", {})
    status = budget.setdefault("status", {})
    for count in COUNTS:
        status.setdefault(count, 0)


def prepare_create(budget: Manifest, request: Request) -> None:
    budget["status"] = dict.fromkeys(COUNTS, 0)


def validate(budget: Manifest) -> Errors:
    spec, found = budget["spec"], list[Any]()
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    if least is not None and most is not None:
        found.append(invalid("spec", _as_go(spec), "minAvailable and maxUnavailable cannot be both set"))
    for field, value in (("minAvailable", least), ("maxUnavailable", most)):
        if value is not None:
            found += _validate_amount(value, f"spec.{field}")
    found += selectors.validate(spec.get("selector"), "spec.selector")
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None and policy not in ("AlwaysAllow", "IfHealthyBudget"):
        found.append(not_supported("spec.unhealthyPodEvictionPolicy", policy, ("AlwaysAllow", "IfHealthyBudget")))
    return found


def _as_go(spec: Manifest) -> Manifest:
    """The spec as upstream prints its internal form."""
    shown = {
        "minAvailable": "MinAvailable",
        "selector": "Selector",
        "maxUnavailable": "MaxUnavailable",
        "unhealthyPodEvictionPolicy": "UnhealthyPodEvictionPolicy",
    }
    return {label: spec.get(field) for field, label in shown.items()}


def _validate_amount(value: int | str, path: str) -> Errors:
    if isinstance(value, int):
        return [invalid(path, value, NEGATIVE)] if value < 0 else []
    messages = names.is_percent(value)
    if messages:
        return [invalid(path, value, message) for message in messages]
    return [invalid(path, value, "must not be greater than 100%")] if int(value[:-1]) > 100 else []


def validate_status(budget: Manifest, old: Manifest) -> Errors:
    status = budget.get("status") or {}
    return [invalid(f"status.{count}", status[count], NEGATIVE) for count in COUNTS if status.get(count, 0) < 0]


def row(budget: Manifest, now: float) -> list[Any]:
    spec, status = budget["spec"], budget.get("status") or {}
    shown = [str(spec[f]) if spec.get(f) is not None else "N/A" for f in ("minAvailable", "maxUnavailable")]
    return [budget["metadata"].get("name", ""), *shown, status.get("disruptionsAllowed", 0), age(budget, now)]


KIND = Kind(
    group="policy",
    kind="PodDisruptionBudget",
    plural="poddisruptionbudgets",
    short_names=("pdb",),
    has_generation=True,
    allow_unconditional_update=False,
    default=default,
    prepare_create=prepare_create,
    validate=validate,
    validate_name=lambda name, generated: [],
    columns=(
        NAME,
        Column("Min Available", "The minimum number of pods that must be available."),
        Column("Max Unavailable", "The maximum number of pods that may be unavailable."),
        Column("Allowed Disruptions", "Calculated number of pods that may be disrupted at this time.", type="integer"),
        AGE,
    ),
    row=row,
    subresources={"status": status_subresource(validate=validate_status)},
)
