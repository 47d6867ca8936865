"""CSINode: the storage drivers that a node has.

Models pkg/registry/storage/csinode/strategy.go.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, duplicate, invalid, required
from cluster_engine.resources.checks import IMMUTABLE, non_negative, qualified_name
from cluster_engine.resources.core.pod.volume_sources import driver_name
from cluster_engine.resources.core.shape import printed
from cluster_engine.resources.kind import Column, Kind, Manifest, Request
from cluster_engine.resources.lists import empty_as_null
from cluster_engine.resources.table import AGE, NAME, age

LONGEST_ID = 256


def validate(node: Manifest) -> Errors:
    found: Errors = []
    seen: set[str] = set()
    for i, driver in enumerate((node.get("spec") or {}).get("drivers") or ()):
        path, name, identity = f"spec.drivers[{i}]", driver.get("name", ""), driver.get("nodeID", "")
        if name:
            driver_name(name, f"{path}.name", found)
        else:
            found.append(required(f"{path}.name"))
        if not identity:
            found.append(required(f"{path}.nodeID"))
        elif len(identity) > LONGEST_ID:
            found.append(invalid(f"{path}.nodeID", identity, f"must be {LONGEST_ID} characters or less"))
        if name in seen:
            found.append(duplicate(f"{path}.name", name))
        seen.add(name)
        _validate_topology(driver.get("topologyKeys") or [], path, found)
        non_negative(f"{path}.allocatable.count", (driver.get("allocatable") or {}).get("count"), found)
    return found


def _validate_topology(keys: list[str], path: str, found: Errors) -> None:
    for i, key in enumerate(keys):
        if key in keys[:i]:
            found.append(duplicate(path, key))
        if not key:
            found.append(required(path))
        qualified_name(path, key, found)


def validate_update(node: Manifest, old: Manifest) -> Errors:
    """A driver that is there stays as it is, but for how many volumes it can hold."""
    found: Errors = []
    drivers = {d.get("name"): d for d in (node.get("spec") or {}).get("drivers") or ()}
    for before in (old.get("spec") or {}).get("drivers") or ():
        driver = drivers.get(before.get("name"))
        if driver is not None and any(driver.get(k) != before.get(k) for k in ("nodeID", "topologyKeys")):
            found.append(invalid("spec.drivers", printed("CSINodeDriver", {**driver, "allocatable": None}), IMMUTABLE))
    return found


def default(node: Manifest) -> None:
    spec = node.setdefault("spec", {})
    for driver in spec.setdefault("drivers", None) or ():
        driver.setdefault("topologyKeys", None)


def prepare_create(node: Manifest, request: Request) -> None:
    empty_as_null(node["spec"], "drivers")


def prepare_update(node: Manifest, old: Manifest, request: Request) -> None:
    empty_as_null(node["spec"], "drivers")


def row(node: Manifest, now: float) -> list[Any]:
    return [node["metadata"].get("name", ""), len((node.get("spec") or {}).get("drivers") or ()), age(node, now)]


KIND = Kind(
    group="storage.k8s.io",
    kind="CSINode",
    plural="csinodes",
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    allow_unconditional_update=False,
    returns_deleted=True,
    namespaced=False,
    columns=(NAME, Column("Drivers", "Drivers indicates the number of CSI drivers registered on the node", type="integer"), AGE),
    row=row,
)
