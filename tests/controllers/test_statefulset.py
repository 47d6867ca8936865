"""StatefulSet decisions: order, identity, claims, rolling update."""

from typing import Any

from cluster_engine.controllers.statefulset import CONTROLLER
from cluster_engine.reconcile.actions import Create, Delete, Event, Update, UpdateStatus
from cluster_engine.reconcile.history import History
from tests.controllers.view import decide, named, of_type, pod, template, view_of

SETS, REVISIONS, CLAIMS = "statefulsets.apps", "controllerrevisions.apps", "persistentvolumeclaims"


def stateful(replicas: int = 3, image: str = "nginx", **spec: Any) -> dict[str, Any]:
    full = {
        "replicas": replicas, "serviceName": "db", "selector": {"matchLabels": {"app": "web"}}, "template": template(image),
        "podManagementPolicy": "OrderedReady", "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}},
    } | spec  # fmt: skip
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": named("db"), "spec": full, "status": {"replicas": 0}}


def revision(owner: dict[str, Any], number: int = 1) -> dict[str, Any]:
    view = view_of(CONTROLLER, {})
    made = History.of(owner, view, "controller.kubernetes.io/hash").draft(0)
    return made | {"revision": number, "metadata": made["metadata"] | {"uid": f"uid-rev-{number}", "creationTimestamp": "2026-01-01T00:00:00Z"}}


def member(owner: dict[str, Any], ordinal: int, rev: dict[str, Any], **more: Any) -> dict[str, Any]:
    name = f"db-{ordinal}"
    labels = {"app": "web", "controller-revision-hash": rev["metadata"]["name"]}
    labels |= {"statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": str(ordinal)}
    return pod(name, owner, labels=labels, **more)


def names(actions: list[Any]) -> list[str]:
    return [a.manifest["metadata"]["name"] for a in of_type(actions, Create) if a.resource == "pods"]


def test_the_history_is_written_before_the_first_pod() -> None:
    actions = decide(CONTROLLER, stateful())
    assert [a.resource for a in of_type(actions, Create)] == [REVISIONS]
    assert of_type(actions, Create)[0].manifest["data"]["spec"]["template"]["$patch"] == "replace"


def test_the_next_pod_waits_until_the_one_before_is_ready() -> None:
    owner = stateful()
    rev = revision(owner)
    assert names(decide(CONTROLLER, owner, {REVISIONS: [rev]})) == ["db-0"]
    waiting = [member(owner, 0, rev, ready=False)]
    assert names(decide(CONTROLLER, owner, {REVISIONS: [rev], "pods": waiting})) == []
    assert names(decide(CONTROLLER, owner, {REVISIONS: [rev], "pods": [member(owner, 0, rev)]})) == ["db-1"]


def test_in_parallel_all_pods_come_at_once() -> None:
    owner = stateful(podManagementPolicy="Parallel")
    assert names(decide(CONTROLLER, owner, {REVISIONS: [revision(owner)]})) == ["db-0", "db-1", "db-2"]


def test_a_pod_has_its_name_host_name_and_labels() -> None:
    owner = stateful(1)
    rev = revision(owner)
    made = next(a for a in of_type(decide(CONTROLLER, owner, {REVISIONS: [rev]}), Create) if a.resource == "pods").manifest
    assert (made["spec"]["hostname"], made["spec"]["subdomain"]) == ("db-0", "db")
    assert made["metadata"]["labels"]["apps.kubernetes.io/pod-index"] == "0"
    assert made["metadata"]["labels"]["controller-revision-hash"] == rev["metadata"]["name"]


def test_claims_come_before_their_pod_and_stay_with_its_name() -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    owner = stateful(1, volumeClaimTemplates=[claim])
    actions = decide(CONTROLLER, owner, {REVISIONS: [revision(owner)]})
    made = of_type(actions, Create)
    assert [(a.resource, a.manifest["metadata"]["name"]) for a in made] == [(CLAIMS, "data-db-0"), ("pods", "db-0")]
    assert made[1].manifest["spec"]["volumes"] == [{"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}]


def test_the_last_pod_goes_first_and_alone() -> None:
    owner = stateful(1)
    rev = revision(owner)
    actions = decide(CONTROLLER, owner, {REVISIONS: [rev], "pods": [member(owner, n, rev) for n in range(3)]})
    assert [d.name for d in of_type(actions, Delete)] == ["db-2"]
    assert of_type(actions, Event)[0].message == "Delete Pod db-2 in StatefulSet db successful"


def test_an_update_replaces_the_highest_old_pod_first() -> None:
    old = stateful(image="nginx:1")
    owner = stateful(image="nginx:2")
    before, after = revision(old, 1), revision(owner, 2)
    owner["status"]["currentRevision"] = before["metadata"]["name"]
    pods = [member(owner, n, before) for n in range(3)]
    assert [d.name for d in of_type(decide(CONTROLLER, owner, {REVISIONS: [before, after], "pods": pods}), Delete)] == ["db-2"]
    waiting = [*pods[:2], member(owner, 2, after, ready=False)]
    assert of_type(decide(CONTROLLER, owner, {REVISIONS: [before, after], "pods": waiting}), Delete) == []


def test_pods_below_the_partition_keep_the_old_template() -> None:
    old = stateful(image="nginx:1")
    owner = stateful(image="nginx:2", updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 2}})
    before, after = revision(old, 1), revision(owner, 2)
    owner["status"]["currentRevision"] = before["metadata"]["name"]
    pods = [member(owner, 0, before), member(owner, 1, before), member(owner, 2, after)]
    assert of_type(decide(CONTROLLER, owner, {REVISIONS: [before, after], "pods": pods}), Delete) == []
    again = decide(CONTROLLER, owner, {REVISIONS: [before, after], "pods": pods[1:]})
    assert of_type(again, Create)[0].manifest["spec"]["containers"][0]["image"] == "nginx:1"


def test_on_delete_leaves_old_pods_alone() -> None:
    old, owner = stateful(image="nginx:1"), stateful(image="nginx:2", updateStrategy={"type": "OnDelete"})
    before, after = revision(old, 1), revision(owner, 2)
    pods = [member(owner, n, before) for n in range(3)]
    assert of_type(decide(CONTROLLER, owner, {REVISIONS: [before, after], "pods": pods}), Delete) == []


def test_a_failed_pod_makes_room_for_its_successor() -> None:
    owner = stateful(1)
    rev = revision(owner)
    actions = decide(CONTROLLER, owner, {REVISIONS: [rev], "pods": [member(owner, 0, rev, phase="Failed")]})
    assert of_type(actions, Event)[0].reason == "RecreatingFailedPod"
    assert [d.name for d in of_type(actions, Delete)] == ["db-0"]


def test_claims_of_a_pod_that_is_scaled_away_go_with_it_when_the_policy_says_so() -> None:
    claim = {"metadata": {"name": "data"}, "spec": {}}
    owner = stateful(1, volumeClaimTemplates=[claim], persistentVolumeClaimRetentionPolicy={"whenScaled": "Delete", "whenDeleted": "Retain"})
    rev = revision(owner)
    standing = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": named("data-db-1"), "spec": {}}
    pods = [member(owner, 0, rev), member(owner, 1, rev)]
    update = of_type(decide(CONTROLLER, owner, {REVISIONS: [rev], "pods": pods, CLAIMS: [standing]}), Update)[0]
    assert [r["name"] for r in update.manifest["metadata"]["ownerReferences"]] == ["db-1"]


def test_the_status_counts_current_and_updated_pods() -> None:
    owner = stateful(2)
    rev = revision(owner)
    actions = decide(CONTROLLER, owner, {REVISIONS: [rev], "pods": [member(owner, 0, rev), member(owner, 1, rev, ready=False)]})
    status = of_type(actions, UpdateStatus)[0].manifest["status"]
    assert (status["replicas"], status["readyReplicas"], status["updatedReplicas"], status["availableReplicas"]) == (2, 1, 2, 1)
