"""Which volume suits a claim: class, mode, access modes, selector and size, the smallest first.

Models pkg/controller/volume/persistentvolume/pv_controller.go and index.go.
"""

from collections.abc import Iterable
from typing import Any

from cluster_engine.machinery.manifest import at
from cluster_engine.machinery.quantity import parse
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.selection import annotations_of, fits, labels_of

Manifest = dict[str, Any]
OLD_CLASS = "volume.beta.kubernetes.io/storage-class"


def class_of(manifest: Manifest) -> str:
    return str(annotations_of(manifest).get(OLD_CLASS) or manifest["spec"].get("storageClassName") or "")


def refers_to(volume: Manifest, claim: Manifest) -> bool:
    """Whether a volume is bound, or reserved by its maker, for this very claim."""
    reference = volume["spec"].get("claimRef")
    if not reference:
        return False
    meta = claim["metadata"]
    same = (reference.get("namespace"), reference.get("name")) == (meta["namespace"], meta["name"])
    return same and reference.get("uid", "") in ("", meta["uid"])


def satisfies(volume: Manifest, claim: Manifest) -> str:
    """Why the volume cannot serve the claim; "" if it can."""
    want, have = claim["spec"], volume["spec"]
    if parse(at(have, "capacity.storage", "0")) < parse(at(want, "resources.requests.storage", "0")):
        return "requested PV is too small"
    if class_of(volume) != class_of(claim):
        return "storageClassName does not match"
    if have.get("volumeMode", "Filesystem") != want.get("volumeMode", "Filesystem"):
        return "incompatible volumeMode"
    if not set(want.get("accessModes") or ()) <= set(have.get("accessModes") or ()):
        return "incompatible accessMode"
    return ""


def best_match(volumes: Iterable[Manifest], claim: Manifest, reserved_only: bool) -> Manifest | None:
    """The volume reserved for the claim, else the smallest free one that suits it (not while binding is put off)."""
    suitable = [v for v in volumes if not deleting(v) and not satisfies(v, claim)]
    reserved = next((v for v in suitable if refers_to(v, claim)), None)
    if reserved is not None or reserved_only:
        return reserved
    selector = claim["spec"].get("selector")
    free = [v for v in suitable if not v["spec"].get("claimRef") and at(v, "status.phase") == "Available"]
    chosen = [v for v in free if selector is None or fits(selector, labels_of(v))]
    return min(chosen, key=lambda v: (parse(v["spec"]["capacity"]["storage"]), v["metadata"]["name"]), default=None)
