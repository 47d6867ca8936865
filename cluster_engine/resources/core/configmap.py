"""ConfigMap: settings as keys and values.

Models pkg/registry/core/configmap/strategy.go.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, forbidden, invalid, too_long
from cluster_engine.machinery.names import is_config_map_key, size
from cluster_engine.resources.checks import each
from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, CORE, NAME, age

LARGEST = 1024 * 1024
SEALED = "field is immutable when `immutable` is set"


def validate(config: Manifest) -> Errors:
    found: Errors = []
    data, binary = config.get("data") or {}, config.get("binaryData") or {}
    total = sum(size(text or "") for text in data.values()) + sum(len(text or "") * 3 // 4 for text in binary.values())
    for key in data:
        validate_key(f"data[{key}]", key, found)
        if key in binary:
            found.append(invalid(f"data[{key}]", key, "duplicate of key present in binaryData"))
    for key in binary:
        validate_key(f"binaryData[{key}]", key, found)
    if total > LARGEST:
        found.append(too_long("[]", LARGEST))
    return found


def validate_key(path: str, key: str, found: Errors) -> None:
    each(path, key, is_config_map_key(key), found)


def validate_update(config: Manifest, old: Manifest) -> Errors:
    return validate_sealed(config, old, ("data", "binaryData"))


def validate_sealed(new: Manifest, old: Manifest, fields: tuple[str, ...]) -> Errors:
    """Once `immutable` is set, neither it nor the data may change."""
    if not old.get("immutable"):
        return []
    found = [] if new.get("immutable") else [forbidden("immutable", SEALED)]
    return found + [forbidden(name, SEALED) for name in fields if (new.get(name) or {}) != (old.get(name) or {})]


def row(config: Manifest, now: float) -> list[Any]:
    return [config["metadata"].get("name", ""), len(config.get("data") or ()) + len(config.get("binaryData") or ()), age(config, now)]


KIND = Kind(
    group="",
    kind="ConfigMap",
    plural="configmaps",
    short_names=("cm",),
    validate=validate,
    validate_update=validate_update,
    columns=(NAME, Column("Data", described_by=CORE + "ConfigMap.data"), AGE),
    row=row,
)
