from explorer.scenes.pod import pod_item, short_name
from tests.scenes.objects import pod, waiting


def test_a_ready_pod_is_a_filled_disc() -> None:
    assert pod_item(pod())["sign"] == "ready"


def test_the_name_on_the_cell_leaves_the_template_hash_out() -> None:
    assert short_name(pod()) == ("web", "q2d6j")


def test_a_bare_pod_keeps_its_whole_name() -> None:
    assert short_name(pod("my-web-bcdfg", meta={"ownerReferences": []})) == ("my-web-bcdfg", "")


def test_a_crash_loop_tells_its_restarts() -> None:
    item = pod_item(pod(**waiting("CrashLoopBackOff", restarts=5)))
    assert (item["sign"], item["note"]) == ("crash", "×5")


def test_an_image_that_cannot_be_pulled_is_a_failure_with_its_reason() -> None:
    item = pod_item(pod(**waiting("ImagePullBackOff")))
    assert (item["sign"], item["words"]) == ("failed", "ImagePullBackOff")


def test_a_pull_under_way_fills_the_cell_by_its_share() -> None:
    item = pod_item(pod(**waiting("ContainerCreating")), {"app": 0.62})
    assert (item["sign"], item["note"], item["fill"]) == ("pulling", "62 %", 0.62)


def test_a_pod_without_a_node_is_pending() -> None:
    assert pod_item(pod(node="", phase="Pending", status={"conditions": []}))["sign"] == "pending"


def test_an_unschedulable_pod_says_how_many_nodes_fit() -> None:
    refusal = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available: 3 Insufficient cpu."}
    item = pod_item(pod(node="", phase="Pending", status={"conditions": [refusal]}))
    assert (item["sign"], item["note"]) == ("unsched", "0 of 3 nodes fit")


def test_a_pod_on_a_silent_node_is_unknown() -> None:
    assert pod_item(pod(), silent=True)["sign"] == "unknown"


def test_a_pod_that_leaves_is_struck_with_its_deadline() -> None:
    item = pod_item(pod(meta={"deletionTimestamp": "2026-01-01T00:00:30Z"}))
    assert (item["sign"], item["until"]) == ("term", 1767225630.0)


def test_running_without_readiness_is_a_half_disc() -> None:
    state = {"name": "app", "ready": False, "restartCount": 0, "state": {"running": {}}}
    item = pod_item(pod(status={"conditions": [{"type": "Ready", "status": "False"}], "containerStatuses": [state]}))
    assert item["sign"] == "notready"


def test_an_ended_pod_is_a_tick_or_a_cross() -> None:
    assert [pod_item(pod(phase=phase))["sign"] for phase in ("Succeeded", "Failed")] == ["done", "failed"]


def test_a_pending_init_container_does_not_hide_the_main_ones() -> None:
    manifest = pod(**waiting("PodInitializing"), spec={"initContainers": [{"name": "first", "image": "busybox"}]})
    strips = pod_item(manifest)["containers"]
    assert [(s["name"], s.get("init", False)) for s in strips] == [("first", True), ("app", False)]
