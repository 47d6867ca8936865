"""ComponentStatus: an old way to ask how the parts of the control plane are; computed on request, never stored.

Models pkg/registry/core/componentstatus/rest.go.
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import NAME


def row(component: Manifest, now: float) -> list[Any]:
    status, message, error = "Unknown", "", ""
    for condition in component.get("conditions") or ():
        if condition.get("type") == "Healthy":
            status = "Healthy" if condition.get("status") == "True" else "Unhealthy"
            message, error = condition.get("message", ""), condition.get("error", "")
    return [component["metadata"].get("name", ""), status, message, error]


KIND = Kind(
    group="",
    kind="ComponentStatus",
    plural="componentstatuses",
    deprecated="v1 ComponentStatus is deprecated in v1.19+",
    namespaced=False,
    short_names=("cs",),
    verbs=("get", "list"),
    columns=(
        NAME,
        Column("Status", "Status of the component conditions"),
        Column("Message", "Message of the component conditions"),
        Column("Error", "Error of the component conditions"),
    ),
    row=row,
)
