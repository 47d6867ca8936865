"""Which replica set is the newest, what its revision is, and making it when there is none.

Models pkg/controller/deployment/sync.go (getNewReplicaSet) and util/deployment_util.go (SetNewReplicaSetAnnotations).
"""

from typing import Any

from cluster_engine.controllers.deployment.arithmetic import (
    DESIRED,
    HASH_LABEL,
    HISTORY,
    MAXIMUM,
    REVISION,
    by_age,
    has_deadline,
    new_set_replicas,
    replicas_of,
    revision_of,
    same_template,
)
from cluster_engine.controllers.deployment.progress import progressing, set_condition
from cluster_engine.controllers.deployment.rollout import Rollout, replica_notes
from cluster_engine.machinery.manifest import changed
from cluster_engine.machinery.status import ApiError
from cluster_engine.reconcile.actions import Action, Create, Event, UpdateStatus
from cluster_engine.reconcile.hashing import template_hash
from cluster_engine.reconcile.ownership import controller_of, reference_to
from cluster_engine.reconcile.pods import condition
from cluster_engine.reconcile.selection import annotations_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
KEPT_BY_DEPLOYMENT = {"kubectl.kubernetes.io/last-applied-configuration", "deprecated.deployment.rollback.to", REVISION, HISTORY, DESIRED, MAXIMUM}
LONGEST_HISTORY = 2000
NEW = "to-be-created"


def find_newest(rollout: Rollout) -> None:
    """Point the rollout at the oldest replica set that has the deployment's template."""
    template = rollout.deployment["spec"]["template"]
    for replica_set in by_age(rollout.all):
        if same_template(replica_set["spec"]["template"], template):
            rollout.newest_uid = replica_set["metadata"]["uid"]
            return


def sync_newest(rollout: Rollout, view: View, create: bool) -> None:
    """Find the newest replica set and bring its annotations up to date, or make it if `create`."""
    find_newest(rollout)
    revision = max((revision_of(s) for s in rollout.old), default=0) + 1
    newest = rollout.newest
    if newest is not None:
        _refresh(rollout, newest, revision)
    elif create:
        _make(rollout, view, revision)


def _refresh(rollout: Rollout, newest: Manifest, revision: int) -> None:
    noted = with_revision(rollout.deployment, newest, revision)
    ready_seconds = rollout.deployment["spec"].get("minReadySeconds", 0)
    made = changed(newest, "metadata.annotations", noted)
    if newest["spec"].get("minReadySeconds", 0) != ready_seconds:
        made = changed(made, "spec.minReadySeconds", ready_seconds)
    if noted != annotations_of(newest) or made["spec"] != newest["spec"]:
        rollout.rewrite(made, f"the newest replica set carries revision {noted[REVISION]} and the deployment's annotations")
    note_revision(rollout, noted[REVISION])
    if has_deadline(rollout.deployment) and condition(rollout.deployment, "Progressing") is None:
        set_condition(rollout, progressing("True", "FoundNewReplicaSet", f'Found new replica set "{newest["metadata"]["name"]}"'))


def note_revision(rollout: Rollout, revision: str) -> None:
    if annotations_of(rollout.deployment).get(REVISION) != revision:
        rollout.deployment = changed(rollout.deployment, "metadata.annotations", {**annotations_of(rollout.deployment), REVISION: revision})


def with_revision(deployment: Manifest, replica_set: Manifest, revision: int) -> dict[str, str]:
    """The annotations of the newest replica set: the deployment's own, and its revision with the ones it had before."""
    copied = {k: v for k, v in annotations_of(deployment).items() if k not in KEPT_BY_DEPLOYMENT}
    noted = {**annotations_of(replica_set), **copied}
    before = revision_of(replica_set)
    if before < revision:
        noted[REVISION] = str(revision)
        if before:
            noted[HISTORY] = _longer_history(noted.get(HISTORY, ""), before)
    return noted


def _longer_history(history: str, revision: int) -> str:
    entries = [e for e in history.split(",") if e] + [str(revision)]
    while len(",".join(entries)) > LONGEST_HISTORY:
        entries.pop(0)
    return ",".join(entries)


# -- making the newest replica set


def _make(rollout: Rollout, view: View, revision: int) -> None:
    deployment = rollout.deployment
    drafted = _draft(rollout, revision)
    meta = drafted["metadata"]
    standing = view.get("replicasets.apps", meta["namespace"], meta["name"])
    if standing is not None and not _is_ours(standing, deployment):
        _step_aside(rollout, standing)
        return
    size = replicas_of(drafted)
    why = f"no replica set has the present pod template, so revision {revision} gets one with {size} of {rollout.wanted} pods"
    rollout.actions.append(Create("replicasets.apps", drafted, why, or_exists=True, refused=lambda error: _refused(rollout, drafted, error)))
    if size:
        rollout.tell(f"Scaled up replica set {meta['name']} from 0 to {size}")
    rollout.newest_uid = NEW
    rollout.sets[NEW] = changed(drafted, "metadata.uid", NEW)
    note_revision(rollout, str(revision))
    if has_deadline(deployment):
        set_condition(rollout, progressing("True", "NewReplicaSetCreated", f'Created new replica set "{meta["name"]}"'))


def _draft(rollout: Rollout, revision: int) -> Manifest:
    deployment = rollout.deployment
    meta, spec = deployment["metadata"], deployment["spec"]
    mark = template_hash(spec["template"], (deployment.get("status") or {}).get("collisionCount"))
    template = changed(spec["template"], f"metadata.labels.{HASH_LABEL}", mark)
    selector = changed(spec["selector"], f"matchLabels.{HASH_LABEL}", mark)
    drafted: Manifest = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{meta['name']}-{mark}",
            "namespace": meta["namespace"],
            "labels": template["metadata"]["labels"],
            "ownerReferences": [reference_to(deployment, "apps/v1", "Deployment")],
        },
        "spec": {"replicas": new_set_replicas(deployment, rollout.all, 0), "selector": selector, "template": template},
    }
    if spec.get("minReadySeconds"):
        drafted["spec"]["minReadySeconds"] = spec["minReadySeconds"]
    drafted["metadata"]["annotations"] = with_revision(deployment, drafted, revision) | replica_notes(deployment)
    return drafted


def _is_ours(standing: Manifest, deployment: Manifest) -> bool:
    owner = controller_of(standing)
    same = same_template(standing["spec"]["template"], deployment["spec"]["template"])
    return owner is not None and owner["uid"] == deployment["metadata"]["uid"] and same


def _step_aside(rollout: Rollout, standing: Manifest) -> None:
    """A stranger has the name that the hash gave: count the collision, so that the next hash is another."""
    count = (rollout.deployment.get("status") or {}).get("collisionCount", 0) + 1
    why = f"the name {standing['metadata']['name']} is taken, so the next hash counts collision {count}"
    rollout.actions.append(UpdateStatus("deployments.apps", changed(rollout.deployment, "status.collisionCount", count), why))


def _refused(rollout: Rollout, drafted: Manifest, error: ApiError) -> list[Action]:
    message = f'Failed to create new replica set "{drafted["metadata"]["name"]}": {error.message}'
    told: list[Action] = [Event(rollout.deployment, "Warning", "ReplicaSetCreateError", message)]
    if not has_deadline(rollout.deployment):
        return told
    set_condition(rollout, progressing("False", "ReplicaSetCreateError", message))
    return [UpdateStatus("deployments.apps", rollout.deployment, "the new replica set was refused"), *told]
