"""DeviceClass: a sort of device, by the expressions that choose it. Models pkg/registry/resource/deviceclass and its validation."""

from typing import Any

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, invalid
from cluster_engine.resources.kind import Kind, Manifest
from cluster_engine.resources.resource.device import validate_configs, validate_selectors
from cluster_engine.resources.table import AGE, NAME, age


def default(device_class: Manifest) -> None:
    device_class.setdefault("spec", {})


def validate(device_class: Manifest) -> Errors:
    found: Errors = []
    spec = device_class.get("spec") or {}
    validate_selectors(spec.get("selectors") or [], "spec.selectors", found)
    validate_configs(spec.get("config") or [], "spec.config", found)
    name = spec.get("extendedResourceName")
    if name is not None and not _is_extended(name):
        found.append(invalid("spec.extendedResourceName", name, "must be a valid extended resource name"))
    return found


def _is_extended(name: str) -> bool:
    domain = name.partition("/")[0]
    return "/" in name and not domain.endswith("kubernetes.io") and not name.startswith("requests.") and not names.is_qualified_name(name)


def row(device_class: Manifest, now: float) -> list[Any]:
    return [device_class["metadata"].get("name", ""), age(device_class, now)]


KIND = Kind(
    group="resource.k8s.io",
    kind="DeviceClass",
    plural="deviceclasses",
    namespaced=False,
    has_generation=True,
    default=default,
    validate=validate,
    columns=(NAME, AGE),
    row=row,
)
