"""ResourceSlice: devices that a driver offers on a node. Models pkg/registry/resource/resourceslice and its validation."""

import re
from typing import Any

from cluster_engine.machinery.field import Errors, FieldError, duplicate, invalid, not_supported, required, shown
from cluster_engine.resources.checks import IMMUTABLE, label, subdomain
from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.resource.device import validate_driver
from cluster_engine.resources.table import AGE, NAME, age

RESOURCE = "io.k8s.api.resource.v1."
PLACES = ("nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection")
ONE_PLACE = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
VALUES = ("int", "bool", "string", "version", "ints", "bools", "strings", "versions")
C_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
C_MESSAGE = (
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' "
    "(e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')"
)
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


def default(slice_: Manifest) -> None:
    slice_.setdefault("spec", {})


def validate(slice_: Manifest) -> Errors:
    found: Errors = []
    spec = slice_.get("spec") or {}
    validate_driver(spec.get("driver", ""), "spec.driver", found)
    _validate_pool(spec.get("pool") or {}, "spec.pool", found)
    places = [p for p in PLACES if spec.get(p) not in (None, "", False)]
    if not places:
        found.append(required("spec", ONE_PLACE))
    elif len(places) > 1:
        named = ", ".join(f"`{p}`" for p in places)
        found.append(invalid("spec", "{" + named + "}", f"{ONE_PLACE}, but multiple fields are set"))
    seen: set[str] = set()
    for index, device in enumerate(spec.get("devices") or ()):
        _validate_device(device, f"spec.devices[{index}]", seen, found)
    return found


def _validate_pool(pool: Manifest, path: str, found: Errors) -> None:
    if not pool.get("name"):
        found.append(required(f"{path}.name"))
    else:
        for part in pool["name"].split("/"):
            subdomain(f"{path}.name", part, found)
    if pool.get("resourceSliceCount", 0) <= 0:
        found.append(invalid(f"{path}.resourceSliceCount", pool.get("resourceSliceCount", 0), "must be greater than zero"))
    if pool.get("generation", 0) < 0:
        found.append(invalid(f"{path}.generation", pool["generation"], "must be greater than or equal to zero"))


def _validate_device(device: Manifest, path: str, seen: set[str], found: Errors) -> None:
    name = device.get("name", "")
    label(f"{path}.name", name, found)
    if name in seen:
        found.append(duplicate(path, name))
    seen.add(name)
    for key, value in (device.get("attributes") or {}).items():
        _validate_key(key, f"{path}.attributes", found)
        _validate_attribute(value, f"{path}.attributes[{key}]", found)
    for key in device.get("capacity") or {}:
        _validate_key(key, f"{path}.capacity", found)
    for index, taint in enumerate(device.get("taints") or ()):
        if taint.get("effect") not in ("NoSchedule", "NoExecute", "None"):
            found.append(not_supported(f"{path}.taints[{index}].effect", taint.get("effect", ""), ("NoExecute", "NoSchedule", "None")))


def _validate_key(key: str, path: str, found: Errors) -> None:
    domain, slash, name = key.rpartition("/")
    if slash:
        subdomain(path, domain, found)
    if not C_IDENTIFIER.fullmatch(name):
        found.append(invalid(path, name, C_MESSAGE))


def _validate_attribute(value: Manifest, path: str, found: Errors) -> None:
    given = [v for v in VALUES if value.get(v) is not None]
    if not given:
        found.append(invalid(path, "", "exactly one value must be specified"))
    elif len(given) > 1:
        struct = {f"{v[:-1].capitalize()}Values" if v.endswith("s") else f"{v.capitalize()}Value": value.get(v) for v in VALUES}
        found.append(FieldError(path, "Invalid value", f"Invalid value: {shown(struct)}: exactly one value must be specified"))
    elif given == ["version"] and not SEMVER.fullmatch(value["version"]):
        found.append(invalid(f"{path}.version", value["version"], "must be a string compatible with semver.org spec 2.0.0"))


def validate_update(slice_: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    spec, before = slice_.get("spec") or {}, old.get("spec") or {}
    for path, new, was in (
        ("spec.driver", spec.get("driver"), before.get("driver")),
        ("spec.pool.name", (spec.get("pool") or {}).get("name"), (before.get("pool") or {}).get("name")),
        ("spec.nodeName", spec.get("nodeName"), before.get("nodeName")), ("spec.allNodes", spec.get("allNodes"), before.get("allNodes")),
    ):  # fmt: skip
        if new != was:
            found.append(invalid(path, new, IMMUTABLE))
    return found


def row(slice_: Manifest, now: float) -> list[Any]:
    spec = slice_.get("spec") or {}
    return [slice_["metadata"].get("name", ""), spec.get("nodeName", ""), spec.get("driver", ""), (spec.get("pool") or {}).get("name", ""), age(slice_, now)]


KIND = Kind(
    group="resource.k8s.io",
    kind="ResourceSlice",
    plural="resourceslices",
    namespaced=False,
    has_generation=True,
    default=default,
    validate=validate,
    validate_update=validate_update,
    selectable={
        "spec.nodeName": lambda s: (s.get("spec") or {}).get("nodeName", ""),
        "spec.driver": lambda s: (s.get("spec") or {}).get("driver", ""),
    },
    columns=(
        NAME,
        Column("Node", described_by=RESOURCE + "ResourceSliceSpec.nodeName"),
        Column("Driver", described_by=RESOURCE + "ResourceSliceSpec.driver"),
        Column("Pool", described_by=RESOURCE + "ResourcePool.name"),
        AGE,
    ),
    row=row,
)
