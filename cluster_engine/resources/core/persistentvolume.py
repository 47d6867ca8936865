"""PersistentVolume: a piece of storage that outlives pods.

Models pkg/registry/core/persistentvolume/strategy.go and pkg/printers (printPersistentVolume).
"""

from typing import Any

from cluster_engine.kernel.clock import timestamp
from cluster_engine.resources.core.pod.volumes import default_azure_disk, default_host_path, default_iscsi, default_rbd, default_scale_io
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, CORE, NAME, UNSET, age

SHORT_MODES = (("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP"))
BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
SOURCES = {"iscsi": default_iscsi, "rbd": default_rbd, "hostPath": default_host_path, "azureDisk": default_azure_disk, "scaleIO": default_scale_io}


def default(volume: Manifest) -> None:
    spec, status = volume.setdefault("spec", {}), volume.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Pending"
    if not spec.get("persistentVolumeReclaimPolicy"):
        spec["persistentVolumeReclaimPolicy"] = "Retain"
    if spec.get("volumeMode") is None:
        spec["volumeMode"] = "Filesystem"
    for name, fill in SOURCES.items():
        if (source := spec.get(name)) is not None:
            fill(source)


def prepare_create(volume: Manifest, request: Request) -> None:
    volume["status"] = {"phase": "Pending", "lastPhaseTransitionTime": timestamp(request.now)}


def prepare_update(volume: Manifest, old: Manifest, request: Request) -> None:
    volume["status"] = old.get("status", {})


def prepare_status(volume: Manifest, old: Manifest, request: Request) -> None:
    volume["spec"] = old["spec"]
    before, status = old.get("status") or {}, volume.setdefault("status", {})
    if status.get("phase") != before.get("phase"):
        if status.get("lastPhaseTransitionTime") in (None, before.get("lastPhaseTransitionTime")):
            status["lastPhaseTransitionTime"] = timestamp(request.now)


def short_modes(modes: list[str] | None) -> str:
    return ",".join(short for mode, short in SHORT_MODES if mode in (modes or ()))


def row(volume: Manifest, now: float) -> list[Any]:
    metadata, spec, status = volume["metadata"], volume.get("spec") or {}, volume.get("status") or {}
    claim = spec.get("claimRef")
    phase = "Terminating" if metadata.get("deletionTimestamp") else status.get("phase", "")
    storage_class = (metadata.get("annotations") or {}).get(BETA_CLASS) or spec.get("storageClassName", "")
    return [
        metadata.get("name", ""),
        (spec.get("capacity") or {}).get("storage", "0"),
        short_modes(spec.get("accessModes")),
        spec.get("persistentVolumeReclaimPolicy", ""),
        phase,
        f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else "",
        storage_class,
        spec.get("volumeAttributesClassName") or UNSET,
        status.get("reason", ""),
        age(volume, now),
        spec.get("volumeMode") or UNSET,
    ]


KIND = Kind(
    group="",
    kind="PersistentVolume",
    plural="persistentvolumes",
    returns_deleted=True,
    namespaced=False,
    short_names=("pv",),
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    columns=(
        NAME,
        Column("Capacity", described_by=CORE + "PersistentVolumeSpec.capacity"),
        Column("Access Modes", described_by=CORE + "PersistentVolumeSpec.accessModes"),
        Column("Reclaim Policy", described_by=CORE + "PersistentVolumeSpec.persistentVolumeReclaimPolicy"),
        Column("Status", described_by=CORE + "PersistentVolumeStatus.phase"),
        Column("Claim", described_by=CORE + "PersistentVolumeSpec.claimRef"),
        Column("StorageClass", "StorageClass of the pv"),
        Column("VolumeAttributesClass", "VolumeAttributesClass of the pv"),
        Column("Reason", described_by=CORE + "PersistentVolumeStatus.reason"),
        AGE,
        Column("VolumeMode", priority=1, described_by=CORE + "PersistentVolumeSpec.volumeMode"),
    ),
    row=row,
    selectable={"name": lambda v: v["metadata"].get("name", "")},
    subresources={"status": status_subresource(prepare=prepare_status)},
)
