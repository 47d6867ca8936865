"""Ownership: which objects belong to a controller, and the patches that take in orphans and let go of strangers.

Models pkg/controller/controller_ref_manager.go. An object has at most one controlling owner; a controller keeps what it
owns and still selects, releases what it owns but no longer selects, and adopts orphans that it selects.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cluster_engine.reconcile.actions import Action, Patch

Manifest = dict[str, Any]
ORPHAN_INDEX = "orphans"


def orphan_namespace(manifest: Manifest) -> tuple[str, ...]:
    """Index: the namespace of an object without a controlling owner."""
    meta = manifest["metadata"]
    return () if controller_of(manifest) else (meta.get("namespace", ""),)


def controller_of(manifest: Manifest) -> Manifest | None:
    """The controlling owner reference."""
    for owner in manifest["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            return dict(owner)
    return None


def reference_to(owner: Manifest, api_version: str, kind: str) -> Manifest:
    """A controlling owner reference to `owner`."""
    meta = owner["metadata"]
    return {"apiVersion": api_version, "kind": kind, "name": meta["name"], "uid": meta["uid"], "controller": True, "blockOwnerDeletion": True}


def deleting(manifest: Manifest) -> bool:
    return "deletionTimestamp" in manifest["metadata"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """What belongs to a controller now, and the patches that make it so."""

    objects: list[Manifest]
    actions: list[Action]


def claim(
    resource: str, owner: Manifest, reference: Manifest, selects: Callable[[Manifest], bool], owned: Iterable[Manifest], orphans: Iterable[Manifest]
) -> Claimed:
    """Sort `owned` and `orphans` into what `owner` keeps, releases and adopts. A dying owner neither adopts nor releases."""
    claimed, actions, dying = list[Manifest](), list[Action](), deleting(owner)
    for manifest in owned:
        if selects(manifest):
            claimed.append(manifest)
        elif not dying:
            actions.append(release(resource, manifest, reference))
    for manifest in orphans:
        if not dying and not deleting(manifest) and selects(manifest):
            claimed.append(manifest)
            actions.append(adopt(resource, manifest, reference))
    return Claimed(claimed, actions)


def adopt(resource: str, manifest: Manifest, reference: Manifest) -> Patch:
    meta = manifest["metadata"]
    patch = {"metadata": {"ownerReferences": [reference], "uid": meta["uid"]}}
    why = f"{meta['name']} has no owner and matches the selector of {reference['kind']} {reference['name']}, so it is adopted"
    return Patch(resource, meta["namespace"], meta["name"], patch, why, type="strategic", or_gone=True)


def release(resource: str, manifest: Manifest, reference: Manifest) -> Patch:
    meta = manifest["metadata"]
    patch = {"metadata": {"ownerReferences": [{"$patch": "delete", "uid": reference["uid"]}], "uid": meta["uid"]}}
    why = f"the labels of {meta['name']} no longer match the selector of {reference['kind']} {reference['name']}, so it is let go"
    return Patch(resource, meta["namespace"], meta["name"], patch, why, type="strategic", or_gone=True)
