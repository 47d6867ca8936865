"""Ephemeral volumes: makes the claim that a pod brings along in its own spec, and that goes with the pod.

Models pkg/controller/volume/ephemeral/controller.go.
"""

from collections.abc import Iterator
from typing import Any

from cluster_engine.reconcile.actions import Action, Create, Event
from cluster_engine.reconcile.controller import Controller
from cluster_engine.reconcile.ownership import controller_of, deleting, reference_to
from cluster_engine.reconcile.pods import finished
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
CLAIMS = "persistentvolumeclaims"


def reconcile(pod: Manifest, view: View, now: float) -> Iterator[Action]:
    if deleting(pod) or finished(pod):
        return
    meta = pod["metadata"]
    for volume in pod["spec"].get("volumes") or ():
        template = (volume.get("ephemeral") or {}).get("volumeClaimTemplate")
        if template is None:
            continue
        name = f"{meta['name']}-{volume['name']}"
        standing = view.get(CLAIMS, meta["namespace"], name)
        if standing is None:
            yield Create(CLAIMS, _claim(pod, name, template), f"pod {meta['name']} brings its own volume {volume['name']}", or_exists=True)
        elif (controller_of(standing) or {}).get("uid") != meta["uid"]:
            message = f'PVC "{meta["namespace"]}/{name}" was not created for pod "{meta["namespace"]}/{meta["name"]}" (pod is not owner)'
            yield Event(pod, "Warning", "EphemeralVolumeCreationFailed", message)


def _claim(pod: Manifest, name: str, template: Manifest) -> Manifest:
    given = template.get("metadata") or {}
    meta: Manifest = {"name": name, "namespace": pod["metadata"]["namespace"], "ownerReferences": [reference_to(pod, "v1", "Pod")]}
    meta |= {field: given[field] for field in ("labels", "annotations") if given.get(field)}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": template["spec"]}


CONTROLLER = Controller("ephemeral-volume-controller", "pods", reconcile, reads=(CLAIMS,))
