"""CSINode: the storage drivers that a node has.

Models pkg/registry/storage/csinode/strategy.go.
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, NAME, age


def row(node: Manifest, now: float) -> list[Any]:
    return [node["metadata"].get("name", ""), len((node.get("spec") or {}).get("drivers") or ()), age(node, now)]


KIND = Kind(
    group="storage.k8s.io",
    kind="CSINode",
    plural="csinodes",
    returns_deleted=True,
    namespaced=False,
    columns=(NAME, Column("Drivers", "Drivers indicates the number of CSI drivers registered on the node", type="integer"), AGE),
    row=row,
)
