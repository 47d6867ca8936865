"""PriorityClass: a name for how important pods are.

Models pkg/registry/scheduling/priorityclass/strategy.go.
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, NAME, age

CLASS = "io.k8s.api.scheduling.v1.PriorityClass"


def default(priority_class: Manifest) -> None:
    priority_class.setdefault("value", 0)
    if priority_class.get("preemptionPolicy") is None:
        priority_class["preemptionPolicy"] = "PreemptLowerPriority"


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
    default=default,
    columns=(
        NAME,
        Column("Value", type="integer", described_by=CLASS + ".value"),
        Column("Global-Default", type="boolean", described_by=CLASS + ".globalDefault"),
        AGE,
        Column("PreemptionPolicy", described_by=CLASS + ".preemptionPolicy"),
    ),
    row=row,
)
