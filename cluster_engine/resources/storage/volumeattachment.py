"""VolumeAttachment: the wish that a volume be attached to a node, and how far that got.

Models pkg/registry/storage/volumeattachment/strategy.go.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, forbidden, invalid, required
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
LONGEST_ERROR = 1024


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
    if volume is not None:
        if not volume:
            found.append(required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName"))
        else:
            each("spec.source.persistentVolumeName", volume, is_dns1123_subdomain(volume), found)
    each("spec.nodeName", node, is_dns1123_subdomain(node), found)
    validate_status(attachment, attachment, found)
    return found


def validate_create(attachment: Manifest) -> Errors:
    found: Errors = []
    driver_name((attachment.get("spec") or {}).get("attacher", ""), "spec.attacher", found)
    return found


def validate_status(attachment: Manifest, old: Manifest, found: Errors | None = None) -> Errors:
    found = [] if found is None else found
    for name in ("attachError", "detachError"):
        message = ((attachment.get("status") or {}).get(name) or {}).get("message", "")
        if len(message) > LONGEST_ERROR:
            found.append(invalid(f"status.{name}.message", message, f"size must be less than {LONGEST_ERROR} bytes"))
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
