"""PersistentVolumeClaim: a wish for storage, fulfilled by a PersistentVolume.

Models pkg/registry/core/persistentvolumeclaim/strategy.go and pkg/printers (printPersistentVolumeClaim).
"""

from typing import Any

from cluster_engine.resources.core.claim_spec import default_claim_spec
from cluster_engine.resources.core.persistentvolume import BETA_CLASS, short_modes
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, CORE, NAME, UNSET, age


def default(claim: Manifest) -> None:
    default_claim_spec(claim.setdefault("spec", {}))
    status = claim.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Pending"


def prepare_create(claim: Manifest, request: Request) -> None:
    claim["status"] = {"phase": "Pending"}


def prepare_update(claim: Manifest, old: Manifest, request: Request) -> None:
    claim["status"] = old.get("status", {})


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
    selectable={"name": lambda c: c["metadata"].get("name", "")},
    subresources={"status": status_subresource()},
)
