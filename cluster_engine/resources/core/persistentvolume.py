"""PersistentVolume: a piece of storage that outlives pods.

Models pkg/registry/core/persistentvolume/strategy.go and pkg/printers (printPersistentVolume).
"""

import posixpath
from typing import Any

from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required
from cluster_engine.resources.checks import IMMUTABLE, subdomain
from cluster_engine.resources.core.claim_spec import VOLUME_MODES, validate_access_modes
from cluster_engine.resources.core.pod.affinity import validate_node_selector
from cluster_engine.resources.core.pod.difference import difference
from cluster_engine.resources.core.pod.volume_sources import SHARED, validate_one_source
from cluster_engine.resources.core.pod.volumes import default_azure_disk, default_host_path, default_iscsi, default_rbd, default_scale_io
from cluster_engine.resources.core.pod.warnings import OLD_VOLUMES
from cluster_engine.resources.core.resource_names import basic, positive, round_amounts
from cluster_engine.resources.core.shape import printed
from cluster_engine.resources.core.volume_drivers import OWN
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, CORE, NAME, UNSET, age

SHORT_MODES = (("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP"))
BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
SOURCES = {"iscsi": default_iscsi, "rbd": default_rbd, "hostPath": default_host_path, "azureDisk": default_azure_disk, "scaleIO": default_scale_io}


def default(volume: Manifest) -> None:
    spec, status = volume.setdefault("spec", {}), volume.setdefault("status", {})
    round_amounts(spec.get("capacity"))
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
    if status.get("phase") != before.get("phase") and status.get("lastPhaseTransitionTime") in (None, before.get("lastPhaseTransitionTime")):
        status["lastPhaseTransitionTime"] = timestamp(request.now)


RECLAIM = frozenset({"Delete", "Recycle", "Retain"})
ORDER = (
    "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "flocker", "nfs", "rbd", "quobyte", "cephfs", "iscsi", "cinder", "fc", "flexVolume",
    "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume", "azureDisk", "scaleIO", "local", "storageos", "csi",
)  # fmt: skip
TYPES = {name: OWN.get(name) or SHARED[name] for name in ORDER}


def validate(volume: Manifest) -> Errors:
    found: Errors = []
    validate_spec(volume.get("spec") or {}, "spec", found)
    return found


def validate_spec(spec: Manifest, path: str, found: Errors) -> None:
    modes, capacity = spec.get("accessModes") or [], spec.get("capacity") or {}
    if not modes:
        found.append(required(f"{path}.accessModes"))
    validate_access_modes(modes, f"{path}.accessModes", found)
    if not capacity:
        found.append(required(f"{path}.capacity"))
    if set(capacity) != {"storage"}:
        found.append(not_supported(f"{path}.capacity", capacity or None, ("storage",)))
    for name, text in capacity.items():
        basic(text, f"{path}.capacity[{name}]", found)
        positive(text, f"{path}.capacity[{name}]", found)
    policy = spec.get("persistentVolumeReclaimPolicy")
    if policy and policy not in RECLAIM:
        found.append(not_supported(f"{path}.persistentVolumeReclaimPolicy", policy, RECLAIM))
    affinity = spec.get("nodeAffinity")
    if affinity is not None:
        if affinity.get("required") is None:
            found.append(required(f"{path}.nodeAffinity.required", "must specify required node constraints"))
        else:
            validate_node_selector(affinity["required"], f"{path}.nodeAffinity.required", found)
    validate_one_source(spec, TYPES, path, found)
    _validate_rest(spec, path, found)


def _validate_rest(spec: Manifest, path: str, found: Errors) -> None:
    if spec.get("local") is not None and spec.get("nodeAffinity") is None:
        found.append(required(f"{path}.nodeAffinity", "Local volume requires node affinity"))
    host = (spec.get("hostPath") or {}).get("path", "")
    if host and posixpath.normpath(host) == "/" and spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        found.append(forbidden(f"{path}.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'"))
    if name := spec.get("storageClassName"):
        subdomain(f"{path}.storageClassName", name, found)
    mode = spec.get("volumeMode")
    if mode is not None and mode not in VOLUME_MODES:
        found.append(not_supported(f"{path}.volumeMode", mode, VOLUME_MODES))
    attributes = spec.get("volumeAttributesClassName")
    if attributes is not None:
        if not attributes:
            found.append(required(f"{path}.volumeAttributesClassName", "an empty string is disallowed"))
        else:
            subdomain(f"{path}.volumeAttributesClassName", attributes, found)
        if spec.get("csi") is None:
            found.append(required(f"{path}.csi", "has to be specified when using volumeAttributesClassName"))


def validate_update(volume: Manifest, old: Manifest) -> Errors:
    """What a volume is made of never changes; a CSI volume may still learn the secret for its growing."""
    found: Errors = []
    new, before = volume.get("spec") or {}, old.get("spec") or {}
    after, was = ({name: spec[name] for name in TYPES if name in spec} for spec in (new, before))
    csi, old_csi = after.get("csi"), was.get("csi")
    if csi and old_csi and "controllerExpandSecretRef" not in old_csi:
        after["csi"] = {k: v for k, v in csi.items() if k != "controllerExpandSecretRef"}
    if after != was:
        text = difference("PersistentVolumeSource", was, after)
        found.append(forbidden("spec.persistentvolumesource", f"spec.persistentvolumesource is immutable after creation\n{text}"))
    if new.get("volumeMode") != before.get("volumeMode"):
        found.append(invalid("volumeMode", new.get("volumeMode"), IMMUTABLE))
    if before.get("nodeAffinity") is not None and new.get("nodeAffinity") != before["nodeAffinity"]:
        affinity = new.get("nodeAffinity")
        found.append(invalid("nodeAffinity", affinity and printed("VolumeNodeAffinity", affinity), IMMUTABLE))
    if before.get("volumeAttributesClassName") is not None and new.get("volumeAttributesClassName") is None:
        found.append(forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden"))
    return found


def warnings(volume: Manifest, old: Manifest | None) -> list[str]:
    spec, found = volume.get("spec") or {}, []
    annotations = volume["metadata"].get("annotations") or {}
    if BETA_CLASS in annotations:
        found.append(f'metadata.annotations[{BETA_CLASS}]: deprecated since v1.8; use "storageClassName" attribute instead')
    if "volume.beta.kubernetes.io/mount-options" in annotations:
        found.append('metadata.annotations[volume.beta.kubernetes.io/mount-options]: deprecated since v1.31; use "mountOptions" attribute instead')
    if spec.get("persistentVolumeReclaimPolicy") == "Recycle":
        found.append(
            "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning."
        )
    for name, message in OLD_VOLUMES.items():
        if name in spec and name != "gitRepo":
            found.append(f"spec.{'storageOS' if name == 'storageos' else name}: {message}")
    return found


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
    validate=validate,
    validate_update=validate_update,
    warnings=warnings,
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
    subresources={"status": status_subresource(prepare=prepare_status)},
)
