"""Attach and detach: asks for a volume to be attached to the node of a pod that uses it, and to be detached after the last one.

Models pkg/controller/volume/attachdetach and, for the driver's side, kubernetes-csi/external-attacher.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.machinery.manifest import at
from cluster_engine.reconcile.actions import Action, Create, Delete, Event, UpdateStatus
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.pods import finished
from cluster_engine.reconcile.settings import Settings
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
ATTACHMENTS, DRIVERS = "volumeattachments.storage.k8s.io", "csidrivers.storage.k8s.io"
CLAIMS, VOLUMES = "persistentvolumeclaims", "persistentvolumes"
ONE_NODE = {"ReadWriteOnce", "ReadWriteOncePod"}


def attach(pod: Manifest, view: View, now: float) -> Iterator[Action]:
    """Ask for the attachments that a bound pod needs."""
    node = pod["spec"].get("nodeName", "")
    if not node or finished(pod) or deleting(pod):
        return
    for volume in volumes_of(pod, view):
        name = attachment_name(volume, node)
        standing = view.get(ATTACHMENTS, "", name)
        if standing is not None:
            if at(standing, "status.attached"):
                yield from _tell(pod, volume, view)
            continue
        elsewhere = [a for a in view.by_index(ATTACHMENTS, "volume", volume["metadata"]["name"]) if a["spec"]["nodeName"] != node]
        if elsewhere and set(volume["spec"].get("accessModes") or ()) <= ONE_NODE:
            message = "Volume is already exclusively attached to one node and can't be attached to another"
            yield Event(pod, "Warning", "FailedAttachVolume", f'Multi-Attach error for volume "{volume["metadata"]["name"]}" {message}')
            continue
        spec = {"attacher": volume["spec"]["csi"]["driver"], "nodeName": node, "source": {"persistentVolumeName": volume["metadata"]["name"]}}
        made = {"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": {"name": name}, "spec": spec}
        yield Create(ATTACHMENTS, made, f"pod {key_of(pod)} on {node} uses volume {volume['metadata']['name']}", or_exists=True)


def _tell(pod: Manifest, volume: Manifest, view: View) -> Iterator[Action]:
    """Say once to each pod that its volume is attached."""
    told = view.memory.setdefault("told", {}).setdefault(pod["metadata"]["uid"], set())
    name = volume["metadata"]["name"]
    if name not in told:
        told.add(name)
        yield Event(pod, "Normal", "SuccessfulAttachVolume", f'AttachVolume.Attach succeeded for volume "{name}"')


def forget(key: str, view: View, now: float) -> Iterator[Action]:
    known = {p["metadata"]["uid"] for p in view.all("pods")}
    told = view.memory.get("told", {})
    for uid in [u for u in told if u not in known]:
        del told[uid]
    yield from ()


def detach(attachment: Manifest, view: View, now: float) -> Iterator[Action]:
    """Take an attachment away that no pod on its node needs any more."""
    spec, meta = attachment["spec"], attachment["metadata"]
    name = at(spec, "source.persistentVolumeName")
    volume = view.get(VOLUMES, "", name or "")
    if volume is None:
        return  # somebody else's attachment, or made by hand: upstream looks up the volume first and leaves it alone
    reference = at(volume, "spec.claimRef") or {}
    users = view.by_index("pods", "claim", f"{reference.get('namespace')}/{reference.get('name')}") if reference else []
    if not deleting(attachment) and not any(p["spec"].get("nodeName") == spec["nodeName"] and not finished(p) for p in users):
        yield Delete(ATTACHMENTS, "", meta["name"], f"no pod on {spec['nodeName']} uses volume {name} any more", meta["uid"])


def confirm(attachment: Manifest, view: View, now: float) -> Iterator[Action]:
    """The driver's side: what is asked for is done."""
    if not at(attachment, "status.attached") and not deleting(attachment):
        done = attachment | {"status": {"attached": True}}
        yield UpdateStatus(ATTACHMENTS, done, f"driver {attachment['spec']['attacher']} has attached the volume to {attachment['spec']['nodeName']}")


# -- which volumes


def claims_of_pod(pod: Manifest) -> tuple[str, ...]:
    """Index: the claims that a pod uses."""
    meta, found = pod["metadata"], []
    for volume in pod["spec"].get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            found.append(f"{meta['namespace']}/{volume['persistentVolumeClaim']['claimName']}")
        elif "ephemeral" in volume:
            found.append(f"{meta['namespace']}/{meta['name']}-{volume['name']}")
    return tuple(found)


def volumes_of(pod: Manifest, view: View) -> list[Manifest]:
    """The bound volumes of a pod whose driver wants them attached."""
    found = []
    for key in claims_of_pod(pod):
        claim = view.by_key(CLAIMS, key)
        volume = view.get(VOLUMES, "", claim["spec"].get("volumeName", "")) if claim is not None else None
        driver = at(volume or {}, "spec.csi.driver")
        known = view.get(DRIVERS, "", driver) if driver else None
        if volume is not None and driver and at(known or {}, "spec.attachRequired", True) and at(claim, "status.phase") == "Bound":
            found.append(volume)
    return found


def attachment_name(volume: Manifest, node: str) -> str:
    csi = volume["spec"]["csi"]
    return "csi-" + hashlib.sha256(f"{csi['volumeHandle']}{csi['driver']}{node}".encode()).hexdigest()


def volume_of(attachment: Manifest) -> tuple[str, ...]:
    """Index: the volume that an attachment is about."""
    name = at(attachment, "spec.source.persistentVolumeName")
    return (name,) if name else ()


# -- who wakes them


def pods_of_claim(event: WatchEvent, view: View) -> Iterable[str]:
    return [key_of(p) for p in view.by_index("pods", "claim", key_of(event.object))]


def pods_of_attachment(event: WatchEvent, view: View) -> Iterable[str]:
    """Pods that use the volume: the one that waited for it, and those that wait until another node lets it go."""
    volume = view.get(VOLUMES, "", next(iter(volume_of(event.object)), ""))
    reference = at(volume or {}, "spec.claimRef") or {}
    return [key_of(p) for p in view.by_index("pods", "claim", f"{reference.get('namespace')}/{reference.get('name')}")]


def attachments_of_pod(event: WatchEvent, view: View) -> Iterable[str]:
    if event.type != "DELETED" and not finished(event.object):
        return
    for key in claims_of_pod(event.object):
        claim = view.by_key(CLAIMS, key)
        if claim is not None and claim["spec"].get("volumeName"):
            yield from (a["metadata"]["name"] for a in view.by_index(ATTACHMENTS, "volume", claim["spec"]["volumeName"]))


PODS_BY_CLAIM = ("pods", "claim", claims_of_pod)
ACCOUNT = "attachdetach-controller"


def controllers(settings: Settings) -> tuple[Controller, ...]:
    loops = (
        Controller(
            ACCOUNT,
            "pods",
            attach,
            watches=(Watches(CLAIMS, pods_of_claim), Watches(ATTACHMENTS, pods_of_attachment)),
            reads=(VOLUMES, DRIVERS),
            gone=forget,
            indices=(PODS_BY_CLAIM, (ATTACHMENTS, "volume", volume_of)),
        ),
        Controller(
            "detach-controller",
            ATTACHMENTS,
            detach,
            watches=(Watches("pods", attachments_of_pod),),
            indices=(PODS_BY_CLAIM,),
            account=ACCOUNT,
            source=ACCOUNT,
        ),
    )
    if not settings.storage_provisioners:
        return loops
    return (*loops, Controller("csi-attacher", ATTACHMENTS, confirm, account=settings.storage_account))
