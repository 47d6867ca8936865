"""Limits and pressure: a container over its limit is killed, a node short of memory gives pods up."""

from cluster_engine.kubelet.kubelet import Kubelet
from cluster_engine.simulation import Simulation, is_ready
from tests.kubelet.test_kubelet import events, pod, state

GIB = 1 << 30


def running(*pods: dict[str, object]) -> Simulation:
    cluster = Simulation("dev")
    cluster.run(3)
    cluster.apply(*pods)
    cluster.until(lambda: all(is_ready(p) for p in cluster.objects("pods", "default")))
    return cluster


def put_load(cluster: Simulation, name: str, memory: int) -> str:
    found = cluster.get("pods", name)
    machine = cluster.cluster.fleet.machines[found["spec"]["nodeName"]]
    assert isinstance(machine.kubelet, Kubelet)
    worker = machine.kubelet.worker_of(found["metadata"]["uid"])
    assert worker is not None
    machine.runtime.put_load(worker.apps[0].id, memory=memory)
    return str(found["spec"]["nodeName"])


def test_too_much_memory_is_an_oom_kill_and_a_restart() -> None:
    cluster = running(pod(resources={"limits": {"memory": "100Mi"}}))
    put_load(cluster, "web", 200 << 20)
    cluster.until(lambda: state(cluster)["restartCount"] == 1)
    assert state(cluster)["lastState"]["terminated"]["reason"] == "OOMKilled"
    assert state(cluster)["lastState"]["terminated"]["exitCode"] == 137


def test_a_node_short_of_memory_evicts_who_uses_more_than_it_asked_for() -> None:
    here = {"nodeName": "worker-1"}
    cluster = running(pod("greedy", spec=dict(here)), pod("modest", spec=dict(here), resources={"requests": {"memory": "64Mi"}}))
    node = put_load(cluster, "greedy", 8 * GIB)
    cluster.until(lambda: cluster.get("pods", "greedy")["status"]["phase"] == "Failed")
    assert cluster.get("pods", "greedy")["status"]["reason"] == "Evicted"
    assert cluster.get("pods", "modest")["status"]["phase"] == "Running"
    pressure = next(c for c in cluster.admin.get("nodes", "", node)["status"]["conditions"] if c["type"] == "MemoryPressure")
    assert pressure["status"] == "True"
    assert any(e.startswith("Evicted: The node was low on resource: memory.") for e in events(cluster, "greedy"))
    cluster.run(400)
    pressure = next(c for c in cluster.admin.get("nodes", "", node)["status"]["conditions"] if c["type"] == "MemoryPressure")
    assert pressure["status"] == "False"


def test_a_pod_that_does_not_fit_is_refused_by_the_kubelet() -> None:
    cluster = Simulation("dev")
    cluster.run(3)
    cluster.apply(pod(spec={"nodeName": "worker-1"}, resources={"requests": {"cpu": "64"}}))
    cluster.until(lambda: cluster.get("pods", "web")["status"]["phase"] == "Failed")
    status = cluster.get("pods", "web")["status"]
    assert status["reason"] == "OutOfcpu"
    assert status["message"].startswith("Pod was rejected: Node didn't have enough resource: cpu, requested: 64000, used: ")


def test_a_node_that_is_shut_down_ends_its_pods_in_good_order() -> None:
    cluster = running(pod(spec={"nodeName": "worker-1"}))
    cluster.cluster.fleet.shut_down("worker-1")
    cluster.run(15)
    status = cluster.get("pods", "web")["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "Terminated")
    assert status["message"] == "Pod was terminated in response to imminent node shutdown."
    ready = next(c for c in cluster.admin.get("nodes", "", "worker-1")["status"]["conditions"] if c["type"] == "Ready")
    assert (ready["status"], ready["message"]) == ("False", "node is shutting down")
    cluster.apply(pod("late", spec={"nodeName": "worker-1", "tolerations": [{"operator": "Exists"}]}))
    cluster.until(lambda: cluster.get("pods", "late")["status"].get("reason") == "NodeShutdown")


def test_a_dead_kube_proxy_leaves_its_rules_as_they_are() -> None:
    cluster = running(pod())
    proxies = cluster.cluster.fleet.proxies
    before = proxies.rules("worker-1")
    proxies.stop("worker-1")
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "new"}, "spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}}
    cluster.apply(service)
    cluster.run(2)
    assert proxies.rules("worker-1") == before
    assert "default/new" in proxies.rules("worker-2")
    proxies.start("worker-1")
    assert "default/new" in proxies.rules("worker-1")
