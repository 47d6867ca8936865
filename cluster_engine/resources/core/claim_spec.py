"""The specification of a claim, alone or as a template within pods and StatefulSets.

Models validation.ValidatePersistentVolumeClaimSpec.
"""

from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required
from cluster_engine.machinery.quantity import parse
from cluster_engine.resources.checks import label, label_selector, required_text, subdomain
from cluster_engine.resources.core.resource_names import amount, positive
from cluster_engine.resources.kind import Manifest

ACCESS_MODES = frozenset({"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"})
DATA_SOURCES = (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))
VOLUME_MODES = frozenset({"Block", "Filesystem"})


def default_claim_spec(spec: Manifest) -> None:
    if spec.get("volumeMode") is None:
        spec["volumeMode"] = "Filesystem"
    spec.setdefault("resources", {})


def mirror_data_source(spec: Manifest) -> None:
    """`dataSource` is the older, narrower form of `dataSourceRef`: a claim with one of them gets the other.

    What the narrower form cannot say is dropped from it, as upstream did before the wider one came."""
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is not None and (source.get("apiGroup") or "", source.get("kind")) not in DATA_SOURCES:
        del spec["dataSource"]
        source = None
    if source is not None and reference is None:
        spec["dataSourceRef"] = dict(source)
    elif reference is not None and source is None and not reference.get("namespace"):
        group, kind = reference.get("apiGroup") or "", reference.get("kind")
        if (group, kind) in DATA_SOURCES:
            spec["dataSource"] = {k: v for k, v in reference.items() if k != "namespace"}


def validate_access_modes(modes: list[str], path: str, found: Errors) -> None:
    for mode in modes:
        if mode not in ACCESS_MODES:
            found.append(not_supported(path, mode, ACCESS_MODES))
    if "ReadWriteOncePod" in modes and any(m in ACCESS_MODES and m != "ReadWriteOncePod" for m in modes):
        found.append(forbidden(path, "may not use ReadWriteOncePod with other access modes"))


def validate_claim_spec(spec: Manifest, path: str, found: Errors) -> None:
    modes = spec.get("accessModes") or []
    if not modes:
        found.append(required(f"{path}.accessModes", "at least 1 access mode is required"))
    label_selector(f"{path}.selector", spec.get("selector"), found)
    validate_access_modes(modes, f"{path}.accessModes", found)
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if storage is None:
        found.append(required(f"{path}.resources[storage]"))
    elif positive(storage, f"{path}.resources[storage]", found):
        amount("storage", storage, f"{path}.resources[storage]", found)
    if name := spec.get("storageClassName"):
        subdomain(f"{path}.storageClassName", name, found)
    mode = spec.get("volumeMode")
    if mode is not None and mode not in VOLUME_MODES:
        found.append(not_supported(f"{path}.volumeMode", mode, VOLUME_MODES))
    _validate_sources(spec, path, found)
    if name := spec.get("volumeAttributesClassName"):
        subdomain(f"{path}.volumeAttributesClassName", name, found)


def claim_warnings(spec: Manifest, path: str) -> list[str]:
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if storage is None or parse(storage).is_integer:
        return []
    return [f'{path}.resources.requests[storage]: fractional byte value "{storage}" is invalid, must be an integer']


def _validate_sources(spec: Manifest, path: str, found: Errors) -> None:
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    for name in ("dataSource", "dataSourceRef"):
        if (each := spec.get(name)) is not None:
            _validate_source(each, f"{path}.{name}", found)
    if source is None or reference is None:
        return
    # Upstream prints the path of the field here instead of its value, which as JSON is an empty object.
    if reference.get("namespace"):
        found.append(invalid(path, {}, "may not be specified when dataSourceRef.namespace is specified"))
    elif any(source.get(k) != reference.get(k) for k in ("apiGroup", "kind", "name")):
        found.append(invalid(path, {}, "must match dataSourceRef"))


def _validate_source(source: Manifest, path: str, found: Errors) -> None:
    required_text(f"{path}.name", source.get("name"), found)
    required_text(f"{path}.kind", source.get("kind"), found)
    group = source.get("apiGroup") or ""
    if not group and source.get("kind") != "PersistentVolumeClaim":
        found.append(invalid(path, source.get("kind", ""), "must be 'PersistentVolumeClaim' when referencing the default apiGroup"))
    if group:
        subdomain(f"{path}.apiGroup", group, found)
    if namespace := source.get("namespace"):
        label(f"{path}.namespace", namespace, found)
