"""Scaling a deployment: one replica set simply takes the size; in the middle of a rollout the sets share it in proportion.

Models pkg/controller/deployment/sync.go (scale, cleanupDeployment).
"""

import math
from typing import Any

from cluster_engine.controllers.deployment.arithmetic import (
    DESIRED,
    MAXIMUM,
    NEVER,
    by_age,
    counted,
    max_surge,
    number_in,
    replicas_of,
    revision_of,
    rolling,
    total_replicas,
)
from cluster_engine.controllers.deployment.rollout import Rollout, active
from cluster_engine.reconcile.actions import Delete
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.pods import created

Manifest = dict[str, Any]


def was_scaled(rollout: Rollout) -> bool:
    """Whether a living replica set remembers another size of the deployment."""
    noted = [number_in(s, DESIRED) for s in active(rollout.all)]
    return any(n is not None and n != rollout.wanted for n in noted)


def scale(rollout: Rollout) -> None:
    only = _active_or_latest(rollout)
    if only is not None:
        if replicas_of(only) != rollout.wanted:
            rollout.resize(only, rollout.wanted, f"{rollout.wanted} replicas are wanted, {replicas_of(only)} are asked of the replica set")
        return
    if _saturated(rollout):
        for replica_set in active(rollout.old):
            rollout.resize(replica_set, 0, "the newest replica set serves all replicas, the old one is not needed")
        return
    if rolling(rollout.deployment):
        _share(rollout)


def _active_or_latest(rollout: Rollout) -> Manifest | None:
    living = active(rollout.all)
    if len(living) > 1:
        return None
    if living:
        return living[0]
    return rollout.newest or next(reversed(by_age(rollout.old)), None)


def _saturated(rollout: Rollout) -> bool:
    newest = rollout.newest
    if newest is None:
        return False
    return number_in(newest, DESIRED) == replicas_of(newest) == counted(newest, "availableReplicas") == rollout.wanted


def _share(rollout: Rollout) -> None:
    """Spread the difference over the living sets by their size; the largest takes what rounding leaves over."""
    living, allowed = active(rollout.all), 0
    if rollout.wanted > 0:
        allowed = rollout.wanted + max_surge(rollout.deployment)
    difference = allowed - total_replicas(living)
    direction = -1 if difference > 0 else 1
    living.sort(key=lambda s: (-replicas_of(s), direction * created(s), s["metadata"]["name"]))
    sizes, given = [], 0
    for replica_set in living:
        part = _portion(rollout, replica_set, difference, given)
        given += part
        sizes.append(replicas_of(replica_set) + part)
    if sizes and difference:
        sizes[0] = max(0, sizes[0] + difference - given)
    for replica_set, size in zip(living, sizes, strict=True):
        rollout.resize(replica_set, size, f"the deployment was scaled to {rollout.wanted} in the middle of a rollout; this is the set's share", note=True)


def _portion(rollout: Rollout, replica_set: Manifest, difference: int, given: int) -> int:
    left = difference - given
    if not left:
        return 0
    fraction = _fraction(rollout, replica_set)
    return min(fraction, left) if difference > 0 else max(fraction, left)


def _fraction(rollout: Rollout, replica_set: Manifest) -> int:
    size = replicas_of(replica_set)
    if rollout.wanted == 0:
        return -size
    before = number_in(replica_set, MAXIMUM) or counted(rollout.deployment, "replicas")
    if not before:
        return 0
    return math.floor(size * (rollout.wanted + max_surge(rollout.deployment)) / before + 0.5) - size


def clean_up(rollout: Rollout) -> None:
    """Delete old, empty replica sets beyond the history that is to be kept."""
    limit = rollout.deployment["spec"].get("revisionHistoryLimit", NEVER)
    if limit == NEVER:
        return
    living = [s for s in rollout.old if not deleting(s)]
    surplus = len(living) - limit
    if surplus <= 0:
        return
    for replica_set in sorted(living, key=lambda s: (revision_of(s), created(s)))[:surplus]:
        meta = replica_set["metadata"]
        seen = counted(replica_set, "observedGeneration") >= meta.get("generation", 0)
        if counted(replica_set, "replicas") == 0 and replicas_of(replica_set) == 0 and seen:
            why = f"{len(living)} old revisions are kept, the history limit is {limit}"
            rollout.actions.append(Delete("replicasets.apps", meta["namespace"], meta["name"], why, meta["uid"]))
