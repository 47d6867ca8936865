"""Storage provisioner: makes a volume for each claim that asks for one, and deletes it when its claim is gone.

Models sigs.k8s.io/sig-storage-lib-external-provisioner and kubernetes-csi/external-provisioner; runs beside the driver.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.machinery.manifest import at
from cluster_engine.reconcile.actions import Action, Create, Delete, Event
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.selection import annotations_of, labels_of
from cluster_engine.reconcile.settings import Settings
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
CLAIMS, VOLUMES, CLASSES = "persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io"
DRIVERS = "csidrivers.storage.k8s.io"
PROVISIONER, PROVISIONED_BY = "volume.kubernetes.io/storage-provisioner", "pv.kubernetes.io/provisioned-by"
SELECTED_NODE, OLD_CLASS = "volume.kubernetes.io/selected-node", "volume.beta.kubernetes.io/storage-class"
ZONE = "topology.kubernetes.io/zone"


def controllers(settings: Settings) -> tuple[Controller, ...]:
    if not settings.storage_provisioners:
        return ()
    served = settings.storage_provisioners

    def provision(claim: Manifest, view: View, now: float) -> Iterator[Action]:
        provisioner = annotations_of(claim).get(PROVISIONER, "")
        if not _serves(served, provisioner, view) or claim["spec"].get("volumeName") or deleting(claim):
            return
        name = f"pvc-{claim['metadata']['uid']}"
        storage_class = view.get(CLASSES, "", class_of(claim))
        if storage_class is None or view.get(VOLUMES, "", name) is not None:
            return
        yield Event(claim, "Normal", "Provisioning", f'External provisioner is provisioning volume for claim "{key_of(claim)}"')
        volume = _volume(name, claim, storage_class, provisioner, view)

        def then(made: Manifest) -> list[Action]:
            return [Event(claim, "Normal", "ProvisioningSucceeded", f"Successfully provisioned volume {name}")]

        def refused(error: Any) -> list[Action]:
            message = f'failed to provision volume with StorageClass "{class_of(claim)}": {error.message}'
            return [Event(claim, "Warning", "ProvisioningFailed", message)]

        yield Create(VOLUMES, volume, f"claim {key_of(claim)} asks {provisioner} for a volume", or_exists=True, then=then, refused=refused)

    def reclaim(volume: Manifest, view: View, now: float) -> Iterator[Action]:
        meta = volume["metadata"]
        ours = _serves(served, annotations_of(volume).get(PROVISIONED_BY, ""), view)
        policy = volume["spec"].get("persistentVolumeReclaimPolicy")
        if ours and policy == "Delete" and at(volume, "status.phase") == "Released" and not deleting(volume):
            yield Delete(VOLUMES, "", meta["name"], "its claim is gone and its policy is Delete", meta["uid"])

    watches = (Watches(CLASSES, keys_of_class),)
    name = "csi-provisioner"
    return (
        Controller(name, CLAIMS, provision, watches=watches, reads=(VOLUMES, DRIVERS, "nodes"), account=settings.storage_account),
        Controller("csi-reclaimer", VOLUMES, reclaim, reads=(DRIVERS,), account=settings.storage_account, source=name),
    )


def class_of(claim: Manifest) -> str:
    return str(annotations_of(claim).get(OLD_CLASS) or claim["spec"].get("storageClassName") or "")


def _serves(served: tuple[str, ...], provisioner: str, view: View) -> bool:
    return provisioner in served or (bool(provisioner) and view.get(DRIVERS, "", provisioner) is not None)


def _volume(name: str, claim: Manifest, storage_class: Manifest, provisioner: str, view: View) -> Manifest:
    meta, want = claim["metadata"], claim["spec"]
    reference = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}
    spec: Manifest = {
        "capacity": {"storage": at(want, "resources.requests.storage", "1Gi")},
        "accessModes": want.get("accessModes") or ["ReadWriteOnce"],
        "claimRef": reference | {"resourceVersion": meta["resourceVersion"]},
        "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
        "storageClassName": storage_class["metadata"]["name"],
        "volumeMode": want.get("volumeMode", "Filesystem"),
    }
    if storage_class.get("mountOptions"):
        spec["mountOptions"] = storage_class["mountOptions"]
    driver = view.get(DRIVERS, "", provisioner)
    if driver is not None:
        spec["csi"] = {"driver": provisioner, "volumeHandle": meta["uid"], "fsType": "ext4", "volumeAttributes": storage_class.get("parameters") or {}}
    else:
        spec["hostPath"] = {"path": f"/tmp/hostpath-provisioner/{meta['namespace']}/{meta['name']}", "type": ""}
    node = view.get("nodes", "", annotations_of(claim).get(SELECTED_NODE, ""))
    if driver is not None and node is not None and (zone := labels_of(node).get(ZONE)):
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": ZONE, "operator": "In", "values": [zone]}]}]}}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name, "annotations": {PROVISIONED_BY: provisioner}}, "spec": spec}


def keys_of_class(event: WatchEvent, view: View) -> Iterable[str]:
    return [key_of(c) for c in view.all(CLAIMS) if not c["spec"].get("volumeName") and class_of(c) == event.object["metadata"]["name"]]
