"""RuntimeClass: a container runtime that nodes offer by name, with what it costs and where it is.

Models pkg/registry/node/runtimeclass/strategy.go and pkg/apis/node/validation.
"""

from typing import Any

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.machinery.object_meta import validate_labels
from cluster_engine.machinery.quantity import parse
from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, NAME, age


def validate(runtime_class: Manifest) -> Errors:
    handler, found = runtime_class.get("handler", ""), list[Any]()
    if not handler:
        found.append(required("handler"))
    else:
        found += [invalid("handler", handler, message) for message in names.is_dns1123_label(handler)]
    for name, amount in ((runtime_class.get("overhead") or {}).get("podFixed") or {}).items():
        if parse(amount).value < 0:
            found.append(invalid(f"overhead.podFixed[{name}]", amount, "must be greater than or equal to 0"))
    scheduling = runtime_class.get("scheduling") or {}
    found += validate_labels(scheduling.get("nodeSelector") or {}, "scheduling.nodeSelector")
    return found


def validate_update(runtime_class: Manifest, old: Manifest) -> Errors:
    if runtime_class.get("handler") != old.get("handler"):
        return [invalid("handler", runtime_class.get("handler", ""), "field is immutable")]
    return []


def row(runtime_class: Manifest, now: float) -> list[Any]:
    return [runtime_class["metadata"].get("name", ""), runtime_class.get("handler", ""), age(runtime_class, now)]


KIND = Kind(
    group="node.k8s.io",
    kind="RuntimeClass",
    plural="runtimeclasses",
    namespaced=False,
    allow_unconditional_update=False,
    validate=validate,
    validate_update=validate_update,
    columns=(NAME, Column("Handler"), AGE),
    row=row,
)
