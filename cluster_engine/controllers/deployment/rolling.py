"""RollingUpdate: new pods come up and old ones go down, within what surge and unavailability allow.

Models pkg/controller/deployment/rolling.go.
"""

from typing import Any

from cluster_engine.controllers.deployment.arithmetic import by_age, counted, max_unavailable, new_set_replicas, replicas_of, total_counted, total_replicas
from cluster_engine.controllers.deployment.rollout import Rollout, active

Manifest = dict[str, Any]


def grow_newest(rollout: Rollout) -> bool:
    """Bring the newest replica set towards its size; says whether it changed."""
    newest, wanted = rollout.newest, rollout.wanted
    if newest is None or replicas_of(newest) == wanted:
        return False
    size = replicas_of(newest)
    if size > wanted:
        return rollout.resize(newest, wanted, f"{size} pods are asked of the newest set, {wanted} are wanted")
    larger = new_set_replicas(rollout.deployment, rollout.all, size)
    return rollout.resize(newest, larger, f"the surge leaves room for {larger - size} more new pods")


def shrink_old(rollout: Rollout) -> bool:
    """Take away old pods as far as enough pods stay available; says whether any went."""
    newest, old = rollout.newest, active(rollout.old)
    if newest is None or not total_replicas(old):
        return False
    must_stay = rollout.wanted - max_unavailable(rollout.deployment)
    not_yet = replicas_of(newest) - counted(newest, "availableReplicas")
    spare = total_replicas(rollout.all) - must_stay - not_yet
    if spare <= 0:
        return False
    cleaned = _drop_unhealthy(rollout, spare)
    return _drop_surplus(rollout, must_stay) or cleaned


def _drop_unhealthy(rollout: Rollout, spare: int) -> bool:
    """Old pods that are not available go first: taking them away makes nothing worse."""
    gone = 0
    for replica_set in by_age(active(rollout.old)):
        size = replicas_of(replica_set)
        take = min(spare - gone, size - counted(replica_set, "availableReplicas"))
        if take > 0:
            rollout.resize(replica_set, size - take, f"{take} old pods are not available and serve nobody")
            gone += take
    return gone > 0


def _drop_surplus(rollout: Rollout, must_stay: int) -> bool:
    spare = total_counted(rollout.all, "availableReplicas") - must_stay
    gone = 0
    for replica_set in by_age(active(rollout.old)):
        size = replicas_of(replica_set)
        take = min(size, spare - gone)
        if take > 0:
            rollout.resize(replica_set, size - take, f"{must_stay} pods must stay available, {take} more than that are old")
            gone += take
    return gone > 0
