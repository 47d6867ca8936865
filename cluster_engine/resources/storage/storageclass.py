"""StorageClass: a kind of storage that claims may ask for, and the driver that makes it.

Models pkg/registry/storage/storageclass/strategy.go and pkg/printers (printStorageClass).
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, NAME, age

CLASS = "io.k8s.api.storage.v1.StorageClass"
DEFAULT_ANNOTATIONS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")


def default(storage_class: Manifest) -> None:
    if storage_class.get("reclaimPolicy") is None:
        storage_class["reclaimPolicy"] = "Delete"
    if storage_class.get("volumeBindingMode") is None:
        storage_class["volumeBindingMode"] = "Immediate"


def is_default(storage_class: Manifest) -> bool:
    annotations = storage_class["metadata"].get("annotations") or {}
    return any(annotations.get(name) == "true" for name in DEFAULT_ANNOTATIONS)


def row(storage_class: Manifest, now: float) -> list[Any]:
    name = storage_class["metadata"].get("name", "")
    return [
        f"{name} (default)" if is_default(storage_class) else name,
        storage_class.get("provisioner", ""),
        storage_class.get("reclaimPolicy") or "Delete",
        storage_class.get("volumeBindingMode") or "Immediate",
        bool(storage_class.get("allowVolumeExpansion")),
        age(storage_class, now),
    ]


KIND = Kind(
    group="storage.k8s.io",
    kind="StorageClass",
    plural="storageclasses",
    returns_deleted=True,
    namespaced=False,
    short_names=("sc",),
    default=default,
    columns=(
        NAME,
        Column("Provisioner", described_by=CLASS + ".provisioner"),
        Column("ReclaimPolicy", described_by=CLASS + ".reclaimPolicy"),
        Column("VolumeBindingMode", described_by=CLASS + ".volumeBindingMode"),
        Column("AllowVolumeExpansion", described_by=CLASS + ".allowVolumeExpansion"),
        AGE,
    ),
    row=row,
)
