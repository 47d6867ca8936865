"""VolumeAttachment: the wish that a volume be attached to a node, and how far that got.

Models pkg/registry/storage/volumeattachment/strategy.go.
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, NAME, age

ATTACHMENT = "io.k8s.api.storage.v1.VolumeAttachment"


def default(attachment: Manifest) -> None:
    attachment.setdefault("status", {}).setdefault("attached", False)


def prepare_create(attachment: Manifest, request: Request) -> None:
    attachment["status"] = {"attached": False}


def prepare_update(attachment: Manifest, old: Manifest, request: Request) -> None:
    attachment["status"] = old.get("status", {"attached": False})


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
    columns=(
        NAME,
        Column("Attacher", format="name", described_by=ATTACHMENT + "Spec.attacher"),
        Column("PV", described_by=ATTACHMENT + "Source.persistentVolumeName"),
        Column("Node", described_by=ATTACHMENT + "Spec.nodeName"),
        Column("Attached", type="boolean", described_by=ATTACHMENT + "Status.attached"),
        AGE,
    ),
    row=row,
    subresources={"status": status_subresource()},
)
