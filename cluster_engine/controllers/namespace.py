"""Namespace: when one is deleted, deletes everything in it, pods first, and only then lets the namespace go.

Models pkg/controller/namespace and its deletion package.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.manifest import changed, without
from cluster_engine.reconcile.actions import Action, Delete, Update, UpdateStatus
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.view import EVERYTHING, View
from cluster_engine.resources.kind import Kind

Manifest = dict[str, Any]
FINALIZER = "kubernetes"
CONTENT, FINALIZERS = "NamespaceContentRemaining", "NamespaceFinalizersRemaining"
FINE = {
    "NamespaceDeletionDiscoveryFailure": ("ResourcesDiscovered", "All resources successfully discovered"),
    "NamespaceDeletionGroupVersionParsingFailure": ("ParsedGroupVersions", "All legacy kube types successfully parsed"),
    "NamespaceDeletionContentFailure": ("ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
    CONTENT: ("ContentRemoved", "All content successfully removed"),
    FINALIZERS: ("ContentRemoved", "All content successfully removed"),
}
Content = list[tuple[Kind, Manifest]]


def reconcile(namespace: Manifest, view: View, now: float) -> Iterator[Action]:
    if not deleting(namespace) or not (namespace["spec"].get("finalizers") or ()):
        return
    content = list(view.in_namespace(namespace["metadata"]["name"]))
    reported = changed(changed(namespace, "status.phase", "Terminating"), "status.conditions", _conditions(namespace, content, now))
    if reported["status"] != namespace.get("status"):
        yield UpdateStatus("namespaces", reported, f"{len(content)} objects are left in the namespace")
    pods = [entry for entry in content if entry[0].name == "pods"]
    for kind, manifest in pods or content:
        if not deleting(manifest):
            meta = manifest["metadata"]
            why = f"its namespace {meta['namespace']} is being deleted"
            yield Delete(kind.name, meta["namespace"], meta["name"], why, meta["uid"], propagation="Background")
    if not content:
        kept = [f for f in namespace["spec"]["finalizers"] if f != FINALIZER]
        emptied = without(changed(namespace, "spec.finalizers", kept), "metadata.resourceVersion")
        yield Update("namespaces", emptied, "nothing is left in the namespace", subresource="finalize")


def _conditions(namespace: Manifest, content: Content, now: float) -> list[Manifest]:
    """The five conditions of a deletion, each kept as it is while nothing about it changes."""
    old = {c["type"]: c for c in (namespace.get("status") or {}).get("conditions") or ()}
    bad = _remaining(content)
    made = list[Manifest]()
    for type_, (reason, message) in FINE.items():
        entry = {"type": type_, "status": "False", "reason": reason, "message": message} | bad.get(type_, {})
        before = old.get(type_)
        same = before is not None and before["status"] == entry["status"]
        made.append(entry | {"lastTransitionTime": before["lastTransitionTime"] if before is not None and same else timestamp(now)})
    return [c for t, c in old.items() if t not in FINE] + made


def _remaining(content: Content) -> dict[str, Manifest]:
    if not content:
        return {}
    kinds = Counter(f"{kind.plural}.{kind.group}" for kind, _ in content)
    holders = Counter(f for _, manifest in content for f in manifest["metadata"].get("finalizers") or ())
    bad: dict[str, Manifest] = {}
    left = ", ".join(sorted(f"{name} has {count} resource instances" for name, count in kinds.items()))
    bad[CONTENT] = {"status": "True", "reason": "SomeResourcesRemain", "message": f"Some resources are remaining: {left}"}
    if holders:
        held = ", ".join(sorted(f"{name} in {count} resource instances" for name, count in holders.items()))
        bad[FINALIZERS] = {"status": "True", "reason": "SomeFinalizersRemain", "message": f"Some content in the namespace has finalizers remaining: {held}"}
    return bad


def keys_of_content(event: WatchEvent, view: View) -> Iterable[str]:
    """A namespace on its way out looks again whenever something in it goes or comes."""
    name = event.object["metadata"].get("namespace", "")
    namespace = view.get("namespaces", "", name) if name else None
    return (name,) if namespace is not None and deleting(namespace) else ()


CONTROLLER = Controller("namespace-controller", "namespaces", reconcile, watches=(Watches(EVERYTHING, keys_of_content),))
