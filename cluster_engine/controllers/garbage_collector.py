"""Garbage collector: deletes what no living owner holds any more, and carries out foreground and orphaning deletions.

Models pkg/controller/garbagecollector. The graph of owners and dependents is the informers' index of owner references.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.reconcile.actions import Action, Delete, Event, Patch
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.view import EVERYTHING, View, key_in_all

Manifest = dict[str, Any]
ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
IGNORED = ("events",)


@dataclass(frozen=True, slots=True)
class Owners:
    """An object's owner references: to living owners, to absent ones, and to owners that wait for their dependents to go."""

    solid: list[Manifest]
    dangling: list[Manifest]
    waiting: list[Manifest]


def reconcile(manifest: Manifest, view: View, now: float) -> Iterator[Action]:
    finalizers = manifest["metadata"].get("finalizers") or ()
    if deleting(manifest) and ORPHAN in finalizers:
        yield from _let_dependents_go(manifest, view)
    elif deleting(manifest) and FOREGROUND in finalizers:
        yield from _delete_dependents_first(manifest, view)
    elif not deleting(manifest):
        yield from _collect(manifest, view)


# -- the three ways


def _collect(manifest: Manifest, view: View) -> Iterator[Action]:
    """Delete an object without living owners; of one that still has some, drop the references to the others."""
    references = manifest["metadata"].get("ownerReferences") or ()
    owners = _classified(manifest, references, view) if references else None
    if owners is None:
        return
    lost = owners.dangling + owners.waiting
    if owners.solid:
        if lost:
            names = ", ".join(r["name"] for r in lost)
            yield _keep_references(manifest, owners.solid, view, f"its owner {names} is gone, but {owners.solid[0]['name']} still holds it")
        return
    yield from _strange_owners(manifest, owners.dangling, view)
    if owners.waiting and any(True for _ in view.dependents(manifest["metadata"]["uid"])):
        yield _delete(manifest, view, f"its owner {owners.waiting[0]['name']} waits for it to go", "Foreground")
        return
    gone = "is gone" if owners.dangling else "is being deleted"
    finalizers = manifest["metadata"].get("finalizers") or ()
    policy = "Orphan" if ORPHAN in finalizers else "Foreground" if FOREGROUND in finalizers else "Background"
    yield _delete(manifest, view, f"its owner {lost[0]['kind']} {lost[0]['name']} {gone}", policy)


def _delete_dependents_first(owner: Manifest, view: View) -> Iterator[Action]:
    uid = owner["metadata"]["uid"]
    dependents = list(view.dependents(uid))
    blocking = [d for _, d in dependents if _blocks(d, uid)]
    for _, dependent in dependents:
        if not deleting(dependent):
            yield from _collect(dependent, view)
    if not blocking:
        yield _drop_finalizer(owner, FOREGROUND, view, "none of its dependents is left that would block it")


def _let_dependents_go(owner: Manifest, view: View) -> Iterator[Action]:
    uid, name = owner["metadata"]["uid"], owner["metadata"]["name"]
    for _, dependent in view.dependents(uid):
        kept = [r for r in dependent["metadata"]["ownerReferences"] if r["uid"] != uid]
        yield _keep_references(dependent, kept, view, f"its owner {name} is deleted and asked to leave it behind as an orphan")
    yield _drop_finalizer(owner, ORPHAN, view, "all its dependents are orphans now")


# -- reading the graph


def _blocks(dependent: Manifest, uid: str) -> bool:
    return any(r["uid"] == uid and r.get("blockOwnerDeletion") for r in dependent["metadata"].get("ownerReferences") or ())


def _classified(manifest: Manifest, references: Iterable[Manifest], view: View) -> Owners | None:
    """None when an owner's kind is not served or not cached yet: nothing is known about it then."""
    owners = Owners([], [], [])
    for reference in references:
        kind = view.kinds.by_kind(reference["apiVersion"], reference["kind"])
        namespace = manifest["metadata"].get("namespace", "")
        if kind is None or (kind.namespaced and not namespace) or not view.synced(kind.name):
            return None
        owner = view.get(kind.name, namespace if kind.namespaced else "", reference["name"])
        if owner is None or owner["metadata"]["uid"] != reference["uid"]:
            owners.dangling.append(reference)
        elif deleting(owner) and FOREGROUND in (owner["metadata"].get("finalizers") or ()):
            owners.waiting.append(reference)
        else:
            owners.solid.append(reference)
    return owners


def _strange_owners(manifest: Manifest, dangling: list[Manifest], view: View) -> Iterator[Action]:
    """Tell of owners that live, but in another namespace, where they own nothing here."""
    namespace = manifest["metadata"].get("namespace", "")
    for reference in dangling:
        kind = view.kinds.by_kind(reference["apiVersion"], reference["kind"])
        if kind is None or not any(o["metadata"]["uid"] == reference["uid"] for o in view.all(kind.name)):
            continue
        coordinates = f"{reference['apiVersion']}/{reference['kind']}, namespace: {namespace}, name: {reference['name']}, uid: {reference['uid']}"
        yield Event(manifest, "Warning", "OwnerRefInvalidNamespace", f'ownerRef [{coordinates}] does not exist in namespace "{namespace}"')


# -- the writes


def _place(manifest: Manifest, view: View) -> tuple[str, str, str]:
    meta = manifest["metadata"]
    return view.resource_of(manifest), meta.get("namespace", ""), meta["name"]


def _delete(manifest: Manifest, view: View, why: str, propagation: str) -> Delete:
    resource, namespace, name = _place(manifest, view)
    return Delete(resource, namespace, name, why, manifest["metadata"]["uid"], propagation=propagation)


def _keep_references(manifest: Manifest, kept: list[Manifest], view: View, why: str) -> Patch:
    meta = manifest["metadata"]
    patch = {"metadata": {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"], "ownerReferences": kept or None}}
    return Patch(*_place(manifest, view), patch, why, or_gone=True)


def _drop_finalizer(manifest: Manifest, finalizer: str, view: View, why: str) -> Patch:
    meta = manifest["metadata"]
    kept = [f for f in meta["finalizers"] if f != finalizer]
    patch = {"metadata": {"uid": meta["uid"], "resourceVersion": meta["resourceVersion"], "finalizers": kept or None}}
    return Patch(*_place(manifest, view), patch, why, or_gone=True)


# -- who wakes it


def keys(event: WatchEvent, view: View) -> Iterable[str]:
    """The object itself if it has owners or waits for its dependents; its dependents when it is gone; its dying owners."""
    manifest, resource = event.object, view.resource_of(event.object)
    if not resource or resource in IGNORED or not _matters(event):
        return
    meta = manifest["metadata"]
    if event.type == "DELETED":
        for dependent_resource, dependent in view.dependents(meta["uid"]):
            yield key_in_all(dependent_resource, dependent)
    elif meta.get("ownerReferences") or "deletionTimestamp" in meta:
        yield key_in_all(resource, manifest)
    for reference in ((event.previous or manifest)["metadata"].get("ownerReferences") or ()) if _unblocks(event) else ():
        kind = view.kinds.by_kind(reference["apiVersion"], reference["kind"])
        owner = view.get(kind.name, meta.get("namespace", "") if kind.namespaced else "", reference["name"]) if kind else None
        if owner is not None and deleting(owner) and kind is not None:
            yield key_in_all(kind.name, owner)


def _matters(event: WatchEvent) -> bool:
    """Whether anything changed that the graph is made of."""
    if event.type != "MODIFIED" or event.previous is None:
        return True
    before, after = event.previous["metadata"], event.object["metadata"]
    return any(before.get(part) != after.get(part) for part in ("ownerReferences", "finalizers", "deletionTimestamp"))


def _unblocks(event: WatchEvent) -> bool:
    """Whether an owner in foreground deletion may have one dependent less to wait for."""
    if event.type == "DELETED":
        return True
    before = (event.previous or event.object)["metadata"].get("ownerReferences")
    return event.previous is not None and before != event.object["metadata"].get("ownerReferences")


# -- for eyes


def graph(view: View) -> dict[str, Any]:
    """Who owns whom: `nodes` by uid, and `edges` as (owner, dependent, whether it blocks the owner's deletion)."""
    known = {m["metadata"]["uid"]: (kind.kind, m) for kind in view.served() for m in view.all(kind.name)}
    nodes: dict[str, dict[str, Any]] = {}
    edges: list[tuple[str, str, bool]] = []
    for uid, (_, manifest) in known.items():
        for reference in manifest["metadata"].get("ownerReferences") or ():
            edges.append((reference["uid"], uid, bool(reference.get("blockOwnerDeletion"))))
            for end in (uid, reference["uid"]):
                nodes[end] = _node(*known[end]) if end in known else {"kind": reference["kind"], "name": reference["name"], "absent": True}
    return {"nodes": nodes, "edges": edges}


def _node(kind: str, manifest: Manifest) -> dict[str, Any]:
    meta = manifest["metadata"]
    return {"kind": kind, "name": meta["name"], "namespace": meta.get("namespace", ""), "deleting": deleting(manifest)}


CONTROLLER = Controller(
    "generic-garbage-collector", EVERYTHING, reconcile, watches=(Watches(EVERYTHING, keys),), source="garbage-collector-controller", explain=graph
)
