"""ReplicaSet and ReplicationController decisions."""

from typing import Any

from cluster_engine.controllers.replicaset import CONTROLLERS
from cluster_engine.machinery.status import forbidden
from cluster_engine.reconcile.actions import Create, Delete, Event, Patch, UpdateStatus, WakeAt
from tests.controllers.view import NOW, decide, named, of_type, pod, template

REPLICA_SETS, REPLICATION_CONTROLLERS = CONTROLLERS


def replica_set(replicas: int = 3, status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template()} | spec
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": named("web"), "spec": spec, "status": status or {"replicas": 0}}


def test_makes_the_missing_pods_and_says_how_many_exist() -> None:
    owner = replica_set(3)
    actions = decide(REPLICA_SETS, owner, {"pods": [pod("a", owner)]})
    created = of_type(actions, Create)
    assert [c.why for c in created] == ["1 of 3 pods exist", "2 of 3 pods exist"]
    assert created[0].manifest["metadata"]["generateName"] == "web-"
    assert created[0].manifest["metadata"]["labels"] == {"app": "web"}


def test_tells_the_name_that_the_server_gave() -> None:
    owner = replica_set(1)
    create = of_type(decide(REPLICA_SETS, owner), Create)[0]
    assert list(create.then({"metadata": {"name": "web-abcde"}})) == [Event(owner, "Normal", "SuccessfulCreate", "Created pod: web-abcde")]


def test_a_refused_pod_leaves_an_event_and_a_condition() -> None:
    create = of_type(decide(REPLICA_SETS, replica_set(1)), Create)[0]
    event, status = create.refused(forbidden("", "pods", "web-abcde", "exceeded quota"))
    assert (event.type, event.reason) == ("Warning", "FailedCreate")
    assert event.message == 'Error creating: pods "web-abcde" is forbidden: exceeded quota'
    condition = status.manifest["status"]["conditions"][0]
    assert (condition["type"], condition["status"], condition["reason"]) == ("ReplicaFailure", "True", "FailedCreate")


def test_counts_pods_in_its_status() -> None:
    owner = replica_set(2)
    leaving = pod("c", owner, deletionTimestamp="2026-01-01T00:00:00Z")
    status = of_type(decide(REPLICA_SETS, owner, {"pods": [pod("a", owner), pod("b", owner, ready=False), leaving]}), UpdateStatus)[0]
    assert status.manifest["status"] == {
        "replicas": 2, "fullyLabeledReplicas": 2, "readyReplicas": 1, "availableReplicas": 1, "terminatingReplicas": 1, "observedGeneration": 1,
    }  # fmt: skip


def test_a_satisfied_set_needs_nothing() -> None:
    status = {"replicas": 1, "fullyLabeledReplicas": 1, "readyReplicas": 1, "availableReplicas": 1, "terminatingReplicas": 0, "observedGeneration": 1}
    owner = replica_set(1, status)
    assert decide(REPLICA_SETS, owner, {"pods": [pod("a", owner)]}) == []


def test_gives_up_pending_before_unready_before_ready_pods() -> None:
    owner = replica_set(1)
    pods = [pod("ready", owner), pod("pending", owner, phase="Pending", node=""), pod("unready", owner, ready=False)]
    assert [d.name for d in of_type(decide(REPLICA_SETS, owner, {"pods": pods}), Delete)] == ["pending", "unready"]


def test_gives_up_the_cheaper_pod_first() -> None:
    owner = replica_set(1)
    pods = [pod("dear", owner, annotations={"controller.kubernetes.io/pod-deletion-cost": "10"}), pod("cheap", owner)]
    assert [d.name for d in of_type(decide(REPLICA_SETS, owner, {"pods": pods}), Delete)] == ["cheap"]


def test_empties_the_crowded_node_first() -> None:
    owner = replica_set(2)
    pods = [pod("a", owner, node="n1"), pod("b", owner, node="n2"), pod("c", owner, node="n2")]
    assert of_type(decide(REPLICA_SETS, owner, {"pods": pods}), Delete)[0].name in ("b", "c")


def test_adopts_orphans_and_releases_strangers() -> None:
    owner = replica_set(1)
    patches = of_type(decide(REPLICA_SETS, owner, {"pods": [pod("lone"), pod("stranger", owner, labels={"app": "debug"})]}), Patch)
    assert patches[0].patch["metadata"]["ownerReferences"][0] == {"$patch": "delete", "uid": "uid-web"}
    assert patches[1].patch["metadata"]["ownerReferences"][0]["uid"] == "uid-web"


def test_a_dying_set_makes_nothing() -> None:
    owner = replica_set(3)
    owner["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert of_type(decide(REPLICA_SETS, owner), Create) == []


def test_wakes_when_a_ready_pod_becomes_available() -> None:
    owner = replica_set(1, minReadySeconds=10)
    actions = decide(REPLICA_SETS, owner, {"pods": [pod("a", owner)]}, now=NOW + 4)
    assert of_type(actions, WakeAt)[0].moment == NOW + 10
    assert "availableReplicas" not in of_type(actions, UpdateStatus)[0].manifest["status"]


def test_a_replication_controller_selects_by_a_plain_map() -> None:
    owner = replica_set(2, selector={"app": "web"}) | {"apiVersion": "v1", "kind": "ReplicationController"}
    actions = decide(REPLICATION_CONTROLLERS, owner, {"pods": [pod("lone")]})
    assert len(of_type(actions, Patch)) == 1
    assert len(of_type(actions, Create)) == 1
    assert "terminatingReplicas" not in of_type(actions, UpdateStatus)[0].manifest["status"]
