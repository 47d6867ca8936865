"""Claims: each looks for its volume, step by step: the volume is reserved, then named in the claim, then both say Bound.

Models syncClaim of pkg/controller/volume/persistentvolume/pv_controller.go.
"""

from collections.abc import Iterator
from typing import Any

from cluster_engine.controllers.persistentvolume.matching import best_match, class_of, refers_to, satisfies
from cluster_engine.machinery.manifest import at, changed
from cluster_engine.reconcile.actions import Action, Event, Update, UpdateStatus
from cluster_engine.reconcile.selection import annotations_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
CLAIMS, VOLUMES, CLASSES = "persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"
BY_CONTROLLER, COMPLETED = "pv.kubernetes.io/bound-by-controller", "pv.kubernetes.io/bind-completed"
PROVISIONER, OLD_PROVISIONER = "volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner"
SELECTED_NODE, DEFAULT_CLASS = "volume.kubernetes.io/selected-node", "storageclass.kubernetes.io/is-default-class"


def reconcile(claim: Manifest, view: View, now: float) -> Iterator[Action]:
    if COMPLETED in annotations_of(claim):
        yield from _bound(claim, view)
    elif claim["spec"].get("volumeName"):
        yield from _named(claim, view)
    else:
        yield from _unbound(claim, view)


# -- no volume yet


def _unbound(claim: Manifest, view: View) -> Iterator[Action]:
    if claim["spec"].get("storageClassName") is None and not class_of(claim) and (default := _default_class(view)) is not None:
        name = default["metadata"]["name"]
        yield Update(CLAIMS, changed(claim, "spec.storageClassName", name), f"the claim names no class, and {name} is the default")
        return
    storage_class = view.get(CLASSES, "", class_of(claim)) if class_of(claim) else None
    late = (storage_class or {}).get("volumeBindingMode") == "WaitForFirstConsumer" and SELECTED_NODE not in annotations_of(claim)
    volume = best_match(view.all(VOLUMES), claim, reserved_only=late)
    if volume is not None:
        yield from bind(claim, volume)
        return
    yield from _wait(claim, storage_class, late, view)
    yield from _phase(claim, "Pending", None)


def _default_class(view: View) -> Manifest | None:
    found = [c for c in view.all(CLASSES) if annotations_of(c).get(DEFAULT_CLASS) == "true"]
    return max(found, key=lambda c: (c["metadata"]["creationTimestamp"], c["metadata"]["name"]), default=None)


def _wait(claim: Manifest, storage_class: Manifest | None, late: bool, view: View) -> Iterator[Action]:
    """Say what the claim waits for: a pod that uses it, a provisioner, or a person."""
    if late:
        yield Event(claim, "Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding")
    elif not class_of(claim):
        yield Event(claim, "Normal", "FailedBinding", "no persistent volumes available for this claim and no storage class is set")
    elif storage_class is None:
        yield Event(claim, "Warning", "ProvisioningFailed", f'storageclass.storage.k8s.io "{class_of(claim)}" not found')
    else:
        yield from _ask_provisioner(claim, storage_class["provisioner"])


def _ask_provisioner(claim: Manifest, provisioner: str) -> Iterator[Action]:
    wanted = {OLD_PROVISIONER: provisioner, PROVISIONER: provisioner}
    if wanted.items() - annotations_of(claim).items():
        noted = changed(claim, "metadata.annotations", {**annotations_of(claim), **wanted})
        yield Update(CLAIMS, noted, f"provisioner {provisioner} of its class is asked for a volume")
    message = (
        f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. "
        "If volume creation is delayed, please verify that the provisioner is running and correctly registered."
    )
    yield Event(claim, "Normal", "ExternalProvisioning", message)


# -- binding


def bind(claim: Manifest, volume: Manifest) -> Iterator[Action]:
    """The next step of binding these two."""
    meta, name = claim["metadata"], volume["metadata"]["name"]
    reference = volume["spec"].get("claimRef")
    if not reference or reference.get("uid") != meta["uid"]:
        yield Update(VOLUMES, _reserved(volume, claim), f"volume {name} suits claim {meta['name']}")
    elif claim["spec"].get("volumeName") != name or COMPLETED not in annotations_of(claim):
        notes = {**annotations_of(claim), COMPLETED: "yes"} | ({} if claim["spec"].get("volumeName") else {BY_CONTROLLER: "yes"})
        named = changed(changed(claim, "spec.volumeName", name), "metadata.annotations", notes)
        yield Update(CLAIMS, named, f"volume {name} is reserved for the claim")
    else:
        yield from _phase(claim, "Bound", volume)


def _reserved(volume: Manifest, claim: Manifest) -> Manifest:
    meta, old = claim["metadata"], volume["spec"].get("claimRef")
    reference = {"kind": "PersistentVolumeClaim", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"], "apiVersion": "v1"}
    made = changed(volume, "spec.claimRef", reference | {"resourceVersion": meta["resourceVersion"]})
    if old:
        return made
    return changed(made, "metadata.annotations", {**annotations_of(volume), BY_CONTROLLER: "yes"})


def _named(claim: Manifest, view: View) -> Iterator[Action]:
    """The claim names its volume itself, or binding was cut short."""
    volume = view.get(VOLUMES, "", claim["spec"]["volumeName"])
    if volume is None:
        yield from _phase(claim, "Pending", None)
    elif refers_to(volume, claim):
        yield from bind(claim, volume)
    elif volume["spec"].get("claimRef"):
        yield from _phase(claim, "Pending", None)
    elif unfit := satisfies(volume, claim):
        yield Event(claim, "Warning", "VolumeMismatch", f'Cannot bind to requested volume "{volume["metadata"]["name"]}": {unfit}')
        yield from _phase(claim, "Pending", None)
    else:
        yield from bind(claim, volume)


def _bound(claim: Manifest, view: View) -> Iterator[Action]:
    volume = view.get(VOLUMES, "", claim["spec"].get("volumeName", ""))
    if not claim["spec"].get("volumeName"):
        yield from _lost(claim, "ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!")
    elif volume is None:
        yield from _lost(claim, "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!")
    elif not volume["spec"].get("claimRef") or refers_to(volume, claim):
        yield from bind(claim, volume)
    else:
        yield from _lost(claim, "ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly")


def _lost(claim: Manifest, reason: str, message: str) -> Iterator[Action]:
    if at(claim, "status.phase") != "Lost":
        yield from _phase(claim, "Lost", None)
        yield Event(claim, "Warning", reason, message)


def _phase(claim: Manifest, phase: str, volume: Manifest | None) -> Iterator[Action]:
    status = {k: v for k, v in (claim.get("status") or {}).items() if k not in ("accessModes", "capacity")} | {"phase": phase}
    if volume is not None:
        kept = at(claim, "status.capacity") if at(claim, "status.phase") == "Bound" else None
        status |= {"accessModes": volume["spec"].get("accessModes"), "capacity": kept or volume["spec"]["capacity"]}
    if status != (claim.get("status") or {}):
        why = f"volume {volume['metadata']['name']} is bound to it" if volume is not None else f"it has no volume: {phase}"
        yield UpdateStatus(CLAIMS, claim | {"status": status}, why)
