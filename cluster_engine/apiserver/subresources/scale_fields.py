"""Who owns the number of replicas: translated between a workload's managed fields and those of its Scale.

Models k8s.io/apimachinery/pkg/util/managedfields/scalehandler.go.
"""

from typing import Any

from cluster_engine.machinery.manifest import Manifest
from cluster_engine.resources.kind import Kind

SCALE_API = "autoscaling/v1"
REPLICAS: Manifest = {"f:spec": {"f:replicas": {}}}


def of_scale(kind: Kind, parent: Manifest) -> list[Manifest]:
    """The entries of the parent that own its replicas, as entries of the Scale."""
    return [{**entry, "apiVersion": SCALE_API, "fieldsV1": REPLICAS} for entry in parent["metadata"].get("managedFields") or () if _owns(kind, entry)]


def to_parent(kind: Kind, parent: Manifest, scale: Manifest) -> list[Manifest]:
    """The parent's entries after its Scale was applied: replicas belong to whom the Scale's entries say."""
    owners = {_who(e): e for e in scale["metadata"].get("managedFields") or ()}
    kept: list[Manifest] = []
    for entry in parent["metadata"].get("managedFields") or ():
        if not _owns(kind, entry) or owners.pop(_who(entry), None) is not None:
            kept.append(entry)
        elif fields := _without(entry["fieldsV1"], _path(kind)):
            kept.append({**entry, "fieldsV1": fields})
    return kept + [_entry(kind, e) for e in owners.values()]


def _entry(kind: Kind, entry: Manifest) -> Manifest:
    fields: Any = {}
    for element in reversed(_path(kind)):
        fields = {element: fields}
    return {**entry, "apiVersion": kind.api_version, "fieldsV1": fields, "subresource": "scale"}


def _who(entry: Manifest) -> tuple[str, str, str]:
    return entry.get("manager", ""), entry.get("operation", ""), entry.get("subresource", "")


def _path(kind: Kind) -> list[str]:
    assert kind.scale is not None
    return [f"f:{part}" for part in kind.scale.replicas.split(".")]


def _owns(kind: Kind, entry: Manifest) -> bool:
    node: Any = entry.get("fieldsV1")
    for element in _path(kind):
        if not isinstance(node, dict) or element not in node:
            return False
        node = node[element]
    return True


def _without(fields: Manifest, path: list[str]) -> Manifest:
    """The fields without one leaf; parents that hold nothing else go with it."""
    head, *rest = path
    inner = _without(fields[head], rest) if rest else {}
    left = {k: v for k, v in fields.items() if k != head}
    return left | {head: inner} if inner else left
