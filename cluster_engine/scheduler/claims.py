"""A pod's claims and the volumes behind them, as the volume plugins read them from the snapshot's caches."""

from typing import Any

from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.snapshot import Snapshot

Manifest = dict[str, Any]


def claim_names(pod: PodInfo) -> list[str]:
    """Names of the claims that the pod's volumes use, generic ephemeral ones included."""
    found = []
    for volume in pod.spec.get("volumes", ()):
        if "persistentVolumeClaim" in volume:
            found.append(volume["persistentVolumeClaim"]["claimName"])
        elif "ephemeral" in volume:
            found.append(f"{pod.name}-{volume['name']}")
    return found


def get(snapshot: Snapshot, resource: str, namespace: str, name: str) -> Manifest | None:
    """An object of the scheduler's caches, or None."""
    lookup = snapshot.objects.get("lookup")
    found: Manifest | None = lookup(resource, namespace, name) if lookup is not None else None
    return found


def every(snapshot: Snapshot, resource: str) -> list[Manifest]:
    everything = snapshot.objects.get("every")
    found: list[Manifest] = everything(resource) if everything is not None else []
    return found


def is_bound(claim: Manifest) -> bool:
    annotations = claim["metadata"].get("annotations") or {}
    return bool(claim["spec"].get("volumeName")) and "pv.kubernetes.io/bind-completed" in annotations


def waits_for_consumer(snapshot: Snapshot, claim: Manifest) -> bool:
    """Whether the claim's class binds only when a pod needs it."""
    storage_class = get(snapshot, "storageclasses.storage.k8s.io", "", claim["spec"].get("storageClassName") or "")
    return storage_class is not None and storage_class.get("volumeBindingMode") == "WaitForFirstConsumer"
