"""StatefulSet: pods with lasting names and storage, made one after another and taken away in reverse.

Models pkg/controller/statefulset/stateful_set_control.go.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.controllers.statefulset.claims import keep_policy, make_claims
from cluster_engine.controllers.statefulset.identity import first_ordinal, identity_labels, ordinal_of, pod_of, revision_of
from cluster_engine.machinery.manifest import changed
from cluster_engine.reconcile.actions import Action, Create, Delete, Event, Update, UpdateStatus, WakeAt
from cluster_engine.reconcile.controller import Controller, Watches, controller_key
from cluster_engine.reconcile.history import History, template_in
from cluster_engine.reconcile.ownership import ORPHAN_INDEX, claim, controller_of, deleting, reference_to
from cluster_engine.reconcile.pods import POD_ORPHANS, available, finished, next_available, phase, ready
from cluster_engine.reconcile.selection import fits, labels_of, scaled
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
RESOURCE, HASH_LABEL = "statefulsets.apps", "controller.kubernetes.io/hash"


@dataclass(frozen=True, slots=True)
class Set:
    """A stateful set at one moment: the pod of each ordinal it should have (None: not there), and those it should not."""

    owner: Manifest
    pods: list[Manifest]
    slots: list[tuple[int, Manifest | None]]
    condemned: list[Manifest]
    current: Manifest
    update: Manifest
    now: float

    @property
    def ordered(self) -> bool:
        return bool(self.owner["spec"].get("podManagementPolicy", "OrderedReady") != "Parallel")

    @property
    def name(self) -> str:
        return str(self.owner["metadata"]["name"])

    @property
    def rolling(self) -> Manifest:
        return (self.owner["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}

    def is_available(self, pod: Manifest) -> bool:
        return phase(pod) == "Running" and available(pod, self.owner["spec"].get("minReadySeconds", 0), self.now)

    def told(self, verb: str, pod: str) -> Event:
        reason = "SuccessfulCreate" if verb == "Create" else "SuccessfulDelete"
        return Event(self.owner, "Normal", reason, f"{verb} Pod {pod} in StatefulSet {self.name} successful")


def reconcile(owner: Manifest, view: View, now: float) -> Iterator[Action]:
    selector = owner["spec"]["selector"]
    reference = reference_to(owner, "apps/v1", "StatefulSet")
    owned = view.controlled_by("pods", owner["metadata"]["uid"])
    orphans = [p for p in view.by_index("pods", ORPHAN_INDEX, owner["metadata"]["namespace"]) if ordinal_of(p, owner) >= 0]
    claimed = claim("pods", owner, reference, lambda p: fits(selector, labels_of(p)) and ordinal_of(p, owner) >= 0, owned, orphans)
    yield from claimed.actions
    history = History.of(owner, view, HASH_LABEL)
    collisions = (owner.get("status") or {}).get("collisionCount", 0)
    if writes := history.keep_up(collisions):
        yield from writes
        return
    update = history.update
    assert update is not None
    current = history.named((owner.get("status") or {}).get("currentRevision", "")) or update
    state = _arranged(owner, claimed.objects, current, update, now)
    if not deleting(owner):
        yield from _replicas(state, view)
    yield from _report(state)
    live = {current["metadata"]["name"], update["metadata"]["name"], *(revision_of(p) for p in state.pods)}
    yield from history.truncated(live)


def _arranged(owner: Manifest, pods: list[Manifest], current: Manifest, update: Manifest, now: float) -> Set:
    start, count = first_ordinal(owner), int(owner["spec"].get("replicas", 1))
    by_ordinal = {ordinal_of(p, owner): p for p in pods}
    slots = [(n, by_ordinal.pop(n, None)) for n in range(start, start + count)]
    condemned = [by_ordinal[n] for n in sorted(by_ordinal, reverse=True)]
    return Set(owner, pods, slots, condemned, current, update, now)


# -- pods


def _replicas(state: Set, view: View) -> Iterator[Action]:
    """Make and mend the wanted pods upwards, take away the others downwards, then roll; in order, one thing at a time."""
    for ordinal, pod in state.slots:
        yield from (actions := list(_slot(state, ordinal, pod, view)))
        if state.ordered and (actions or not _settled(state, pod)):
            return
    yield from _take_away(state, view)
    if not state.condemned or not state.ordered:
        yield from _roll(state)


def _settled(state: Set, pod: Manifest | None) -> bool:
    return pod is not None and not deleting(pod) and state.is_available(pod)


def _slot(state: Set, ordinal: int, pod: Manifest | None, view: View) -> Iterator[Action]:
    if pod is None:
        yield from make_claims(state.owner, ordinal, view)
        yield from _create(state, ordinal)
    elif finished(pod) and not deleting(pod):
        yield from _recreate(state, pod)
    elif not deleting(pod):
        if phase(pod) == "Pending":
            yield from make_claims(state.owner, ordinal, view)
        if not _settled(state, pod) and state.ordered:
            return
        yield from keep_policy(state.owner, pod, False, view)
        wanted = identity_labels(state.owner, pod)
        if wanted.items() - labels_of(pod).items():
            yield Update("pods", changed(pod, "metadata.labels", {**labels_of(pod), **wanted}), "the pod lacks the labels of its identity")


def _create(state: Set, ordinal: int) -> Iterator[Action]:
    revision = state.current if ordinal < first_ordinal(state.owner) + int(state.rolling.get("partition", 0)) else state.update
    pod = pod_of(state.owner, template_in(revision), revision["metadata"]["name"], ordinal)
    name, owner = pod["metadata"]["name"], state.owner
    have = sum(p is not None for _, p in state.slots)

    def refused(error: Any) -> list[Action]:
        told = Event(owner, "Warning", "FailedCreate", f"Create Pod {name} in StatefulSet {state.name} failed error: {error.message}")
        return [told, *_report(state)]

    yield Create("pods", pod, f"{have} of {len(state.slots)} pods exist and {name} is the next in order", refused=refused)
    yield state.told("Create", name)


def _recreate(state: Set, pod: Manifest) -> Iterator[Action]:
    failed, meta = phase(pod) == "Failed", pod["metadata"]
    about = f"StatefulSet {meta['namespace']}/{state.name} is recreating {'failed' if failed else 'terminated'} Pod {meta['name']}"
    yield Event(state.owner, "Warning" if failed else "Normal", "RecreatingFailedPod" if failed else "RecreatingTerminatedPod", about)
    yield from _delete(state, pod, f"the pod has {'failed' if failed else 'ended'} and its name is needed for another")


def _delete(state: Set, pod: Manifest, why: str) -> Iterator[Action]:
    meta = pod["metadata"]
    yield Delete("pods", meta["namespace"], meta["name"], why, meta["uid"])
    yield state.told("Delete", meta["name"])


def _take_away(state: Set, view: View) -> Iterator[Action]:
    unhealthy = [p for p in state.condemned + [p for _, p in state.slots if p] if not _settled(state, p)]
    first_unhealthy = min(unhealthy, key=lambda p: ordinal_of(p, state.owner), default=None)
    for pod in state.condemned:
        if deleting(pod):
            if state.ordered:
                return
            continue
        if state.ordered and not state.is_available(pod) and pod is not first_unhealthy:
            return
        yield from keep_policy(state.owner, pod, True, view)
        yield from _delete(state, pod, f"{len(state.slots)} pods are wanted, and {pod['metadata']['name']} is the last in order")
        if state.ordered:
            return


def _roll(state: Set) -> Iterator[Action]:
    """Replace pods of older revisions from the highest ordinal down to the partition, waiting for each to be available."""
    strategy = (state.owner["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate")
    if strategy != "RollingUpdate":
        return
    limit = max(1, scaled(state.rolling.get("maxUnavailable", 1), len(state.slots), round_up=True))
    missing, lowest = 0, first_ordinal(state.owner) + int(state.rolling.get("partition", 0))
    for ordinal, pod in reversed(state.slots):
        if ordinal < lowest or missing >= limit:
            return
        if pod is None or deleting(pod):
            missing += 1
        elif revision_of(pod) != state.update["metadata"]["name"]:
            missing += 1
            yield from _delete(state, pod, f"{pod['metadata']['name']} has an older pod template and is the highest that has")
        elif not state.is_available(pod):
            missing += 1


# -- status


def _report(state: Set) -> Iterator[Action]:
    owner, status = state.owner, _status(state)
    if status != (owner.get("status") or {}):
        why = f"{status.get('readyReplicas', 0)} of {len(state.slots)} pods are ready, {status.get('updatedReplicas', 0)} are updated"
        yield UpdateStatus(RESOURCE, owner | {"status": status}, why)
    moment = next_available(state.pods, owner["spec"].get("minReadySeconds", 0), state.now)
    if moment is not None:
        yield WakeAt(moment, "a ready pod becomes available")


def _status(state: Set) -> Manifest:
    owner, current, update = state.owner, state.current["metadata"]["name"], state.update["metadata"]["name"]
    made = [p for p in state.pods if phase(p)]
    staying = [p for p in made if not deleting(p)]
    counts = {
        "readyReplicas": sum(phase(p) == "Running" and ready(p) for p in made),
        "currentReplicas": sum(revision_of(p) == current for p in staying),
        "updatedReplicas": sum(revision_of(p) == update for p in staying),
        "observedGeneration": owner["metadata"].get("generation", 0),
    }
    rolling = (owner["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate"
    if rolling and counts["updatedReplicas"] == len(made) == counts["readyReplicas"] and len(made) == len(state.slots):
        current, counts["currentReplicas"] = update, counts["updatedReplicas"]
    status: Manifest = {name: count for name, count in counts.items() if count}
    status |= {"replicas": len(made), "availableReplicas": sum(state.is_available(p) for p in made)}
    status |= {"currentRevision": current, "updateRevision": update, "collisionCount": (owner.get("status") or {}).get("collisionCount", 0)}
    conditions = (owner.get("status") or {}).get("conditions")
    return status | ({"conditions": conditions} if conditions else {})


# -- who wakes it


def keys_of_pod(event: WatchEvent, view: View) -> Iterable[str]:
    yield from controller_key("StatefulSet")(event, view)
    pod = event.object
    if event.type == "DELETED" or controller_of(pod) is not None:
        return
    for owner in view.all(RESOURCE, pod["metadata"]["namespace"]):
        if ordinal_of(pod, owner) >= 0 and fits(owner["spec"]["selector"], labels_of(pod)):
            yield key_of(owner)


CONTROLLER = Controller(
    "statefulset-controller",
    RESOURCE,
    reconcile,
    watches=(Watches("pods", keys_of_pod), Watches("controllerrevisions.apps", controller_key("StatefulSet"))),
    reads=("persistentvolumeclaims",),
    indices=(POD_ORPHANS,),
)
