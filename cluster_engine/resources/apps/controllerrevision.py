"""ControllerRevision: a frozen state of a DaemonSet or StatefulSet, to roll back to.

Models pkg/registry/apps/controllerrevision/strategy.go.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.resources.checks import IMMUTABLE, non_negative
from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, APPS, NAME, NONE, age


def default(revision: Manifest) -> None:
    revision.setdefault("revision", 0)


def validate(revision: Manifest) -> Errors:
    found: Errors = []
    non_negative("revision", revision.get("revision", 0), found)
    return found


def validate_create(revision: Manifest) -> Errors:
    data = revision.get("data")
    if data is None:
        return [required("data", "data is mandatory")]
    return [] if isinstance(data, dict) else [required("data", "data must be a valid JSON object")]


def validate_update(revision: Manifest, old: Manifest) -> Errors:
    """What it holds is frozen; only its place in the order may change."""
    if revision.get("data") == old.get("data"):
        return []
    return [invalid("data", revision.get("data"), IMMUTABLE)]


def row(revision: Manifest, now: float) -> list[Any]:
    owner = next((o for o in revision["metadata"].get("ownerReferences") or () if o.get("controller")), None)
    return [revision["metadata"].get("name", ""), _owner_text(owner), revision.get("revision", 0), age(revision, now)]


def _owner_text(owner: Manifest | None) -> str:
    """`deployment.apps/web`."""
    if owner is None:
        return NONE
    group, _, _ = owner.get("apiVersion", "").rpartition("/")
    kind = owner.get("kind", "").lower()
    return f"{kind}.{group}/{owner.get('name', '')}" if group else f"{kind}/{owner.get('name', '')}"


KIND = Kind(
    group="apps",
    kind="ControllerRevision",
    plural="controllerrevisions",
    default=default,
    validate=validate,
    validate_create=validate_create,
    validate_update=validate_update,
    columns=(NAME, Column("Controller", "Controller of the object"), Column("Revision", described_by=APPS + "ControllerRevision.revision"), AGE),
    row=row,
)
