"""ReplicaSet: keeps exactly as many pods alive as asked for. ReplicationController is the same loop with a simpler selector.

Models pkg/controller/replicaset/replica_set.go, replica_set_utils.go and pkg/controller/replication.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.kernel.clock import timestamp
from cluster_engine.reconcile.actions import Action, Delete, Event, UpdateStatus, WakeAt
from cluster_engine.reconcile.controller import Controller, Watches, controller_key
from cluster_engine.reconcile.ownership import ORPHAN_INDEX, Claimed, claim, controller_of, deleting, reference_to
from cluster_engine.reconcile.pods import (
    BURST,
    POD_ORPHANS,
    active,
    available,
    condition,
    create_pod,
    next_available,
    pod_from,
    ranked_for_deletion,
    ready,
    terminating,
)
from cluster_engine.reconcile.selection import fits, fits_map, labels_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
Selects = Callable[[Manifest], Callable[[Manifest], bool]]


def _label_selector(owner: Manifest) -> Callable[[Manifest], bool]:
    return lambda pod: fits(owner["spec"]["selector"], labels_of(pod))


def _map_selector(owner: Manifest) -> Callable[[Manifest], bool]:
    wanted = owner["spec"].get("selector") or {}
    return lambda pod: bool(wanted) and fits_map(wanted, labels_of(pod))


@dataclass(frozen=True, slots=True)
class Flavour:
    """In what the two kinds differ."""

    name: str
    resource: str
    kind: str
    api_version: str
    selector: Selects
    counts_terminating: bool

    def reconcile(self, owner: Manifest, view: View, now: float) -> Iterator[Action]:
        claimed, dying = self.pods_of(owner, view)
        yield from claimed.actions
        pods = claimed.objects
        if not deleting(owner):
            yield from self.manage(owner, pods, dying, view, now)
        yield from self.report(owner, pods, dying, "", now)
        spec, status = owner["spec"], self.status(owner, pods, dying, "", now)
        if status.get("availableReplicas", 0) < min(status.get("readyReplicas", 0), spec.get("replicas", 1)):
            moment = next_available(pods, spec.get("minReadySeconds", 0), now)
            if moment is not None:
                yield WakeAt(moment, "a ready pod becomes available")

    def pods_of(self, owner: Manifest, view: View) -> tuple[Claimed, list[Manifest]]:
        """The active pods that belong to `owner`, and those on their way out."""
        meta, selects = owner["metadata"], self.selector(owner)
        owned = view.controlled_by("pods", meta["uid"])
        orphans = view.by_index("pods", ORPHAN_INDEX, meta["namespace"])
        reference = reference_to(owner, self.api_version, self.kind)
        claimed = claim("pods", owner, reference, selects, [p for p in owned if active(p)], [p for p in orphans if active(p)])
        return claimed, [p for p in owned if terminating(p) and selects(p)]

    # -- replicas

    def manage(self, owner: Manifest, pods: list[Manifest], dying: list[Manifest], view: View, now: float) -> Iterator[Action]:
        wanted = owner["spec"].get("replicas", 1)
        missing = wanted - len(pods)
        if missing > 0:
            yield from self.add(owner, pods, dying, missing, now)
        elif missing < 0:
            yield from self.remove(owner, pods, -missing, view, now)

    def add(self, owner: Manifest, pods: list[Manifest], dying: list[Manifest], missing: int, now: float) -> Iterator[Action]:
        reference = reference_to(owner, self.api_version, self.kind)
        pod = pod_from(owner["spec"]["template"], owner, reference)
        wanted, have = owner["spec"].get("replicas", 1), len(pods)

        def refused(error: Any) -> list[Action]:
            return list(self.report(owner, pods, dying, error.message, now))

        for number in range(min(missing, BURST)):
            yield create_pod(pod, owner, f"{have + number} of {wanted} pods exist", refused)

    def remove(self, owner: Manifest, pods: list[Manifest], surplus: int, view: View, now: float) -> Iterator[Action]:
        wanted = owner["spec"].get("replicas", 1)
        order = ranked_for_deletion(pods, self.related(owner, pods, view), now) if wanted else pods
        for pod in order[: min(surplus, BURST)]:
            meta = pod["metadata"]
            yield Delete("pods", meta["namespace"], meta["name"], f"{len(pods)} pods exist, {wanted} are wanted, and this one is given up first", meta["uid"])
            yield Event(owner, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}")

    def related(self, owner: Manifest, pods: list[Manifest], view: View) -> list[Manifest]:
        """The pods of all replica sets of the same deployment: a node crowded with them is emptied first."""
        parent = controller_of(owner)
        if parent is None:
            return pods
        siblings = view.controlled_by(self.resource, parent["uid"])
        return [pod for sibling in siblings for pod in view.controlled_by("pods", sibling["metadata"]["uid"])]

    # -- status

    def report(self, owner: Manifest, pods: list[Manifest], dying: list[Manifest], failure: str, now: float) -> Iterator[Action]:
        status = self.status(owner, pods, dying, failure, now)
        if status != (owner.get("status") or {}):
            why = f"{status['replicas']} pods exist, {status.get('readyReplicas', 0)} are ready, {status.get('availableReplicas', 0)} are available"
            yield UpdateStatus(self.resource, owner | {"status": status}, f"the pods could not be made: {failure}" if failure else why)

    def status(self, owner: Manifest, pods: list[Manifest], dying: list[Manifest], failure: str, now: float) -> Manifest:
        spec, meta = owner["spec"], owner["metadata"]
        template_labels = (spec["template"].get("metadata") or {}).get("labels") or {}
        counts = {
            "fullyLabeledReplicas": sum(fits_map(template_labels, labels_of(p)) for p in pods),
            "readyReplicas": sum(ready(p) for p in pods),
            "availableReplicas": sum(available(p, spec.get("minReadySeconds", 0), now) for p in pods),
            "observedGeneration": meta.get("generation", 0),
        }
        status: Manifest = {"replicas": len(pods)} | {name: count for name, count in counts.items() if count}
        if self.counts_terminating:
            status["terminatingReplicas"] = len(dying)
        conditions = self.conditions(owner, len(pods), failure, now)
        return status | {"conditions": conditions} if conditions else status

    def conditions(self, owner: Manifest, have: int, failure: str, now: float) -> list[Manifest]:
        old = (owner.get("status") or {}).get("conditions") or []
        if not failure:
            return [c for c in old if c["type"] != "ReplicaFailure"]
        if condition(owner, "ReplicaFailure"):
            return old
        reason = "FailedCreate" if have < owner["spec"].get("replicas", 1) else "FailedDelete"
        return [*old, {"type": "ReplicaFailure", "status": "True", "lastTransitionTime": timestamp(now), "reason": reason, "message": failure}]

    # -- who wakes it

    def keys_of_pod(self, event: WatchEvent, view: View) -> Iterable[str]:
        """The pod's owner; for a pod without one, every owner that would select it."""
        yield from controller_key(self.kind)(event, view)
        pod = event.object
        if event.type == "DELETED" or controller_of(pod) is not None:
            return
        for owner in view.all(self.resource, pod["metadata"]["namespace"]):
            if self.selector(owner)(pod):
                yield key_of(owner)

    def controller(self) -> Controller:
        return Controller(self.name, self.resource, self.reconcile, watches=(Watches("pods", self.keys_of_pod),), indices=(POD_ORPHANS,))


REPLICA_SET = Flavour("replicaset-controller", "replicasets.apps", "ReplicaSet", "apps/v1", _label_selector, counts_terminating=True)
REPLICATION_CONTROLLER = Flavour("replication-controller", "replicationcontrollers", "ReplicationController", "v1", _map_selector, counts_terminating=False)
CONTROLLERS = (REPLICA_SET.controller(), REPLICATION_CONTROLLER.controller())
