"""Volume attributes class protection: a class stays while a claim or a volume uses it.

Models pkg/controller/volume/vacprotection/vac_protection_controller.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.machinery.manifest import at
from cluster_engine.reconcile.actions import Action, Update
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
CLASSES, CLAIMS, VOLUMES = "volumeattributesclasses.storage.k8s.io", "persistentvolumeclaims", "persistentvolumes"
FINALIZER = "kubernetes.io/vac-protection"


def reconcile(found: Manifest, view: View, now: float) -> Iterator[Action]:
    meta = found["metadata"]
    finalizers = meta.get("finalizers") or []
    if not deleting(found) and FINALIZER not in finalizers:
        yield Update(CLASSES, found | {"metadata": meta | {"finalizers": [*finalizers, FINALIZER]}}, "it shall not go while somebody uses it")
    elif deleting(found) and FINALIZER in finalizers and not _used(meta["name"], view):
        kept = [f for f in finalizers if f != FINALIZER]
        body = {k: v for k, v in meta.items() if k != "finalizers"} | ({"finalizers": kept} if kept else {})
        yield Update(CLASSES, found | {"metadata": body}, "it is being deleted and nobody uses it")


def _used(name: str, view: View) -> bool:
    return any(name in classes_of(m) for m in (*view.all(CLAIMS), *view.all(VOLUMES)))


def classes_of(manifest: Manifest) -> set[str]:
    """The classes that a claim or volume has, or is on its way to."""
    paths = ("spec.volumeAttributesClassName", "status.currentVolumeAttributesClassName", "status.modifyVolumeStatus.targetVolumeAttributesClassName")
    return {found for path in paths if (found := at(manifest, path))}


def keys_of_user(event: WatchEvent, view: View) -> Iterable[str]:
    """The classes that an object no longer uses."""
    before = classes_of(event.previous or event.object)
    return before if event.type == "DELETED" else before - classes_of(event.object)


CONTROLLER = Controller(
    "volumeattributesclass-protection-controller", CLASSES, reconcile, watches=(Watches(CLAIMS, keys_of_user), Watches(VOLUMES, keys_of_user))
)
