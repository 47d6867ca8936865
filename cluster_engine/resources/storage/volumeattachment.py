"""VolumeAttachment: the wish that a volume be attached to a node, and how far that got.

Models pkg/registry/storage/volumeattachment/strategy.go.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, forbidden, invalid, required, too_long
from cluster_engine.machinery.names import is_dns1123_subdomain
from cluster_engine.resources.checks import IMMUTABLE, each
from cluster_engine.resources.core.pod.volume_sources import driver_name
from cluster_engine.resources.core.shape import printed
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, NAME, age

ATTACHMENT = "io.k8s.api.storage.v1.VolumeAttachment"


def default(attachment: Manifest) -> None:
    attachment.setdefault("status", {}).setdefault("attached", False)


def prepare_create(attachment: Manifest, request: Request) -> None:
    attachment["status"] = {"attached": False}


def prepare_update(attachment: Manifest, old: Manifest, request: Request) -> None:
    attachment["status"] = old.get("status", {"attached": False})


ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
INLINE = "in the context of inline volumes"
LONGEST_ERROR, MOST_METADATA, MOST = 1024, 256 * 1024, 2**31 - 1


def validate(attachment: Manifest) -> Errors:
    found: Errors = []
    spec, source = attachment.get("spec") or {}, (attachment.get("spec") or {}).get("source") or {}
    attacher, volume, inline, node = spec.get("attacher", ""), source.get("persistentVolumeName"), source.get("inlineVolumeSpec"), spec.get("nodeName", "")
    if not attacher:
        found.append(required("spec.attacher"))
    if inline is None and volume is None:
        found.append(required("spec.source", ONE_SOURCE))
    if inline is not None and volume is not None:
        found.append(forbidden("spec.source", ONE_SOURCE))
    elif volume is not None and not volume:
        found.append(required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName"))
    elif inline is not None:
        _validate_inline(inline, "spec.source.inlineVolumeSpec", found)
    each("spec.nodeName", node, is_dns1123_subdomain(node), found)
    validate_status(attachment, attachment, found)
    return found


def _validate_inline(volume: Manifest, path: str, found: Errors) -> None:
    """A volume that stands in the attachment itself: only a CSI one, without what its PersistentVolume would say."""
    for name in ("claimRef", "capacity", "nodeAffinity"):
        if volume.get(name):
            found.append(forbidden(f"{path}.{name}", f"may not be specified {INLINE}"))
    if volume.get("csi") is None:
        found.append(required(f"{path}.csi", f"has to be specified {INLINE}"))
    if not volume.get("accessModes"):
        found.append(required(f"{path}.accessModes"))
    if volume.get("persistentVolumeReclaimPolicy", "Retain") != "Retain":
        found.append(forbidden(f"{path}.persistentVolumeReclaimPolicy", f"may only be Retain {INLINE}"))
    if volume.get("volumeMode", "Filesystem") != "Filesystem":
        found.append(forbidden(f"{path}.volumeMode", f"may not specify volumeMode other than Filesystem {INLINE}"))


def validate_create(attachment: Manifest) -> Errors:
    found: Errors = []
    spec = attachment.get("spec") or {}
    driver_name(spec.get("attacher", ""), "spec.attacher", found)
    if (volume := (spec.get("source") or {}).get("persistentVolumeName")) is not None:
        each("spec.source.persistentVolumeName", volume, is_dns1123_subdomain(volume), found)
    return found


def validate_status(attachment: Manifest, old: Manifest, found: Errors | None = None) -> Errors:
    found = [] if found is None else found
    status = attachment.get("status") or {}
    if sum(len(k) + len(v) for k, v in (status.get("attachmentMetadata") or {}).items()) > MOST_METADATA:
        found.append(too_long("status.attachmentMetadata", MOST_METADATA))
    for name in ("attachError", "detachError"):
        error = status.get(name) or {}
        if len(error.get("message", "")) > LONGEST_ERROR:
            found.append(too_long(f"status.{name}.message", MOST_METADATA))
        if error.get("errorCode", 0) < 0:
            found.append(invalid(f"status.{name}.errorCode", error["errorCode"], f"must be between 0 and {MOST}, inclusive"))
    return found


def validate_update(attachment: Manifest, old: Manifest) -> Errors:
    if attachment.get("spec") == old.get("spec"):
        return []
    return [invalid("spec", printed("VolumeAttachmentSpec", attachment.get("spec") or {}), IMMUTABLE)]


def row(attachment: Manifest, now: float) -> list[Any]:
    spec, status = attachment.get("spec") or {}, attachment.get("status") or {}
    return [
        attachment["metadata"].get("name", ""),
        spec.get("attacher", ""),
        (spec.get("source") or {}).get("persistentVolumeName") or "",
        spec.get("nodeName", ""),
        bool(status.get("attached")),
        age(attachment, now),
    ]


KIND = Kind(
    group="storage.k8s.io",
    kind="VolumeAttachment",
    plural="volumeattachments",
    returns_deleted=True,
    namespaced=False,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_create=validate_create,
    validate_update=validate_update,
    columns=(
        NAME,
        Column("Attacher", format="name", described_by=ATTACHMENT + "Spec.attacher"),
        Column("PV", described_by=ATTACHMENT + "Source.persistentVolumeName"),
        Column("Node", described_by=ATTACHMENT + "Spec.nodeName"),
        Column("Attached", type="boolean", described_by=ATTACHMENT + "Status.attached"),
        AGE,
    ),
    row=row,
    subresources={"status": status_subresource(validate=validate_status)},
)
