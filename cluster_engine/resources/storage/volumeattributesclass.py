"""VolumeAttributesClass: attributes of a volume that a claim may change while it lives.

Models pkg/registry/storage/volumeattributesclass/strategy.go.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, forbidden, required
from cluster_engine.resources.checks import qualified_name
from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.storage.storageclass import validate_parameters
from cluster_engine.resources.table import AGE, NAME, age


def validate(attributes_class: Manifest) -> Errors:
    found: Errors = []
    driver = attributes_class.get("driverName", "")
    if not driver:
        found.append(required("driverName"))
    else:
        qualified_name("driverName", driver.lower(), found)
    validate_parameters(attributes_class.get("parameters"), "parameters", found, needed=True)
    return found


def validate_update(attributes_class: Manifest, old: Manifest) -> Errors:
    changed = [n for n in ("driverName", "parameters") if (attributes_class.get(n) or None) != (old.get(n) or None)]
    return [forbidden(name, f"updates to {name} are forbidden.") for name in changed]


def row(attributes_class: Manifest, now: float) -> list[Any]:
    return [attributes_class["metadata"].get("name", ""), attributes_class.get("driverName", ""), age(attributes_class, now)]


KIND = Kind(
    group="storage.k8s.io",
    kind="VolumeAttributesClass",
    plural="volumeattributesclasses",
    returns_deleted=True,
    namespaced=False,
    short_names=("vac",),
    validate=validate,
    validate_update=validate_update,
    columns=(NAME, Column("DriverName", described_by="io.k8s.api.storage.v1.VolumeAttributesClass.driverName"), AGE),
    row=row,
)
