"""DaemonSet decisions: placement, replacement, status."""

from typing import Any

from cluster_engine.controllers.daemonset import CONTROLLER
from cluster_engine.controllers.daemonset.placement import should_run
from cluster_engine.reconcile.actions import Create, Delete, Event, UpdateStatus
from cluster_engine.reconcile.history import History
from tests.controllers.view import decide, named, of_type, pod, template, view_of

REVISIONS = "controllerrevisions.apps"


def node(name: str, **labels: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Node", "metadata": named(name, namespace="", labels=labels), "spec": {}, "status": {}}


def daemons(image: str = "agent", rolling: dict[str, Any] | None = None, **pod_spec: Any) -> dict[str, Any]:
    body = template(image)
    body["spec"] |= pod_spec
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0} | (rolling or {})}
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": body, "updateStrategy": strategy}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": named("ds"), "spec": spec, "status": {}}


def revision(owner: dict[str, Any], number: int = 1) -> dict[str, Any]:
    made = History.of(owner, view_of(CONTROLLER, {}), "controller-revision-hash").draft(0)
    return made | {"revision": number, "metadata": made["metadata"] | {"uid": f"uid-rev-{number}", "creationTimestamp": "2026-01-01T00:00:00Z"}}


def on(owner: dict[str, Any], node_name: str, rev: dict[str, Any], **more: Any) -> dict[str, Any]:
    labels = {"app": "web", "controller-revision-hash": rev["metadata"]["labels"]["controller-revision-hash"]}
    return pod(f"ds-{node_name}", owner, node=node_name, labels=labels, **more)


def test_every_fitting_node_gets_a_pod_meant_for_it() -> None:
    owner = daemons()
    made = of_type(decide(CONTROLLER, owner, {REVISIONS: [revision(owner)], "nodes": [node("n1"), node("n2")]}), Create)
    wanted = [m.manifest["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"][0] for m in made]
    assert [w["matchFields"][0]["values"] for w in wanted] == [["n1"], ["n2"]]
    assert {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"} in made[0].manifest["spec"]["tolerations"]


def test_selectors_and_taints_keep_nodes_out() -> None:
    spec = {"nodeSelector": {"disk": "ssd"}}
    assert should_run(spec, node("n1", disk="ssd")) == (True, True)
    assert should_run(spec, node("n2")) == (False, False)
    tainted = node("n3", disk="ssd")
    tainted["spec"]["taints"] = [{"key": "only", "value": "me", "effect": "NoSchedule"}]
    assert should_run(spec, tainted) == (False, True)
    tainted["spec"]["taints"][0]["effect"] = "NoExecute"
    assert should_run(spec, tainted) == (False, False)


def test_a_pod_on_a_node_that_no_longer_fits_is_deleted() -> None:
    owner = daemons(nodeSelector={"disk": "ssd"})
    rev = revision(owner)
    actions = decide(CONTROLLER, owner, {REVISIONS: [rev], "nodes": [node("n1")], "pods": [on(owner, "n1", rev)]})
    assert [d.name for d in of_type(actions, Delete)] == ["ds-n1"]


def test_a_failed_daemon_pod_is_taken_away() -> None:
    owner = daemons()
    rev = revision(owner)
    actions = decide(CONTROLLER, owner, {REVISIONS: [rev], "nodes": [node("n1")], "pods": [on(owner, "n1", rev, phase="Failed")]})
    assert of_type(actions, Event)[0].reason == "FailedDaemonPod"
    assert len(of_type(actions, Delete)) == 1


def rollout(rolling: dict[str, Any] | None, new_on: list[str], ready: bool = True) -> list[Any]:
    old, owner = daemons("agent:1"), daemons("agent:2", rolling)
    before, after = revision(old, 1), revision(owner, 2)
    pods = [on(owner, n, after, ready=ready) if n in new_on else on(owner, n, before) for n in ("n1", "n2", "n3")]
    return decide(CONTROLLER, owner, {REVISIONS: [before, after], "nodes": [node("n1"), node("n2"), node("n3")], "pods": pods})


def test_an_update_goes_node_by_node() -> None:
    assert len(of_type(rollout(None, []), Delete)) == 1
    assert of_type(rollout(None, ["n1"], ready=False), Delete) == []
    assert len(of_type(rollout({"maxUnavailable": 2}, []), Delete)) == 2


def test_with_surge_the_new_pod_comes_first() -> None:
    actions = rollout({"maxSurge": 1, "maxUnavailable": 0}, [])
    assert len(of_type(actions, Create)) == 1
    assert of_type(actions, Delete) == []


def test_the_status_counts_nodes() -> None:
    owner = daemons()
    rev = revision(owner)
    actions = decide(CONTROLLER, owner, {REVISIONS: [rev], "nodes": [node("n1"), node("n2")], "pods": [on(owner, "n1", rev)]})
    assert of_type(actions, UpdateStatus)[0].manifest["status"] == {
        "currentNumberScheduled": 1, "numberMisscheduled": 0, "desiredNumberScheduled": 2, "numberReady": 1,
        "updatedNumberScheduled": 1, "numberAvailable": 1, "numberUnavailable": 1, "observedGeneration": 1,
    }  # fmt: skip
