"""ConfigMap: settings as keys and values.

Models pkg/registry/core/configmap/strategy.go.
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, CORE, NAME, age


def row(config: Manifest, now: float) -> list[Any]:
    return [config["metadata"].get("name", ""), len(config.get("data") or ()) + len(config.get("binaryData") or ()), age(config, now)]


KIND = Kind(
    group="",
    kind="ConfigMap",
    plural="configmaps",
    short_names=("cm",),
    columns=(NAME, Column("Data", described_by=CORE + "ConfigMap.data"), AGE),
    row=row,
)
