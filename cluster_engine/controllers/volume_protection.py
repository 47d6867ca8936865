"""Protection of claims and volumes: neither goes while somebody uses it, whoever deletes it.

Models pkg/controller/volume/pvcprotection and pvprotection.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.reconcile.actions import Action, Update
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.pods import finished
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
CLAIM_FINALIZER, VOLUME_FINALIZER = "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"


def claims_of_pod(pod: Manifest) -> tuple[str, ...]:
    """Index: the claims that a pod uses, its own ephemeral ones among them."""
    meta, found = pod["metadata"], []
    for volume in pod["spec"].get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            found.append(f"{meta['namespace']}/{volume['persistentVolumeClaim']['claimName']}")
        elif "ephemeral" in volume:
            found.append(f"{meta['namespace']}/{meta['name']}-{volume['name']}")
    return tuple(found)


def protect_claim(claim: Manifest, view: View, now: float) -> Iterator[Action]:
    users = [p for p in view.by_index("pods", "claim", key_of(claim)) if not finished(p) and p["spec"].get("nodeName")]
    yield from _protect("persistentvolumeclaims", claim, CLAIM_FINALIZER, users[0]["metadata"]["name"] if users else "")


def protect_volume(volume: Manifest, view: View, now: float) -> Iterator[Action]:
    bound = (volume.get("status") or {}).get("phase") == "Bound"
    yield from _protect("persistentvolumes", volume, VOLUME_FINALIZER, "its claim" if bound else "")


def _protect(resource: str, manifest: Manifest, finalizer: str, user: str) -> Iterator[Action]:
    meta = manifest["metadata"]
    finalizers = list(meta.get("finalizers") or ())
    if deleting(manifest) and finalizer in finalizers and not user:
        kept = [f for f in finalizers if f != finalizer]
        body = {k: v for k, v in meta.items() if k != "finalizers"} | ({"finalizers": kept} if kept else {})
        yield Update(resource, manifest | {"metadata": body}, "it is being deleted and nobody uses it any more")
    elif not deleting(manifest) and finalizer not in finalizers:
        yield Update(resource, manifest | {"metadata": meta | {"finalizers": [*finalizers, finalizer]}}, "it shall not go while somebody uses it")


def keys_of_pod(event: WatchEvent, view: View) -> Iterable[str]:
    if event.type == "DELETED" or finished(event.object) or deleting(event.object):
        yield from claims_of_pod(event.object)


CONTROLLERS = (
    Controller(
        "pvc-protection-controller",
        "persistentvolumeclaims",
        protect_claim,
        watches=(Watches("pods", keys_of_pod),),
        indices=(("pods", "claim", claims_of_pod),),
    ),
    Controller("pv-protection-controller", "persistentvolumes", protect_volume),
)
