"""Volume mounts and devices: where in a container a pod's volumes appear.

Models validation.ValidateVolumeMounts, ValidateVolumeDevices.
"""

from collections.abc import Mapping

from cluster_engine.machinery.field import Errors, forbidden, invalid, not_found, not_supported, required
from cluster_engine.resources.checks import relative_path
from cluster_engine.resources.kind import Manifest

PROPAGATIONS = frozenset({"None", "HostToContainer", "Bidirectional"})
RECURSIVE = frozenset({"Disabled", "IfPossible", "Enabled"})
Volumes = Mapping[str, Manifest]


def validate_mounts(container: Manifest, volumes: Volumes, path: str, found: Errors) -> None:
    devices = {d.get("name", ""): d.get("devicePath", "") for d in container.get("volumeDevices") or ()}
    seen: set[str] = set()
    for i, mount in enumerate(container.get("volumeMounts") or ()):
        name, place = mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            found.append(required(f"{path}[{i}].name"))
        if name not in volumes:
            found.append(not_found(f"{path}[{i}].name", name))
        if not place:
            found.append(required(f"{path}[{i}].mountPath"))
        if place in seen:
            found.append(invalid(f"{path}[{i}].mountPath", place, "must be unique"))
        seen.add(place)
        if name in devices:
            found.append(invalid(f"{path}[{i}].name", name, "must not already exist in volumeDevices"))
        if place in devices.values():
            found.append(invalid(f"{path}[{i}].mountPath", place, "must not already exist as a path in volumeDevices"))
        if len(mount) > 2:
            _validate_options(mount, container, f"{path}[{i}]", path, found)


def _validate_options(mount: Manifest, container: Manifest, path: str, list_path: str, found: Errors) -> None:
    """Sub-paths, propagation, read-only. Upstream leaves the index out of some of these paths."""
    sub_path, expression = mount.get("subPath"), mount.get("subPathExpr")
    if sub_path:
        relative_path(f"{list_path}.subPath", sub_path, found)
    if expression:
        if sub_path:
            found.append(invalid(f"{path}.subPathExpr", expression, "subPathExpr and subPath are mutually exclusive"))
        relative_path(f"{list_path}.subPathExpr", expression, found)
    if (propagation := mount.get("mountPropagation")) is not None:
        _validate_propagation(propagation, container, f"{list_path}.mountPropagation", found)
    if mount.get("recursiveReadOnly") is not None:
        _validate_recursive(mount, f"{list_path}.recursiveReadOnly", found)


def _validate_propagation(propagation: str, container: Manifest, path: str, found: Errors) -> None:
    if propagation not in PROPAGATIONS:
        found.append(not_supported(path, propagation, PROPAGATIONS))
    if propagation == "Bidirectional" and not (container.get("securityContext") or {}).get("privileged"):
        found.append(forbidden(path, "Bidirectional mount propagation is available only to privileged containers"))


def _validate_recursive(mount: Manifest, path: str, found: Errors) -> None:
    recursive = mount["recursiveReadOnly"]
    if recursive not in RECURSIVE:
        found.append(not_supported(path, recursive, RECURSIVE))
    elif recursive != "Disabled":
        if not mount.get("readOnly"):
            found.append(forbidden(path, "may only be specified when readOnly is true"))
        if mount.get("mountPropagation") not in (None, "None"):
            found.append(forbidden(path, "may only be specified when mountPropagation is None or not specified"))


def validate_devices(container: Manifest, volumes: Volumes, path: str, found: Errors) -> None:
    mounts = {m.get("name", ""): m.get("mountPath", "") for m in container.get("volumeMounts") or ()}
    names: set[str] = set()
    places: set[str] = set()
    for i, device in enumerate(container.get("volumeDevices") or ()):
        name, place = device.get("name", ""), device.get("devicePath", "")
        _validate_device_name(name, names, volumes, f"{path}[{i}].name", found)
        if not place:
            found.append(required(f"{path}[{i}].devicePath"))
        if place in places:
            found.append(invalid(f"{path}[{i}].devicePath", place, "must be unique"))
        if ".." in place.split("/"):
            found.append(invalid(f"{path}[{i}].devicePath", place, "can not contain backsteps ('..')"))
        else:
            places.add(place)
        if name in mounts:
            found.append(invalid(f"{path}[{i}].name", name, "must not already exist in volumeMounts"))
        if place in mounts.values():
            found.append(invalid(f"{path}[{i}].devicePath", place, "must not already exist as a path in volumeMounts"))
        names.add(name)


def _validate_device_name(name: str, seen: set[str], volumes: Volumes, path: str, found: Errors) -> None:
    if not name:
        found.append(required(path))
    if name in seen and name:
        found.append(invalid(path, name, "must be unique"))
    volume = volumes.get(name)
    if volume is None:
        found.append(not_found(path, name))
    elif volume.get("persistentVolumeClaim") is None and volume.get("ephemeral") is None:
        found.append(invalid(path, name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"))
