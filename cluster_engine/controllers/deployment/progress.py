"""The status of a deployment: counts, whether it is available, and how its rollout goes against the deadline.

Models pkg/controller/deployment/progress.go and sync.go (calculateStatus).
"""

from collections.abc import Iterator
from typing import Any

from cluster_engine.controllers.deployment.arithmetic import counted, has_deadline, max_unavailable, total_counted, total_replicas
from cluster_engine.controllers.deployment.rollout import Rollout
from cluster_engine.kernel.clock import parse_time, timestamp
from cluster_engine.machinery.manifest import changed
from cluster_engine.reconcile.actions import Action, UpdateStatus, WakeAt
from cluster_engine.reconcile.pods import condition

Manifest = dict[str, Any]
DONE, LATE = "NewReplicaSetAvailable", "ProgressDeadlineExceeded"


def progressing(status: str, reason: str, message: str) -> Manifest:
    return {"type": "Progressing", "status": status, "reason": reason, "message": message}


def placed(conditions: list[Manifest], entry: Manifest, now: float) -> list[Manifest]:
    """`conditions` with `entry`, last in the list, unless one with its status and reason stands there already."""
    current = next((c for c in conditions if c["type"] == entry["type"]), None)
    if current is not None and (current["status"], current["reason"]) == (entry["status"], entry["reason"]):
        return conditions
    since = current["lastTransitionTime"] if current is not None and current["status"] == entry["status"] else timestamp(now)
    stamped = {"lastUpdateTime": timestamp(now), "lastTransitionTime": since} | entry
    return [c for c in conditions if c["type"] != entry["type"]] + [stamped]


def dropped(conditions: list[Manifest], type_: str) -> list[Manifest]:
    return [c for c in conditions if c["type"] != type_]


def set_condition(rollout: Rollout, entry: Manifest) -> None:
    conditions = (rollout.deployment.get("status") or {}).get("conditions") or []
    rollout.deployment = changed(rollout.deployment, "status.conditions", placed(conditions, entry, rollout.now))


def set_paused_condition(rollout: Rollout) -> None:
    """Say on the deployment that its rollout rests, or goes on; a rollout that is too late keeps saying so."""
    current = condition(rollout.deployment, "Progressing")
    if not has_deadline(rollout.deployment) or (current is not None and current["reason"] == LATE):
        return
    paused, says_paused = bool(rollout.deployment["spec"].get("paused")), current is not None and current["reason"] == "DeploymentPaused"
    if paused and not says_paused:
        set_condition(rollout, progressing("Unknown", "DeploymentPaused", "Deployment is paused"))
    elif says_paused and not paused:
        set_condition(rollout, progressing("Unknown", "DeploymentResumed", "Deployment is resumed"))


def counts(rollout: Rollout) -> Manifest:
    """The status without judgement on progress."""
    deployment, sets = rollout.deployment, rollout.all
    available = total_counted(sets, "availableReplicas")
    numbers = {
        "observedGeneration": deployment["metadata"].get("generation", 0),
        "replicas": total_counted(sets, "replicas"),
        "updatedReplicas": total_counted([rollout.newest] if rollout.newest else [], "replicas"),
        "readyReplicas": total_counted(sets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(0, total_replicas(sets) - available),
    }
    status = {name: number for name, number in numbers.items() if number}
    old = deployment.get("status") or {}
    if "collisionCount" in old:
        status["collisionCount"] = old["collisionCount"]
    if all("terminatingReplicas" in (s.get("status") or {}) for s in sets):
        status["terminatingReplicas"] = total_counted(sets, "terminatingReplicas")
    return status | {"conditions": placed(old.get("conditions") or [], availability(deployment, available), rollout.now)}


def availability(deployment: Manifest, available: int) -> Manifest:
    enough = available >= int(deployment["spec"].get("replicas", 1)) - max_unavailable(deployment)
    if enough:
        return {"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable", "message": "Deployment has minimum availability."}
    return {"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable", "message": "Deployment does not have minimum availability."}


def complete(deployment: Manifest, status: Manifest) -> bool:
    wanted = int(deployment["spec"].get("replicas", 1))
    full = all(status.get(field, 0) == wanted for field in ("updatedReplicas", "replicas", "availableReplicas"))
    return full and status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)


def advanced(deployment: Manifest, status: Manifest) -> bool:
    """More updated, ready or available pods than before, or fewer old ones."""
    old = deployment.get("status") or {}
    if old.get("replicas", 0) - old.get("updatedReplicas", 0) > status.get("replicas", 0) - status.get("updatedReplicas", 0):
        return True
    return any(status.get(f, 0) > counted(deployment, f) for f in ("updatedReplicas", "readyReplicas", "availableReplicas"))


def late(deployment: Manifest, conditions: list[Manifest], now: float) -> bool:
    current = next((c for c in conditions if c["type"] == "Progressing"), None)
    if current is None or current["reason"] == DONE:
        return False
    return bool(current["reason"] == LATE or parse_time(current["lastUpdateTime"]) + deployment["spec"]["progressDeadlineSeconds"] < now)


def rollout_status(rollout: Rollout) -> Manifest:
    """The status with judgement on progress: complete, advancing or too late."""
    deployment, status = rollout.deployment, counts(rollout)
    conditions = status["conditions"]
    if not has_deadline(deployment):
        conditions = dropped(conditions, "Progressing")
    else:
        conditions = _judged(rollout, status, conditions)
    failure = _failure(rollout)
    conditions = placed(conditions, failure, rollout.now) if failure else dropped(conditions, "ReplicaFailure")
    return status | {"conditions": conditions}


def _judged(rollout: Rollout, status: Manifest, conditions: list[Manifest]) -> list[Manifest]:
    deployment = rollout.deployment
    current = condition(deployment, "Progressing")
    if status.get("replicas", 0) == status.get("updatedReplicas", 0) and current is not None and current["reason"] == DONE:
        return conditions
    newest = rollout.newest
    subject = f'ReplicaSet "{newest["metadata"]["name"]}"' if newest else f'Deployment "{rollout.name}"'
    if complete(deployment, status):
        return placed(conditions, progressing("True", DONE, f"{subject} has successfully progressed."), rollout.now)
    if advanced(deployment, status):
        entry = progressing("True", "ReplicaSetUpdated", f"{subject} is progressing.")
        if current is not None and current["status"] == "True":
            entry["lastTransitionTime"] = current["lastTransitionTime"]
        return placed(dropped(conditions, "Progressing"), entry, rollout.now)
    if late(deployment, conditions, rollout.now):
        return placed(conditions, progressing("False", LATE, f"{subject} has timed out progressing."), rollout.now)
    return conditions


def _failure(rollout: Rollout) -> Manifest | None:
    """The ReplicaFailure of the newest replica set, or of any old one."""
    for replica_set in ([rollout.newest] if rollout.newest else []) + rollout.old:
        entry = condition(replica_set, "ReplicaFailure")
        if entry is not None:
            return {"lastTransitionTime": entry["lastTransitionTime"], "lastUpdateTime": entry["lastTransitionTime"]} | entry
    return None


def report(rollout: Rollout, original: Manifest, judged: bool) -> Iterator[Action]:
    """Write the status if anything of it changed, and look again when the deadline is due."""
    deployment = rollout.deployment
    status = rollout_status(rollout) if judged else counts(rollout)
    made = deployment | {"status": status}
    if status != (original.get("status") or {}) or deployment["metadata"] != original["metadata"]:
        why = f"{status.get('updatedReplicas', 0)} of {rollout.wanted} pods are updated, {status.get('availableReplicas', 0)} are available"
        yield UpdateStatus("deployments.apps", made, why)
    current = next((c for c in status["conditions"] if c["type"] == "Progressing"), None)
    if judged and has_deadline(deployment) and current is not None and current["reason"] != LATE and not complete(deployment, status):
        due = parse_time(current["lastUpdateTime"]) + deployment["spec"]["progressDeadlineSeconds"] + 1
        if due > rollout.now:
            yield WakeAt(due, "the rollout's deadline")
