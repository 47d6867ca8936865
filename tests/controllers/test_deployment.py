"""Deployment decisions: rollouts, scaling, pausing, history."""

from typing import Any

import pytest

from cluster_engine.controllers.deployment import CONTROLLER
from cluster_engine.machinery.manifest import changed
from cluster_engine.reconcile.actions import Create, Delete, Event, Patch, Update, UpdateStatus, WakeAt
from cluster_engine.reconcile.hashing import template_hash
from tests.controllers.view import NOW, decide, named, of_type, pod, reference, template

SETS = "replicasets.apps"
REVISION = "deployment.kubernetes.io/revision"


def deployment(replicas: int = 4, image: str = "nginx", surge: Any = 1, unavailable: Any = 1, **spec: Any) -> dict[str, Any]:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    full = {
        "replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template(image), "strategy": strategy,
        "progressDeadlineSeconds": 600, "revisionHistoryLimit": 10,
    } | spec  # fmt: skip
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": named("web"), "spec": full, "status": {}}


def replica_set(owner: dict[str, Any], image: str, size: int, available: int, revision: int = 1, made: str = "2026-01-01T00:00:00Z") -> dict[str, Any]:
    name = f"web-{image.replace(':', '-')}"
    notes = {REVISION: str(revision)}
    wanted = owner["spec"]["replicas"]
    notes |= {"deployment.kubernetes.io/desired-replicas": str(wanted), "deployment.kubernetes.io/max-replicas": str(wanted + 1)}
    body = template(image)
    body["metadata"]["labels"] = {"app": "web", "pod-template-hash": "h"}
    status = {"replicas": size, "readyReplicas": available, "availableReplicas": available, "terminatingReplicas": 0, "observedGeneration": 1}
    meta = named(name, owner=owner, labels={"app": "web"}, annotations=notes, creationTimestamp=made)
    spec = {"replicas": size, "selector": {"matchLabels": {"app": "web"}}, "template": body}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta, "spec": spec, "status": status}


def sizes(actions: list[Any]) -> dict[str, int]:
    return {u.manifest["metadata"]["name"]: u.manifest["spec"]["replicas"] for u in of_type(actions, Update)}


def test_a_new_deployment_gets_a_replica_set_with_all_pods() -> None:
    owner = deployment(3)
    actions = decide(CONTROLLER, owner)
    made = of_type(actions, Create)[0].manifest
    mark = template_hash(owner["spec"]["template"])
    assert made["metadata"]["name"] == f"web-{mark}"
    assert made["spec"]["selector"]["matchLabels"] == {"app": "web", "pod-template-hash": mark}
    assert made["metadata"]["annotations"] == {
        REVISION: "1", "deployment.kubernetes.io/desired-replicas": "3", "deployment.kubernetes.io/max-replicas": "4",
    }  # fmt: skip
    assert of_type(actions, Event)[0].message == f"Scaled up replica set web-{mark} from 0 to 3"
    status = of_type(actions, UpdateStatus)[0].manifest
    assert status["metadata"]["annotations"] == {REVISION: "1"}
    assert [(c["type"], c["status"], c["reason"]) for c in status["status"]["conditions"]] == [
        ("Progressing", "True", "NewReplicaSetCreated"), ("Available", "False", "MinimumReplicasUnavailable"),
    ]  # fmt: skip


def test_an_update_starts_with_what_the_surge_allows() -> None:
    owner = deployment(4, "nginx:2")
    actions = decide(CONTROLLER, owner, {SETS: [replica_set(owner, "nginx:1", 4, 4)]})
    assert of_type(actions, Create)[0].manifest["spec"]["replicas"] == 1
    assert sizes(actions) == {"web-nginx-1": 3}


def test_old_pods_go_only_as_far_as_enough_stay_available() -> None:
    owner = deployment(4, "nginx:2", surge=1, unavailable=0)
    sets = [replica_set(owner, "nginx:1", 4, 4), replica_set(owner, "nginx:2", 1, 0, revision=2)]
    assert sizes(decide(CONTROLLER, owner, {SETS: sets})) == {}
    sets[1]["status"]["availableReplicas"] = 1
    assert sizes(decide(CONTROLLER, owner, {SETS: sets})) == {"web-nginx-1": 3}


def test_unavailable_old_pods_go_first() -> None:
    owner = deployment(4, "nginx:2", surge=0, unavailable=2)
    old, older = replica_set(owner, "nginx:1", 3, 3, revision=2), replica_set(owner, "nginx:0", 1, 0, made="2025-12-31T00:00:00Z")
    newest = replica_set(owner, "nginx:2", 0, 0, revision=3)
    assert sizes(decide(CONTROLLER, owner, {SETS: [old, older, newest]})) == {"web-nginx-0": 0, "web-nginx-1": 2}


def test_recreate_waits_for_every_old_pod() -> None:
    owner = deployment(2, "nginx:2", strategy={"type": "Recreate"})
    old = replica_set(owner, "nginx:1", 2, 2)
    assert sizes(decide(CONTROLLER, owner, {SETS: [old]})) == {"web-nginx-1": 0}
    gone = changed(changed(old, "spec.replicas", 0), "status", {"replicas": 0, "terminatingReplicas": 1})
    assert of_type(decide(CONTROLLER, owner, {SETS: [gone], "pods": [pod("last", gone)]}), Create) == []
    assert of_type(decide(CONTROLLER, owner, {SETS: [gone]}), Create)[0].manifest["spec"]["replicas"] == 2


def test_a_paused_deployment_scales_but_does_not_roll() -> None:
    owner = deployment(5, "nginx:2", paused=True)
    old = replica_set(deployment(4), "nginx:1", 4, 4)
    actions = decide(CONTROLLER, owner, {SETS: [old]})
    assert of_type(actions, Create) == []
    assert sizes(actions) == {"web-nginx-1": 5}
    assert of_type(actions, UpdateStatus)[0].manifest["status"]["conditions"][0]["reason"] == "DeploymentPaused"


def test_scaling_in_a_rollout_is_shared_in_proportion() -> None:
    owner = deployment(12, "nginx:2", surge=2, unavailable=0)
    before = deployment(6, surge=2)
    sets = [replica_set(before, "nginx:1", 6, 6), replica_set(before, "nginx:2", 2, 0, revision=2)]
    for one in sets:
        one["metadata"]["annotations"]["deployment.kubernetes.io/max-replicas"] = "8"
    assert sizes(decide(CONTROLLER, owner, {SETS: sets})) == {"web-nginx-1": 11, "web-nginx-2": 3}


def test_going_back_raises_the_revision_and_remembers_the_old_one() -> None:
    owner = deployment(1, "nginx:1")
    sets = [replica_set(owner, "nginx:1", 0, 0, revision=1), replica_set(owner, "nginx:2", 1, 1, revision=2)]
    update = of_type(decide(CONTROLLER, owner, {SETS: sets}), Update)[0].manifest
    assert update["metadata"]["annotations"][REVISION] == "3"
    assert update["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"
    assert update["spec"]["replicas"] == 1


def test_old_revisions_beyond_the_limit_are_deleted_oldest_first() -> None:
    owner = deployment(1, "nginx:3", revisionHistoryLimit=1)
    sets = [replica_set(owner, f"nginx:{n}", 0, 0, revision=n) for n in (1, 2)] + [replica_set(owner, "nginx:3", 1, 1, revision=3)]
    owner["metadata"]["annotations"] = {REVISION: "3"}
    owner["status"] = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
    assert [d.name for d in of_type(decide(CONTROLLER, owner, {SETS: sets}), Delete)] == ["web-nginx-1"]


def test_a_rollout_without_progress_is_too_late_after_its_deadline() -> None:
    owner = deployment(1, "nginx:1", progressDeadlineSeconds=10)
    newest = replica_set(owner, "nginx:1", 1, 0)
    started = {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated", "lastUpdateTime": "2026-01-01T00:00:00Z"}
    owner["status"] = {"replicas": 1, "updatedReplicas": 1, "conditions": [started | {"lastTransitionTime": "2026-01-01T00:00:00Z"}]}
    assert of_type(decide(CONTROLLER, owner, {SETS: [newest]}, NOW + 5), WakeAt)[0].moment == NOW + 11
    late = of_type(decide(CONTROLLER, owner, {SETS: [newest]}, NOW + 11), UpdateStatus)[0].manifest["status"]["conditions"]
    assert late[0]["type"] == "Available"
    assert (late[1]["reason"], late[1]["status"]) == ("ProgressDeadlineExceeded", "False")


def test_a_taken_name_counts_a_collision() -> None:
    owner = deployment(1)
    stranger = replica_set(owner, "nginx:9", 0, 0) | {"metadata": named(f"web-{template_hash(owner['spec']['template'])}", labels={"app": "other"})}
    actions = decide(CONTROLLER, owner, {SETS: [stranger]})
    assert of_type(actions, Create) == []
    assert of_type(actions, UpdateStatus)[0].manifest["status"]["collisionCount"] == 1


def test_annotations_of_the_deployment_reach_the_newest_set_but_for_its_own() -> None:
    owner = deployment(1, "nginx:1")
    owner["metadata"]["annotations"] = {"team": "a", "kubectl.kubernetes.io/last-applied-configuration": "{}"}
    update = of_type(decide(CONTROLLER, owner, {SETS: [replica_set(owner, "nginx:1", 1, 1)]}), Update)[0].manifest
    assert update["metadata"]["annotations"]["team"] == "a"
    assert "kubectl.kubernetes.io/last-applied-configuration" not in update["metadata"]["annotations"]


def test_an_orphaned_replica_set_is_adopted() -> None:
    owner = deployment(1, "nginx:1")
    orphan = replica_set(owner, "nginx:1", 1, 1)
    del orphan["metadata"]["ownerReferences"]
    patch = of_type(decide(CONTROLLER, owner, {SETS: [orphan]}), Patch)[0].patch
    assert patch["metadata"]["ownerReferences"] == [reference(owner)]


@pytest.mark.parametrize(("surge", "unavailable", "replicas", "bounds"), [("25%", "25%", 2, (1, 0)), (0, "10%", 5, (0, 1)), ("100%", 0, 3, (3, 0))])
def test_percentages_round_in_favour_of_progress(surge: Any, unavailable: Any, replicas: int, bounds: tuple[int, int]) -> None:
    from cluster_engine.controllers.deployment.arithmetic import bounds as actual

    assert actual(deployment(replicas, surge=surge, unavailable=unavailable)) == bounds
