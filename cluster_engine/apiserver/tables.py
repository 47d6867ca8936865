"""Tables: objects as rows and columns, so that kubectl prints kinds that it has never heard of.

Models k8s.io/apiserver/pkg/endpoints/handlers/response.go (asTable) and k8s.io/kubernetes/pkg/printers.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from cluster_engine.apiserver.schemas import definitions
from cluster_engine.machinery import field
from cluster_engine.machinery.manifest import Manifest, at
from cluster_engine.machinery.status import ApiError, bad_request
from cluster_engine.resources.kind import Column, Kind
from cluster_engine.resources.table import age

INCLUDED = ("", "Metadata", "Object", "None")
NAME = Column("Name", format="name", described_by="io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta.name")
CREATED = Column("Created At", described_by="io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta.creationTimestamp", type="date")
FINISHED = {"Succeeded": ("Succeeded", "The pod has completed successfully."), "Failed": ("Failed", "The pod failed.")}


@cache
def described(path: str) -> str:
    """The published description of an API field: a definition's name, a dot, one of its properties."""
    definition, _, name = path.rpartition(".")
    return str(definitions().raw.get(definition, {}).get("properties", {}).get(name, {}).get("description", ""))


@cache
def column_definitions(columns: tuple[Column, ...]) -> list[Manifest]:
    """The columns as a Table describes them."""
    return [
        {
            "name": c.name, "type": c.type, "format": c.format, "priority": c.priority,
            "description": c.description or (described(c.described_by) if c.described_by else ""),
        }
        for c in columns
    ]  # fmt: skip


def columns_of(kind: Kind) -> tuple[Column, ...]:
    return kind.columns or (NAME, CREATED)


def cells(kind: Kind, obj: Manifest, now: float) -> list[Any]:
    if kind.row is not None:
        return kind.row(obj, now)
    return [obj["metadata"].get("name", ""), obj["metadata"].get("creationTimestamp") or age(obj, now)]


def check_include(include: str) -> None:
    """Raises 400 for a value of includeObject that there is not."""
    if include not in INCLUDED:
        error = field.invalid("includeObject", include, "must be 'Metadata', 'Object', 'None', or empty")
        raise bad_request(f"Unable to convert to Table as requested: {error}")


def table(kind: Kind, objects: Iterable[Manifest], metadata: Manifest, *, include: str, version: str, now: float, headed: bool = True) -> Manifest:
    """The Table of some objects; `headed` False leaves out the columns, as in later events of a watch."""
    api_version = f"meta.k8s.io/{version}"
    rows = [_row(kind, o, include, api_version, now) for o in objects]
    definitions_ = column_definitions(columns_of(kind)) if headed else None
    return {"kind": "Table", "apiVersion": api_version, "metadata": metadata, "columnDefinitions": definitions_, "rows": rows}


def _row(kind: Kind, obj: Manifest, include: str, api_version: str, now: float) -> Manifest:
    row: Manifest = {"cells": cells(kind, obj, now)}
    if kind.name == "pods" and (finished := FINISHED.get(at(obj, "status.phase", ""))):
        row["conditions"] = [{"type": "Completed", "status": "True", "reason": finished[0], "message": finished[1]}]
    if include == "None":
        return row | {"object": None}
    if include == "Object":
        return row | {"object": obj}
    return row | {"object": partial(_alone(obj, kind.field_annotations) if kind.field_annotations else obj, api_version)}


def _alone(obj: Manifest, hidden: tuple[str, ...]) -> Manifest:
    """The object as its metadata looks without the annotations that upstream keeps in fields."""
    annotations = {k: v for k, v in (obj["metadata"].get("annotations") or {}).items() if k not in hidden}
    metadata = {k: v for k, v in obj["metadata"].items() if k != "annotations"}
    return {"metadata": metadata | {"annotations": annotations} if annotations else metadata}


def partial(obj: Manifest, api_version: str) -> Manifest:
    """An object without all but its metadata."""
    return {"kind": "PartialObjectMetadata", "apiVersion": api_version, "metadata": obj["metadata"]}


def partial_list(objects: Iterable[Manifest], metadata: Manifest, version: str) -> Manifest:
    api_version = f"meta.k8s.io/{version}"
    items = [partial(o, api_version) for o in objects]
    return {"kind": "PartialObjectMetadataList", "apiVersion": api_version, "metadata": metadata, "items": items}


def wrong_shape(shape: str, kind: Kind, *, is_list: bool) -> ApiError | None:
    """406 when a list was asked for in the shape of an object, or the other way round."""
    go_name = f"*{(kind.group or 'core').split('.')[0]}.{kind.kind}"
    if shape == "PartialObjectMetadataList" and not is_list:
        return ApiError(406, "NotAcceptable", f"you requested PartialObjectMetadataList, but the requested object is not a list ({go_name})")
    if shape == "PartialObjectMetadata" and is_list:
        return ApiError(406, "NotAcceptable", f"you requested PartialObjectMetadata, but the requested object is a list ({go_name}List)")
    return None
