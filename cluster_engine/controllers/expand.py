"""Volume expansion: a claim that asks for more gets it, if its class allows: first the volume grows, then the claim says so.

Models pkg/controller/volume/expand and kubernetes-csi/external-resizer.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.manifest import at, changed
from cluster_engine.machinery.quantity import parse
from cluster_engine.reconcile.actions import Action, Event, Update, UpdateStatus
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.selection import annotations_of
from cluster_engine.reconcile.settings import Settings
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
CLAIMS, VOLUMES = "persistentvolumeclaims", "persistentvolumes"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"


def controllers(settings: Settings) -> tuple[Controller, ...]:
    expand = Controller("expand-controller", CLAIMS, ask_driver, reads=(VOLUMES,), source="volume_expand")
    if not settings.storage_provisioners:
        return (expand,)
    watches = (Watches(VOLUMES, keys_of_volume),)
    return (expand, Controller("csi-resizer", CLAIMS, resize, watches=watches, account=settings.storage_account))


def _wanted(claim: Manifest, view: View) -> tuple[Manifest, str] | None:
    """The bound volume and the size that the claim asks for beyond what it has."""
    volume = view.get(VOLUMES, "", claim["spec"].get("volumeName") or "")
    want, have = at(claim, "spec.resources.requests.storage"), at(claim, "status.capacity.storage")
    if volume is None or not want or not have or at(claim, "status.phase") != "Bound" or parse(want) <= parse(have):
        return None
    return volume, want


def ask_driver(claim: Manifest, view: View, now: float) -> Iterator[Action]:
    """What the controller manager does itself: say that the driver's own resizer has the word."""
    found = _wanted(claim, view)
    if found is not None and view.memory.get(key_of(claim)) != found[1]:
        view.memory[key_of(claim)] = found[1]
        yield Event(claim, "Normal", "ExternalExpanding", "waiting for an external controller to expand this PVC")


def resize(claim: Manifest, view: View, now: float) -> Iterator[Action]:
    found = _wanted(claim, view)
    if found is None or PROVISIONED_BY not in annotations_of(found[0]):
        return
    volume, want = found
    name = volume["metadata"]["name"]
    if parse(at(volume, "spec.capacity.storage", "0")) < parse(want):
        yield Event(claim, "Normal", "Resizing", f"External resizer is resizing volume {name}")
        yield UpdateStatus(CLAIMS, changed(claim, "status.conditions", [_resizing(now)]), f"volume {name} is growing to {want}")
        yield Update(VOLUMES, changed(volume, "spec.capacity.storage", want), f"claim {key_of(claim)} asks for {want}")
        return
    status = {k: v for k, v in claim["status"].items() if k != "conditions"} | {"capacity": {"storage": want}}
    yield UpdateStatus(CLAIMS, claim | {"status": status}, f"volume {name} has {want} now")
    yield Event(claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded")


def _resizing(now: float) -> Manifest:
    return {"type": "Resizing", "status": "True", "lastProbeTime": None, "lastTransitionTime": timestamp(now)}


def keys_of_volume(event: WatchEvent, view: View) -> Iterable[str]:
    reference = event.object["spec"].get("claimRef") or {}
    return (f"{reference['namespace']}/{reference['name']}",) if reference.get("name") else ()
