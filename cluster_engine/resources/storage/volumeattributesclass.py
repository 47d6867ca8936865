"""VolumeAttributesClass: attributes of a volume that a claim may change while it lives.

Models pkg/registry/storage/volumeattributesclass/strategy.go.
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, NAME, age


def row(attributes_class: Manifest, now: float) -> list[Any]:
    return [attributes_class["metadata"].get("name", ""), attributes_class.get("driverName", ""), age(attributes_class, now)]


KIND = Kind(
    group="storage.k8s.io",
    kind="VolumeAttributesClass",
    plural="volumeattributesclasses",
    returns_deleted=True,
    namespaced=False,
    short_names=("vac",),
    columns=(NAME, Column("DriverName", described_by="io.k8s.api.storage.v1.VolumeAttributesClass.driverName"), AGE),
    row=row,
)
