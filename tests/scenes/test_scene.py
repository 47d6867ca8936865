from typing import Any

from explorer.scenes.scene import Scene
from tests.scenes.objects import node, pod, service, slice_of, waiting

SLICES = "endpointslices.discovery.k8s.io"


def scene_of(*objects: dict[str, Any]) -> Scene:
    scene = Scene()
    resources = {"Pod": "pods", "Node": "nodes", "Service": "services", "EndpointSlice": SLICES}
    for manifest in objects:
        scene.take(resources[manifest["kind"]], manifest, revision=7)
    scene.refresh()
    return scene


def test_a_pod_that_changes_is_the_only_cell_in_the_delta() -> None:
    scene = scene_of(node(), pod("a"), pod("b"))
    scene.take("pods", pod("a", **waiting("CrashLoopBackOff", 1)), revision=8)
    delta = scene.refresh()
    assert [item["id"] for item in delta.nodes] == ["uid-a"]


def test_what_is_the_same_is_not_sent_again() -> None:
    scene = scene_of(node(), pod("a"))
    scene.take("pods", pod("a"), revision=8)
    assert not scene.refresh()


def test_a_deleted_pod_is_gone_by_id_with_its_owner_line() -> None:
    scene = scene_of(node(), pod("a"))
    scene.take("pods", pod("a"), gone=True, revision=9)
    delta = scene.refresh()
    assert (delta.nodes_gone, delta.edges_gone) == (["uid-a"], ["owner:uid-a"])


def test_a_node_knows_what_its_pods_ask_for() -> None:
    scene = scene_of(node(), pod("a"), pod("b"))
    room = scene.items["uid-worker-1"]
    assert (room["cpu"], room["memory"], room["pods"]) == (0.5, 0.5, 2)


def test_binding_a_pod_fills_its_node() -> None:
    scene = scene_of(node(), pod("a", node="", phase="Pending"))
    scene.take("pods", pod("a"), revision=8)
    changed = {item["id"]: item for item in scene.refresh().nodes}
    assert changed["uid-worker-1"]["pods"] == 1 and changed["uid-a"]["node"] == "worker-1"


def test_a_silent_node_makes_its_pods_unknown() -> None:
    scene = scene_of(node(), pod("a"))
    scene.take("nodes", node(ready="Unknown"), revision=8)
    assert {item["id"]: item["sign"] for item in scene.refresh().nodes} == {"uid-worker-1": "unknown", "uid-a": "unknown"}


def test_a_service_counts_ready_endpoints_of_the_pods_it_selects() -> None:
    scene = scene_of(node(), service(), pod("a"), pod("b"), slice_of("web", a=True, b=False))
    line = scene.items["uid-svc-web"]
    assert (line["words"], line["sign"], line["pods"]) == ("1 of 2 endpoints", "notready", ["uid-a", "uid-b"])


def test_a_service_sees_a_pod_that_comes_later() -> None:
    scene = scene_of(service(), slice_of("web"))
    scene.take("pods", pod("late"), revision=8)
    lines = {item["id"]: item for item in scene.refresh().nodes}
    assert lines["uid-svc-web"]["pods"] == ["uid-late"]


def test_deltas_lead_from_one_scene_to_the_next() -> None:
    scene = scene_of(node(), pod("a"))
    copy = dict(scene.items)
    scene.take("pods", pod("b"), revision=8)
    scene.take("pods", pod("a"), gone=True, revision=9)
    delta = scene.refresh()
    copy |= {item["id"]: item for item in delta.nodes}
    for key in delta.nodes_gone:
        del copy[key]
    assert copy == scene.items and delta.revision == 9
