"""LimitRange: bounds and defaults for what pods of a namespace may ask for.

Models pkg/registry/core/limitrange/strategy.go and pkg/apis/core/v1/defaults.go (SetDefaults_LimitRangeItem).
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import META, NAME


def default(limit_range: Manifest) -> None:
    for item in limit_range.setdefault("spec", {}).get("limits") or ():
        if item.get("type") == "Container":
            _default_item(item)


def _default_item(item: Manifest) -> None:
    """A maximum is the default limit; a default limit is the default request, else a minimum is."""
    limits = item.setdefault("default", {})
    for name, quantity in (item.get("max") or {}).items():
        limits.setdefault(name, quantity)
    requests = item.setdefault("defaultRequest", {})
    for source in (limits, item.get("min") or {}):
        for name, quantity in source.items():
            requests.setdefault(name, quantity)
    for name in ("default", "defaultRequest"):
        if not item[name]:
            del item[name]


def row(limit_range: Manifest, now: float) -> list[Any]:
    metadata = limit_range["metadata"]
    return [metadata.get("name", ""), metadata.get("creationTimestamp")]


KIND = Kind(
    group="",
    kind="LimitRange",
    plural="limitranges",
    short_names=("limits",),
    default=default,
    columns=(NAME, Column("Created At", type="date", described_by=META + "creationTimestamp")),
    row=row,
)
