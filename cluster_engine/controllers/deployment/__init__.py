"""Deployment: rolls a pod template out by growing a new replica set and shrinking the old ones.

Models pkg/controller/deployment/deployment_controller.go and recreate.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.controllers.deployment.arithmetic import total_counted
from cluster_engine.controllers.deployment.progress import complete, report, set_paused_condition
from cluster_engine.controllers.deployment.revision import sync_newest
from cluster_engine.controllers.deployment.rolling import grow_newest, shrink_old
from cluster_engine.controllers.deployment.rollout import Rollout, active
from cluster_engine.controllers.deployment.scaling import clean_up, scale, was_scaled
from cluster_engine.reconcile.actions import Action, Event, UpdateStatus
from cluster_engine.reconcile.controller import Controller, Watches, controller_key
from cluster_engine.reconcile.ownership import ORPHAN_INDEX, claim, controller_of, deleting, orphan_namespace, reference_to
from cluster_engine.reconcile.pods import finished
from cluster_engine.reconcile.selection import fits, labels_of, selects_all
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
RESOURCE, SETS = "deployments.apps", "replicasets.apps"


def reconcile(deployment: Manifest, view: View, now: float) -> Iterator[Action]:
    if selects_all(deployment["spec"]["selector"]):
        yield from _refuse_all(deployment)
        return
    rollout = _begin(deployment, view, now)
    if deleting(deployment):
        judged = _only_status(rollout, view)
    else:
        set_paused_condition(rollout)
        judged = _advance(rollout, view)
    yield from rollout.actions
    collided = any(isinstance(a, UpdateStatus) for a in rollout.actions)
    if not collided:
        yield from report(rollout, deployment, judged)


def _refuse_all(deployment: Manifest) -> Iterator[Action]:
    message = "This deployment is selecting all pods. A non-empty selector is required."
    yield Event(deployment, "Warning", "SelectingAll", message)
    generation, status = deployment["metadata"].get("generation", 0), deployment.get("status") or {}
    if status.get("observedGeneration", 0) < generation:
        yield UpdateStatus(RESOURCE, deployment | {"status": status | {"observedGeneration": generation}}, "a selector for everything is not acted upon")


def _begin(deployment: Manifest, view: View, now: float) -> Rollout:
    """Claim the replica sets and group their pods."""
    meta, selector = deployment["metadata"], deployment["spec"]["selector"]
    reference = reference_to(deployment, "apps/v1", "Deployment")
    owned, orphans = view.controlled_by(SETS, meta["uid"]), view.by_index(SETS, ORPHAN_INDEX, meta["namespace"])
    claimed = claim(SETS, deployment, reference, lambda s: fits(selector, labels_of(s)), owned, orphans)
    sets = {s["metadata"]["uid"]: s for s in claimed.objects}
    pods = {uid: view.controlled_by("pods", uid) for uid in sets}
    return Rollout(deployment, sets, now, pods, list(claimed.actions))


def _only_status(rollout: Rollout, view: View) -> bool:
    sync_newest(rollout, view, create=False)
    return False


def _advance(rollout: Rollout, view: View) -> bool:
    """Do the next thing the rollout needs; says whether its progress is to be judged."""
    spec = rollout.deployment["spec"]
    sync_newest(rollout, view, create=False)
    if spec.get("paused") or was_scaled(rollout):
        scale(rollout)
        if spec.get("paused"):
            clean_up(rollout)
        return False
    if (spec.get("strategy") or {}).get("type") == "Recreate":
        _recreate(rollout, view)
    else:
        _roll(rollout, view)
    return True


def _roll(rollout: Rollout, view: View) -> None:
    sync_newest(rollout, view, create=True)
    if grow_newest(rollout) or shrink_old(rollout):
        return
    if complete(rollout.deployment, rollout.deployment.get("status") or {}):
        clean_up(rollout)


def _recreate(rollout: Rollout, view: View) -> None:
    """All old pods must be gone before the first new one comes."""
    remaining = active(rollout.old)
    for replica_set in remaining:
        rollout.resize(replica_set, 0, "Recreate takes all old pods away before it makes new ones")
    if remaining or _old_pods_run(rollout):
        return
    sync_newest(rollout, view, create=True)
    newest = rollout.newest
    if newest is not None:
        rollout.resize(newest, rollout.wanted, "all old pods are gone")
    if complete(rollout.deployment, rollout.deployment.get("status") or {}):
        clean_up(rollout)


def _old_pods_run(rollout: Rollout) -> bool:
    if total_counted(rollout.old, "replicas"):
        return True
    return any(not finished(pod) for uid, pods in rollout.pods.items() if uid != rollout.newest_uid for pod in pods)


# -- who wakes it


def keys_of_set(event: WatchEvent, view: View) -> Iterable[str]:
    """The owner of a replica set; for one without owner, every deployment that would select it."""
    yield from controller_key("Deployment")(event, view)
    replica_set = event.object
    if event.type == "DELETED" or controller_of(replica_set) is not None:
        return
    for deployment in view.all(RESOURCE, replica_set["metadata"]["namespace"]):
        if fits(deployment["spec"]["selector"], labels_of(replica_set)):
            yield key_of(deployment)


def keys_of_deleted_pod(event: WatchEvent, view: View) -> Iterable[str]:
    """A Recreate rollout waits for the last old pod to be gone."""
    owner = controller_of(event.object)
    if event.type != "DELETED" or owner is None or owner["kind"] != "ReplicaSet":
        return
    replica_set = view.get(SETS, event.object["metadata"]["namespace"], owner["name"])
    parent = controller_of(replica_set) if replica_set else None
    if parent is not None and parent["kind"] == "Deployment":
        yield f"{event.object['metadata']['namespace']}/{parent['name']}"


CONTROLLER = Controller(
    "deployment-controller",
    RESOURCE,
    reconcile,
    watches=(Watches(SETS, keys_of_set), Watches("pods", keys_of_deleted_pod)),
    indices=((SETS, ORPHAN_INDEX, orphan_namespace),),
)
