"""PersistentVolumeClaim: a wish for storage, fulfilled by a PersistentVolume.

Models pkg/registry/core/persistentvolumeclaim/strategy.go and pkg/printers (printPersistentVolumeClaim).
"""

from typing import Any

from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required
from cluster_engine.machinery.manifest import at
from cluster_engine.machinery.quantity import parse
from cluster_engine.resources.checks import IMMUTABLE
from cluster_engine.resources.core.claim_spec import claim_warnings, default_claim_spec, mirror_data_source, validate_claim_spec
from cluster_engine.resources.core.persistentvolume import BETA_CLASS, short_modes
from cluster_engine.resources.core.pod.difference import difference
from cluster_engine.resources.core.resource_names import amount, basic, is_native, round_amounts
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, CORE, NAME, UNSET, age


def default(claim: Manifest) -> None:
    spec = claim.setdefault("spec", {})
    default_claim_spec(spec)
    round_amounts(spec["resources"].get("requests"))
    status = claim.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Pending"


def prepare_create(claim: Manifest, request: Request) -> None:
    claim["status"] = {"phase": "Pending"}
    mirror_data_source(claim["spec"])


def prepare_update(claim: Manifest, old: Manifest, request: Request) -> None:
    claim["status"] = old.get("status", {})
    mirror_data_source(claim["spec"])


FIXED = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
RESIZING = (
    "ControllerResizeInProgress",
    "ControllerResizeInfeasible",
    "NodeResizePending",
    "NodeResizeInProgress",
    "NodeResizeInfeasible",
)


def validate(claim: Manifest) -> Errors:
    found: Errors = []
    validate_claim_spec(claim.get("spec") or {}, "spec", found)
    return found


def validate_update(claim: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    new, before = claim.get("spec") or {}, old.get("spec") or {}
    if new == before:
        return found
    munged = _with_old_mutable_parts(claim, new, before, old)
    if munged[0] != munged[1]:
        found.append(forbidden("spec", f"{FIXED}\n{difference('PersistentVolumeClaimSpec', munged[1], munged[0])}"))
    size, old_size = at(new, "resources.requests.storage", "0"), at(before, "resources.requests.storage", "0")
    if parse(size) < parse(old_size) and parse(size) <= parse(at(old, "status.capacity.storage", "0")):
        found.append(forbidden("spec.resources.requests.storage", "field can not be less than status.capacity"))
    if new.get("volumeMode") != before.get("volumeMode"):
        found.append(invalid("volumeMode", new.get("volumeMode"), IMMUTABLE))
    attributes = new.get("volumeAttributesClassName")
    if before.get("volumeAttributesClassName") is not None and not attributes:
        what = "nil" if attributes is None else "an empty string"
        found.append(forbidden("spec.volumeAttributesClassName", f"update from non-nil value to {what} is forbidden"))
    return found


def _with_old_mutable_parts(claim: Manifest, new: Manifest, before: Manifest, old: Manifest) -> tuple[Manifest, Manifest]:
    """Both specs without what may differ: the volume once, size and attributes of a bound claim, a class that comes late."""
    new, before = dict(new), dict(before)
    if not before.get("volumeName") and new.get("volumeName"):
        before["volumeName"] = new["volumeName"]
    if before.get("storageClassName") is None and new.get("storageClassName") is not None:
        annotation = (old["metadata"].get("annotations") or {}).get(BETA_CLASS)
        if annotation is None or annotation == new["storageClassName"]:
            del new["storageClassName"]
    if (claim.get("status") or {}).get("phase") == "Bound":
        requests = at(new, "resources.requests")
        if requests:
            kept = {**requests, "storage": at(before, "resources.requests.storage")}
            new["resources"] = {**new["resources"], "requests": kept}
        if new.get("volumeAttributesClassName") is not None:
            new.pop("volumeAttributesClassName")
            before.pop("volumeAttributesClassName", None)
    return new, before


def validate_status(claim: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    status = claim.get("status") or {}
    if not (claim.get("spec") or {}).get("accessModes"):
        found.append(required("Spec.accessModes"))
    for name, text in (status.get("capacity") or {}).items():
        basic(text, f"status.capacity[{name}]", found)
    for name, state in (status.get("allocatedResourceStatuses") or {}).items():
        _validate_resized(name, "status.allocatedResourceStatus", found)
        if state not in RESIZING:
            found.append(not_supported("status.allocatedResourceStatus", name, frozenset(RESIZING)))
    for name, text in (status.get("allocatedResources") or {}).items():
        _validate_resized(name, "status.allocatedResources", found)
        amount("storage", text, f"status.allocatedResources[{name}]", found)
    return found


def _validate_resized(name: str, path: str, found: Errors) -> None:
    if is_native(name) and name != "storage":
        found.append(not_supported(path, name, ("storage",)))


def warnings(claim: Manifest, old: Manifest | None) -> list[str]:
    found = []
    if BETA_CLASS in (claim["metadata"].get("annotations") or {}):
        found.append(f'metadata.annotations[{BETA_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead')
    return found + claim_warnings(claim.get("spec") or {}, "spec")


def row(claim: Manifest, now: float) -> list[Any]:
    metadata, spec, status = claim["metadata"], claim.get("spec") or {}, claim.get("status") or {}
    phase = "Terminating" if metadata.get("deletionTimestamp") else status.get("phase", "")
    bound = bool(spec.get("volumeName"))
    return [
        metadata.get("name", ""),
        phase,
        spec.get("volumeName", ""),
        (status.get("capacity") or {}).get("storage", "0") if bound else "",
        short_modes(status.get("accessModes")) if bound else "",
        (metadata.get("annotations") or {}).get(BETA_CLASS) or spec.get("storageClassName") or "",
        spec.get("volumeAttributesClassName") or UNSET,
        age(claim, now),
        spec.get("volumeMode") or UNSET,
    ]


KIND = Kind(
    group="",
    kind="PersistentVolumeClaim",
    plural="persistentvolumeclaims",
    returns_deleted=True,
    short_names=("pvc",),
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    warnings=warnings,
    columns=(
        NAME,
        Column("Status", described_by=CORE + "PersistentVolumeClaimStatus.phase"),
        Column("Volume", described_by=CORE + "PersistentVolumeClaimSpec.volumeName"),
        Column("Capacity", described_by=CORE + "PersistentVolumeClaimStatus.capacity"),
        Column("Access Modes", described_by=CORE + "PersistentVolumeClaimStatus.accessModes"),
        Column("StorageClass", "StorageClass of the pvc"),
        Column("VolumeAttributesClass", "VolumeAttributesClass of the pvc"),
        AGE,
        Column("VolumeMode", priority=1, described_by=CORE + "PersistentVolumeClaimSpec.volumeMode"),
    ),
    row=row,
    subresources={"status": status_subresource(validate=validate_status)},
)
