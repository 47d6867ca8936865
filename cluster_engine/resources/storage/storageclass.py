"""StorageClass: a kind of storage that claims may ask for, and the driver that makes it.

Models pkg/registry/storage/storageclass/strategy.go and pkg/printers (printStorageClass).
"""

from typing import Any

from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid, not_supported, required, too_long
from cluster_engine.resources.checks import IMMUTABLE, qualified_name
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


RECLAIM, MODES = frozenset({"Delete", "Retain"}), ("Immediate", "WaitForFirstConsumer")
PARAMETERS, PARAMETER_BYTES = 512, 256 * 1024


def validate(storage_class: Manifest) -> Errors:
    found: Errors = []
    provisioner = storage_class.get("provisioner", "")
    if not provisioner:
        found.append(required("provisioner"))
    else:
        qualified_name("provisioner", provisioner.lower(), found)
    validate_parameters(storage_class.get("parameters"), "parameters", found)
    policy, mode = storage_class.get("reclaimPolicy"), storage_class.get("volumeBindingMode")
    if policy and policy not in RECLAIM:
        found.append(not_supported("reclaimPolicy", policy, RECLAIM))
    if mode is None:
        found.append(required("volumeBindingMode"))
    elif mode not in MODES:
        found.append(not_supported("volumeBindingMode", mode, MODES))
    _validate_topologies(storage_class.get("allowedTopologies") or [], found)
    return found


def validate_parameters(parameters: Manifest | None, path: str, found: Errors, needed: bool = False) -> None:
    if needed and not parameters:
        found.append(required(path, "must contain at least one key/value pair"))
    if len(parameters or ()) > PARAMETERS:
        found.append(too_long(path, PARAMETERS))
        return
    for key in parameters or ():
        if not key:
            found.append(invalid(path, key, "field can not be empty."))
    if sum(len(k) + len(v) for k, v in (parameters or {}).items()) > PARAMETER_BYTES:
        found.append(too_long(path, PARAMETER_BYTES))


def _validate_topologies(terms: list[Manifest], found: Errors) -> None:
    seen: list[dict[str, set[str]]] = []
    for i, term in enumerate(terms):
        path = f"allowedTopologies[{i}].matchLabelExpressions"
        keys: dict[str, set[str]] = {}
        for j, requirement in enumerate(term.get("matchLabelExpressions") or ()):
            key, values = requirement.get("key", ""), requirement.get("values") or []
            if not values:
                found.append(required(f"{path}[{j}].values"))
            found += [duplicate(f"{path}[{j}].values[{n}]", v) for n, v in enumerate(values) if v in values[:n]]
            qualified_name(f"{path}[{j}].key", key, found)
            if key in keys:
                found.append(duplicate(f"{path}[{j}].key", key))
            keys[key] = set(values)
        if keys in seen or not keys:
            found.append(duplicate(path, ""))
        seen.append(keys)


def validate_update(storage_class: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    for name in ("parameters", "provisioner"):
        if (storage_class.get(name) or None) != (old.get(name) or None):
            found.append(forbidden(name, f"updates to {name} are forbidden."))
    if storage_class.get("reclaimPolicy") != old.get("reclaimPolicy"):
        found.append(forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden."))
    if storage_class.get("volumeBindingMode") != old.get("volumeBindingMode"):
        found.append(invalid("volumeBindingMode", storage_class.get("volumeBindingMode"), IMMUTABLE))
    return found


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
    validate=validate,
    validate_update=validate_update,
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
