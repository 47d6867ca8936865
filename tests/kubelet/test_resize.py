"""Resizing in place: limits change under a running container, which is restarted only where its policy says so."""

from typing import Any

from cluster_engine.kubelet.kubelet import Kubelet
from cluster_engine.simulation import Simulation, is_ready
from tests.kubelet.test_kubelet import pod, state


def resized(**container: Any) -> Simulation:
    cluster = Simulation("dev")
    cluster.run(3)
    cluster.apply(pod(resources={"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "128Mi"}}, **container))
    cluster.until(lambda: is_ready(cluster.get("pods", "web")))
    change = {"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "300m"}, "limits": {"cpu": "600m"}}}]}}
    cluster.admin.patch("pods", "default", "web", change, type="strategic", subresource="resize")
    cluster.run(10)
    return cluster


def limit(cluster: Simulation) -> int:
    found = cluster.get("pods", "web")
    machine = cluster.cluster.fleet.machines[found["spec"]["nodeName"]]
    assert isinstance(machine.kubelet, Kubelet)
    worker = machine.kubelet.worker_of(found["metadata"]["uid"])
    assert worker is not None
    return machine.runtime.container(worker.apps[0].id).box.group.limits.cpu


def test_cpu_is_resized_without_a_restart() -> None:
    cluster = resized()
    assert limit(cluster) == 600
    assert state(cluster)["resources"]["limits"]["cpu"] == "600m"
    assert state(cluster)["allocatedResources"]["cpu"] == "300m"
    assert state(cluster)["restartCount"] == 0


def test_a_container_that_asks_for_it_is_restarted() -> None:
    cluster = resized(resizePolicy=[{"resourceName": "cpu", "restartPolicy": "RestartContainer"}])
    assert state(cluster)["restartCount"] == 1
    assert limit(cluster) == 600
