"""What a cluster makes of trouble."""

import pytest

from cluster_engine import faults
from cluster_engine.simulation import Simulation


def deployment(replicas: int = 3) -> dict[str, object]:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


@pytest.fixture
def cluster() -> Simulation:
    made = Simulation("dev")
    made.apply(deployment())
    made.until(lambda: len(made.ready_pods()) == 3, 60)
    return made


def restarts(cluster: Simulation, name: str) -> int:
    return sum(c["restartCount"] for c in cluster.get("pods", name)["status"]["containerStatuses"])


def test_a_killed_container_is_restarted_in_its_pod(cluster: Simulation) -> None:
    name = cluster.ready_pods()[0]["metadata"]["name"]
    faults.cause(cluster.cluster, "kill-container", f"default/{name}/c")
    cluster.until(lambda: restarts(cluster, name) == 1, 60)
    cluster.until(lambda: len(cluster.ready_pods()) == 3, 60)


def test_a_deleted_pod_is_replaced(cluster: Simulation) -> None:
    name = cluster.ready_pods()[0]["metadata"]["name"]
    faults.cause(cluster.cluster, "delete-pod", f"default/{name}")
    cluster.until(lambda: len(cluster.ready_pods()) == 3 and all(p["metadata"]["name"] != name for p in cluster.ready_pods()), 60)


def test_pods_of_a_dead_node_are_made_elsewhere(cluster: Simulation) -> None:
    faults.cause(cluster.cluster, "power-off", "worker-1")
    cluster.until(lambda: any(c["type"] == "Ready" and c["status"] == "Unknown" for c in cluster.get("nodes", "worker-1")["status"]["conditions"]), 120)

    def moved() -> bool:
        ready = [p for p in cluster.ready_pods() if "deletionTimestamp" not in p["metadata"]]
        return len(ready) == 3 and all(p["spec"]["nodeName"] == "worker-2" for p in ready)

    cluster.until(moved, 600)
    faults.mend(cluster.cluster, "power-off", "worker-1")
    cluster.until(lambda: any(c["type"] == "Ready" and c["status"] == "True" for c in cluster.get("nodes", "worker-1")["status"]["conditions"]), 120)


def test_without_the_scheduler_new_pods_wait_and_old_ones_run(cluster: Simulation) -> None:
    faults.cause(cluster.cluster, "stop-component", "kube-scheduler")
    cluster.apply(deployment(5))
    cluster.run(30)
    assert len(cluster.ready_pods()) == 3
    assert sum(1 for p in cluster.objects("pods", "default") if not p["spec"].get("nodeName")) == 2
    faults.mend(cluster.cluster, "stop-component", "kube-scheduler")
    cluster.until(lambda: len(cluster.ready_pods()) == 5, 60)


def test_without_the_controller_manager_nothing_is_replaced(cluster: Simulation) -> None:
    faults.cause(cluster.cluster, "stop-component", "kube-controller-manager")
    faults.cause(cluster.cluster, "delete-pod", f"default/{cluster.ready_pods()[0]['metadata']['name']}")
    cluster.run(60)
    assert len(cluster.ready_pods()) == 2
    faults.mend(cluster.cluster, "stop-component", "kube-controller-manager")
    cluster.until(lambda: len(cluster.ready_pods()) == 3, 60)


def test_a_stopped_kubelet_leaves_its_containers_running(cluster: Simulation) -> None:
    faults.cause(cluster.cluster, "stop-kubelet", "worker-1")
    cluster.until(lambda: any(c["type"] == "Ready" and c["status"] == "Unknown" for c in cluster.get("nodes", "worker-1")["status"]["conditions"]), 120)
    assert cluster.cluster.fleet.machines["worker-1"].runtime.list_containers()


def test_an_unreachable_registry_fails_pulls_until_it_is_back(cluster: Simulation) -> None:
    faults.cause(cluster.cluster, "registry-down", "docker.io")
    cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "late"}, "spec": {"containers": [{"name": "c", "image": "httpd:2.4"}]}})

    def waiting() -> str:
        found = cluster.get("pods", "late")["status"].get("containerStatuses") or [{}]
        return str(found[0].get("state", {}).get("waiting", {}).get("reason", ""))

    cluster.until(lambda: waiting() == "ImagePullBackOff", 120)
    faults.mend(cluster.cluster, "registry-down", "docker.io")
    cluster.until(lambda: any(p["metadata"]["name"] == "late" for p in cluster.ready_pods()), 400)


def test_memory_pressure_shows_and_goes(cluster: Simulation) -> None:
    def pressed() -> bool:
        conditions = cluster.get("nodes", "worker-1")["status"]["conditions"]
        return any(c["type"] == "MemoryPressure" and c["status"] == "True" for c in conditions)

    faults.cause(cluster.cluster, "memory-pressure", "worker-1")
    cluster.until(pressed, 120)
    faults.mend(cluster.cluster, "memory-pressure", "worker-1")
    cluster.until(lambda: not pressed(), 900)


def test_says_what_there_is_when_the_target_is_wrong(cluster: Simulation) -> None:
    with pytest.raises(faults.UnknownTarget, match="worker-1, worker-2"):
        faults.cause(cluster.cluster, "power-off", "worker-9")
    with pytest.raises(faults.UnknownTarget):
        faults.cause(cluster.cluster, "kill-container", "default/nothing")


def test_what_only_the_cluster_can_heal_cannot_be_undone(cluster: Simulation) -> None:
    with pytest.raises(ValueError, match="cannot be undone"):
        faults.mend(cluster.cluster, "delete-pod", "default/x")
