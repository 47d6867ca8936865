"""Node lifecycle, taint eviction, pod garbage collection, address ranges and TTL."""

from typing import Any

from cluster_engine.controllers.node_ipam import controllers as ipam
from cluster_engine.controllers.node_lifecycle import controllers as lifecycle
from cluster_engine.controllers.node_lifecycle import eviction_rate
from cluster_engine.controllers.pod_gc import controllers as pod_gc
from cluster_engine.controllers.taint_eviction import CONTROLLER as EVICTION
from cluster_engine.controllers.ttl import CONTROLLER as TTL
from cluster_engine.controllers.ttl import step_for
from cluster_engine.reconcile.actions import Delete, Event, Patch, UpdateStatus, WakeAt
from cluster_engine.reconcile.settings import Settings
from tests.controllers.view import NOW, THEN, decide, named, of_type, pod, view_of

SETTINGS = Settings()
NODES = lifecycle(SETTINGS)[0]
POD_GC = pod_gc(SETTINGS)[0]
LEASES = "leases.coordination.k8s.io"
CONDITIONS = ("MemoryPressure", "DiskPressure", "PIDPressure")


def node(name: str = "n1", ready: str = "True", taints: list[dict[str, Any]] | None = None, zone: str = "", **spec: Any) -> dict[str, Any]:
    entries = [{"type": t, "status": "False", "lastHeartbeatTime": THEN, "lastTransitionTime": THEN} for t in CONDITIONS]
    entries.append({"type": "Ready", "status": ready, "lastHeartbeatTime": THEN, "lastTransitionTime": THEN})
    labels = {"topology.kubernetes.io/zone": zone} if zone else {}
    body = spec | ({"taints": taints} if taints else {})
    return {"apiVersion": "v1", "kind": "Node", "metadata": named(name, namespace="", labels=labels), "spec": body, "status": {"conditions": entries}}


def lease(renewed: str) -> dict[str, Any]:
    return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": named("n1", namespace="kube-node-lease"), "spec": {"renewTime": renewed}}


def test_a_new_node_is_registered_once() -> None:
    view = view_of(NODES, {"nodes": [node()]})
    told = [of_type(NODES.reconcile(node(), view, NOW), Event) for _ in range(2)]
    assert [e.reason for e in told[0]] == ["RegisteredNode"]
    assert told[1] == []


def test_a_silent_node_becomes_unknown_after_its_grace() -> None:
    view = view_of(NODES, {"nodes": [node()]})
    assert of_type(NODES.reconcile(node(), view, NOW), UpdateStatus) == []
    update = of_type(NODES.reconcile(node(), view, NOW + 51), UpdateStatus)[0]
    by_type = {c["type"]: c for c in update.manifest["status"]["conditions"]}
    assert (by_type["Ready"]["status"], by_type["Ready"]["reason"]) == ("Unknown", "NodeStatusUnknown")
    assert by_type["MemoryPressure"]["status"] == "Unknown"


def test_a_renewed_lease_counts_as_a_sign_of_life() -> None:
    around: dict[str, Any] = {"nodes": [node()], LEASES: [lease("2026-01-01T00:00:00.000000Z")]}
    view = view_of(NODES, around)
    list(NODES.reconcile(node(), view, NOW))
    renewed = view_of(NODES, around | {LEASES: [lease("2026-01-01T00:00:40.000000Z")]})
    renewed.memory = view.memory
    actions = list(NODES.reconcile(node(), renewed, NOW + 51))
    assert of_type(actions, UpdateStatus) == []
    assert of_type(actions, WakeAt)[0].moment == NOW + 40 + SETTINGS.node_monitor_grace_period


def test_conditions_become_taints_and_go_again() -> None:
    pressed = node()
    pressed["status"]["conditions"][0]["status"] = "True"
    patch = of_type(decide(NODES, pressed), Patch)[0].patch
    assert [(t["key"], t["effect"]) for t in patch["spec"]["taints"]] == [("node.kubernetes.io/memory-pressure", "NoSchedule")]
    tainted = node(taints=[{"key": "node.kubernetes.io/memory-pressure", "effect": "NoSchedule"}, {"key": "mine", "effect": "NoSchedule"}])
    assert [t["key"] for t in of_type(decide(NODES, tainted), Patch)[0].patch["spec"]["taints"]] == ["mine"]


def test_a_cordoned_node_is_tainted_unschedulable() -> None:
    patch = of_type(decide(NODES, node(unschedulable=True)), Patch)[0].patch
    assert [t["key"] for t in patch["spec"]["taints"]] == ["node.kubernetes.io/unschedulable"]


def test_an_unknown_node_among_healthy_ones_is_tainted_noexecute_and_its_pods_are_not_ready() -> None:
    bad = node(ready="Unknown")
    actions = decide(NODES, bad, {"nodes": [bad, node("n2")], "pods": [pod("a")]})
    taints = of_type(actions, Patch)[0].patch["spec"]["taints"]
    assert [(t["key"], t["effect"]) for t in taints] == [("node.kubernetes.io/unreachable", "NoSchedule"), ("node.kubernetes.io/unreachable", "NoExecute")]
    update = of_type(actions, UpdateStatus)[0].manifest
    assert update["status"]["conditions"][0]["status"] == "False"


def test_nothing_is_evicted_when_no_node_is_ready() -> None:
    bad = node(ready="Unknown")
    taints = of_type(decide(NODES, bad, {"nodes": [bad]}), Patch)[0].patch["spec"]["taints"]
    assert [t["effect"] for t in taints] == ["NoSchedule"]


def test_a_zone_loses_nodes_one_by_one() -> None:
    bad, worse, fine = node("n1", "Unknown", zone="a"), node("n2", "Unknown", zone="a"), node("n3", zone="b")
    view = view_of(NODES, {"nodes": [bad, worse, fine]})
    first = of_type(NODES.reconcile(bad, view, NOW), Patch)[0].patch["spec"]["taints"]
    second = list(NODES.reconcile(worse, view, NOW))
    assert "NoExecute" in [t["effect"] for t in first]
    assert "NoExecute" not in [t["effect"] for t in of_type(second, Patch)[0].patch["spec"]["taints"]]
    assert NOW + 10 in [w.moment for w in of_type(second, WakeAt)]


def test_a_small_zone_that_is_mostly_down_loses_no_more_nodes() -> None:
    assert eviction_rate([node(str(n), "Unknown") for n in range(3)] + [node("x")], SETTINGS) == 0.0
    assert eviction_rate([node(str(n), "Unknown") for n in range(40)] + [node(f"x{n}") for n in range(20)], SETTINGS) == 0.01
    assert eviction_rate([node("a", "Unknown"), node("b")], SETTINGS) == 0.1


# -- eviction by taints

OUT = {"key": "out", "effect": "NoExecute"}


def test_a_pod_without_toleration_is_evicted_at_once() -> None:
    actions = decide(EVICTION, pod("a"), {"nodes": [node(taints=[OUT])]})
    assert of_type(actions, Event)[0].message == "Marking for deletion Pod default/a"
    assert of_type(actions, UpdateStatus)[0].manifest["status"]["conditions"][-1]["reason"] == "DeletionByTaintManager"
    assert len(of_type(actions, Delete)) == 1


def test_a_patient_pod_leaves_when_its_time_is_over() -> None:
    patient = pod("a")
    patient["spec"]["tolerations"] = [{"key": "out", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30}]
    view = view_of(EVICTION, {"pods": [patient], "nodes": [node(taints=[OUT])]})
    assert of_type(EVICTION.reconcile(patient, view, NOW), WakeAt)[0].moment == NOW + 30
    assert len(of_type(EVICTION.reconcile(patient, view, NOW + 30), Delete)) == 1


def test_a_taint_that_goes_cancels_the_eviction() -> None:
    patient = pod("a")
    patient["spec"]["tolerations"] = [{"key": "out", "operator": "Exists", "tolerationSeconds": 30}]
    view = view_of(EVICTION, {"pods": [patient], "nodes": [node(taints=[OUT])]})
    list(EVICTION.reconcile(patient, view, NOW))
    clean = view_of(EVICTION, {"pods": [patient], "nodes": [node()]})
    clean.memory = view.memory
    assert of_type(EVICTION.reconcile(patient, clean, NOW + 5), Event)[0].message == "Cancelling deletion of Pod default/a"


def test_a_pod_that_bears_everything_stays() -> None:
    forever = pod("a")
    forever["spec"]["tolerations"] = [{"operator": "Exists"}]
    assert decide(EVICTION, forever, {"nodes": [node(taints=[OUT])]}) == []


# -- pods that nobody finishes


def test_pods_of_a_lost_node_fail_and_go_after_a_quarantine() -> None:
    view = view_of(POD_GC, {"pods": [pod("a")], "nodes": []})
    assert of_type(POD_GC.reconcile(pod("a"), view, NOW), WakeAt)[0].moment == NOW + 40
    actions = list(POD_GC.reconcile(pod("a"), view, NOW + 40))
    assert of_type(actions, Patch)[0].patch["status"]["phase"] == "Failed"
    assert of_type(actions, Delete)[0].grace == 0


def test_a_deleted_pod_without_node_goes_at_once() -> None:
    unbound = pod("a", node="", phase="Pending", deletionTimestamp=THEN, deletionGracePeriodSeconds=30)
    assert len(of_type(decide(POD_GC, unbound), Delete)) == 1


def test_the_oldest_finished_pods_go_when_there_are_too_many() -> None:
    few = pod_gc(Settings(terminated_pod_gc_threshold=1))[0]
    old = pod("old", phase="Succeeded", creationTimestamp="2025-12-31T00:00:00Z")
    new = pod("new", phase="Succeeded")
    around = {"pods": [old, new], "nodes": [node()]}
    assert [d.name for d in of_type(decide(few, old, around), Delete)] == ["old"]
    assert decide(few, new, around) == []


# -- ranges and hints


def test_each_node_gets_the_first_free_range() -> None:
    taken, new = node("n1", podCIDR="10.244.0.0/24"), node("n2")
    patch = of_type(decide(ipam(SETTINGS)[0], new, {"nodes": [taken, new]}), Patch)[0].patch
    assert patch["spec"] == {"podCIDR": "10.244.1.0/24", "podCIDRs": ["10.244.1.0/24"]}


def test_a_full_cluster_range_is_told() -> None:
    tiny = ipam(Settings(cluster_cidr="10.0.0.0/24", node_cidr_mask_size=24))[0]
    taken, new = node("n1", podCIDR="10.0.0.0/24"), node("n2")
    assert of_type(decide(tiny, new, {"nodes": [taken, new]}), Event)[0].reason == "CIDRNotAvailable"


def test_larger_clusters_trust_cached_secrets_longer() -> None:
    assert of_type(decide(TTL, node()), Patch)[0].patch["metadata"]["annotations"] == {"node.alpha.kubernetes.io/ttl": "0"}
    assert [step_for(n, 0) for n in (100, 101, 600, 5000)] == [0, 1, 2, 4]
    assert step_for(95, 1) == 1
