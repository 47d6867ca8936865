"""Namespace: a room for names; deleting it deletes all that is in it.

Models pkg/registry/core/namespace/strategy.go.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, invalid
from cluster_engine.machinery.names import namespace_name
from cluster_engine.machinery.object_meta import STANDARD_FINALIZERS
from cluster_engine.resources.checks import qualified_name
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, Subresource, status_subresource
from cluster_engine.resources.table import AGE, NAME, age

NAME_LABEL = "kubernetes.io/metadata.name"
VERBS = ("create", "delete", "get", "list", "patch", "update", "watch")


def default(namespace: Manifest) -> None:
    metadata = namespace["metadata"]
    if name := metadata.get("name"):
        labels = metadata.get("labels")
        if labels is None:
            labels = metadata["labels"] = {}
        labels[NAME_LABEL] = name
    namespace.setdefault("spec", {})
    status = namespace.setdefault("status", {})
    if not status.get("phase"):
        status["phase"] = "Active"


def prepare_create(namespace: Manifest, request: Request) -> None:
    metadata = namespace["metadata"]
    if name := metadata.get("name"):
        metadata["labels"] = {**(metadata.get("labels") or {}), NAME_LABEL: name}
    namespace["status"] = {"phase": "Active"}
    finalizers = namespace["spec"].setdefault("finalizers", [])
    if "kubernetes" not in finalizers:
        finalizers.append("kubernetes")


def prepare_update(namespace: Manifest, old: Manifest, request: Request) -> None:
    namespace["spec"] = {**namespace.get("spec", {}), "finalizers": old.get("spec", {}).get("finalizers", [])}
    namespace["status"] = old.get("status", {})


def prepare_status(namespace: Manifest, old: Manifest, request: Request) -> None:
    namespace["spec"] = old.get("spec", {})


def prepare_finalize(namespace: Manifest, old: Manifest, request: Request) -> None:
    namespace["status"] = old.get("status", {})


def validate(namespace: Manifest) -> Errors:
    found: Errors = []
    for name in namespace["spec"].get("finalizers") or ():
        _validate_finalizer(name, "spec.finalizers", found)
    return found


def _validate_finalizer(name: str, path: str, found: Errors) -> None:
    qualified_name(path, name, found)
    if "/" not in name and name not in STANDARD_FINALIZERS:
        found.append(invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified"))


def validate_finalize(namespace: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    for i, name in enumerate(namespace["spec"].get("finalizers") or ()):
        _validate_finalizer(name, f"spec.finalizers[{i}]", found)
    return found


def validate_status(namespace: Manifest, old: Manifest) -> Errors:
    phase, deleting = (namespace.get("status") or {}).get("phase", ""), namespace["metadata"].get("deletionTimestamp")
    wanted, state = ("Terminating", "not empty") if deleting else ("Active", "empty")
    if phase == wanted:
        return []
    return [invalid("status.Phase", phase, f"may only be '{wanted}' if `deletionTimestamp` is {state}")]


def row(namespace: Manifest, now: float) -> list[Any]:
    return [namespace["metadata"].get("name", ""), (namespace.get("status") or {}).get("phase", ""), age(namespace, now)]


KIND = Kind(
    group="",
    kind="Namespace",
    plural="namespaces",
    namespaced=False,
    short_names=("ns",),
    verbs=VERBS,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_name=namespace_name,
    columns=(NAME, Column("Status", "The status of the namespace"), AGE),
    row=row,
    selectable={"status.phase": lambda n: (n.get("status") or {}).get("phase", "")},
    subresources={
        "status": status_subresource(prepare=prepare_status, validate=validate_status),
        "finalize": Subresource("finalize", verbs=("update",), prepare=prepare_finalize, validate=validate_finalize, reset=("status",)),
    },
)
