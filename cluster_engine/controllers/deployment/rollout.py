"""A rollout in work: one deployment, its replica sets, and the plan as it grows.

The decision of a deployment has several steps, each of which sees what the step before it decided. This notebook holds that
state for the length of one decision; nothing outside it changes.
"""

from dataclasses import dataclass, field
from typing import Any

from cluster_engine.controllers.deployment.arithmetic import DESIRED, MAXIMUM, max_surge, replicas_of
from cluster_engine.machinery.manifest import changed
from cluster_engine.reconcile.actions import Action, Event, Update
from cluster_engine.reconcile.selection import annotations_of

Manifest = dict[str, Any]


@dataclass
class Rollout:
    """`deployment` carries status and annotations as decided so far; `sets` are its replica sets by uid, resized as decided."""

    deployment: Manifest
    sets: dict[str, Manifest]
    now: float
    pods: dict[str, list[Manifest]] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    newest_uid: str = ""

    @property
    def wanted(self) -> int:
        return replicas_of(self.deployment)

    @property
    def newest(self) -> Manifest | None:
        """The replica set of the deployment's present template."""
        return self.sets.get(self.newest_uid)

    @property
    def old(self) -> list[Manifest]:
        return [s for uid, s in self.sets.items() if uid != self.newest_uid]

    @property
    def all(self) -> list[Manifest]:
        return list(self.sets.values())

    @property
    def name(self) -> str:
        return str(self.deployment["metadata"]["name"])

    def resize(self, replica_set: Manifest, size: int, why: str, note: bool = False) -> bool:
        """Give `replica_set` this size, and note the deployment's size on it (of an unchanged one: if `note`); says whether the size changed."""
        before = replicas_of(replica_set)
        noted = {**annotations_of(replica_set), **replica_notes(self.deployment)}
        if before == size and (not note or noted == annotations_of(replica_set)):
            return False
        self.rewrite(changed(changed(replica_set, "spec.replicas", size), "metadata.annotations", noted), why)
        if before == size:
            return False
        self.tell(f"Scaled {'up' if size > before else 'down'} replica set {replica_set['metadata']['name']} from {before} to {size}")
        return True

    def rewrite(self, replica_set: Manifest, why: str) -> None:
        """Update a replica set; a second change of the same one joins the first, for both rest on one resourceVersion."""
        uid = replica_set["metadata"]["uid"]
        self.sets[uid] = replica_set
        for place, action in enumerate(self.actions):
            if isinstance(action, Update) and action.manifest["metadata"]["uid"] == uid:
                self.actions[place] = Update("replicasets.apps", replica_set, f"{action.why}; {why}")
                return
        self.actions.append(Update("replicasets.apps", replica_set, why))

    def tell(self, message: str) -> None:
        self.actions.append(Event(self.deployment, "Normal", "ScalingReplicaSet", message))


def replica_notes(deployment: Manifest) -> dict[str, str]:
    """The annotations by which a replica set remembers the deployment's size, for proportional scaling."""
    wanted = replicas_of(deployment)
    return {DESIRED: str(wanted), MAXIMUM: str(wanted + max_surge(deployment))}


def active(sets: list[Manifest]) -> list[Manifest]:
    return [s for s in sets if replicas_of(s) > 0]
