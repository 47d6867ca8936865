"""PersistentVolume binder: brings claims and volumes together, and says what becomes of a volume whose claim is gone.

Models pkg/controller/volume/persistentvolume/pv_controller.go.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.controllers.persistentvolume import claims
from cluster_engine.controllers.persistentvolume.claims import BY_CONTROLLER, CLAIMS, CLASSES, VOLUMES
from cluster_engine.controllers.persistentvolume.matching import class_of
from cluster_engine.machinery.manifest import at, changed
from cluster_engine.reconcile.actions import Action, Delete, Event, Update, UpdateStatus
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.selection import annotations_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
ACCOUNT, SOURCE = "persistent-volume-binder", "persistentvolume-controller"


def reconcile_volume(volume: Manifest, view: View, now: float) -> Iterator[Action]:
    reference = volume["spec"].get("claimRef")
    if not reference or not reference.get("uid"):
        yield from _phase(volume, "Available", "no claim has it")
        return
    claim = view.get(CLAIMS, reference["namespace"], reference["name"])
    if claim is None or claim["metadata"]["uid"] != reference["uid"]:
        yield from _released(volume)
    elif claim["spec"].get("volumeName") == volume["metadata"]["name"]:
        yield from _phase(volume, "Bound", f"claim {key_of(claim)} has it")
    elif claim["spec"].get("volumeName") and BY_CONTROLLER in annotations_of(volume):
        notes = {k: v for k, v in annotations_of(volume).items() if k != BY_CONTROLLER}
        freed = volume | {"spec": {k: v for k, v in volume["spec"].items() if k != "claimRef"}}
        yield Update(VOLUMES, changed(freed, "metadata.annotations", notes), "the claim took another volume")


def _released(volume: Manifest) -> Iterator[Action]:
    """The claim is gone: keep the volume for a person, or delete it as its policy says."""
    meta, phase = volume["metadata"], at(volume, "status.phase")
    if phase not in ("Released", "Failed"):
        yield from _phase(volume, "Released", "its claim is gone")
        return
    if volume["spec"].get("persistentVolumeReclaimPolicy") != "Delete" or phase == "Failed" or deleting(volume):
        return
    trouble = _cannot_delete(volume)
    if trouble is None:
        return
    if trouble:
        status = (volume.get("status") or {}) | {"phase": "Failed", "message": trouble}
        yield UpdateStatus(VOLUMES, volume | {"status": status}, "what it stands on could not be deleted")
        yield Event(volume, "Warning", "VolumeFailedDelete", trouble)
    else:
        yield Delete(VOLUMES, "", meta["name"], "its claim is gone and its policy is Delete", meta["uid"])


def _cannot_delete(volume: Manifest) -> str | None:
    """Why this loop cannot delete what the volume stands on: "" if it can, None if that is its driver's work."""
    spec = volume["spec"]
    if "csi" in spec or PROVISIONED_BY in annotations_of(volume):
        return None
    path = at(spec, "hostPath.path")
    if path is None:
        return f'error getting deleter volume plugin for volume "{volume["metadata"]["name"]}": no volume plugin matched'
    return "" if re.fullmatch("/tmp/.+", path) else f"host_path deleter only supports /tmp/.+ but received provided {path}"


def _phase(volume: Manifest, phase: str, why: str) -> Iterator[Action]:
    if at(volume, "status.phase") != phase:
        status = {k: v for k, v in (volume.get("status") or {}).items() if k != "message"} | {"phase": phase}
        yield UpdateStatus(VOLUMES, volume | {"status": status}, why)


# -- who wakes them


def claims_of_volume(event: WatchEvent, view: View) -> Iterable[str]:
    """The claim that a volume is for; for a free one, every claim of its class that waits."""
    for volume in (event.object, event.previous):
        reference = volume["spec"].get("claimRef") if volume is not None else None
        if reference:
            yield f"{reference['namespace']}/{reference['name']}"
    name = event.object["metadata"]["name"]
    for claim in view.all(CLAIMS):
        if claim["spec"].get("volumeName") == name or (not claim["spec"].get("volumeName") and class_of(claim) == class_of(event.object)):
            yield key_of(claim)


def claims_of_class(event: WatchEvent, view: View) -> Iterable[str]:
    return [key_of(c) for c in view.all(CLAIMS) if not c["spec"].get("volumeName") and class_of(c) in ("", event.object["metadata"]["name"])]


def volumes_of_claim(event: WatchEvent, view: View) -> Iterable[str]:
    found = [v["metadata"]["name"] for v in view.by_index(VOLUMES, "claim", key_of(event.object))]
    name = event.object["spec"].get("volumeName")
    return [*found, name] if name and name not in found else found


def claim_of(volume: Manifest) -> tuple[str, ...]:
    """Index: the claim that a volume is for."""
    reference = volume["spec"].get("claimRef")
    return (f"{reference['namespace']}/{reference['name']}",) if reference and reference.get("name") else ()


CONTROLLERS = (
    Controller(
        "persistent-volume-binder",
        CLAIMS,
        claims.reconcile,
        watches=(Watches(VOLUMES, claims_of_volume), Watches(CLASSES, claims_of_class)),
        source=SOURCE,
    ),
    Controller(
        "persistent-volume-reclaimer",
        VOLUMES,
        reconcile_volume,
        watches=(Watches(CLAIMS, volumes_of_claim),),
        indices=((VOLUMES, "claim", claim_of),),
        account=ACCOUNT,
        source=SOURCE,
    ),
)
