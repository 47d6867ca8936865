"""The simulation stops and goes on: clusters come back as they were."""

from cluster_engine.simulation import Simulation, is_ready
from cluster_engine.store.backend import MemoryBackend
from tests.kubelet.test_kubelet import pod, state


def test_pods_go_on_as_they_were_and_nothing_is_written() -> None:
    backend = MemoryBackend()
    before = Simulation("dev", backend=backend)
    before.run(3)
    before.apply(pod(), pod("slow", "busybox", command=["sleep", "100000"]), pod("bad", "busybox", command=["false"]))
    before.until(lambda: is_ready(before.get("pods", "web")) and is_ready(before.get("pods", "slow")))
    before.run(60)
    statuses = {p["metadata"]["name"]: p["status"] for p in before.objects("pods") if p["metadata"]["name"] != "bad"}
    after = Simulation("dev", backend=backend, clock=before.clock)
    after.run(3)
    assert {p["metadata"]["name"]: p["status"] for p in after.objects("pods") if p["metadata"]["name"] != "bad"} == statuses
    assert state(after, "bad")["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    worker = after.cluster.fleet.machines[after.get("pods", "web")["spec"]["nodeName"]].kubelet.worker_of(after.get("pods", "web")["metadata"]["uid"])  # type: ignore[union-attr]
    assert worker is not None
    assert worker.address == statuses["web"]["podIP"]
    after.admin.delete("pods", "default", "web")
    after.run(5)
    assert "web" not in {p["metadata"]["name"] for p in after.objects("pods", "default")}


def test_a_machine_that_lost_power_starts_its_pods_anew() -> None:
    cluster = Simulation("dev")
    cluster.run(3)
    cluster.apply(pod())
    cluster.until(lambda: is_ready(cluster.get("pods", "web")))
    node = cluster.get("pods", "web")["spec"]["nodeName"]
    cluster.cluster.power(node, False)
    cluster.run(5)
    cluster.cluster.power(node, True)
    cluster.until(lambda: is_ready(cluster.get("pods", "web")) and state(cluster)["restartCount"] == 1)
