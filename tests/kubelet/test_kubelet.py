"""Pods on a real (simulated) cluster: what their status and events say in good and bad times."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster_engine.simulation import Simulation, is_ready

MANIFESTS = Path(__file__).resolve().parents[3] / "shared" / "manifests"
Manifest = dict[str, Any]
NOTHING: Manifest = {"state": {}, "restartCount": 0}


@pytest.fixture
def cluster() -> Simulation:
    made = Simulation("dev")
    made.run(3)
    return made


def pod(name: str = "web", image: str = "nginx:1.27", spec: Manifest | None = None, **container: Any) -> Manifest:
    containers = [{"name": "main", "image": image, **container}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": {"containers": containers, **(spec or {})}}


def state(cluster: Simulation, name: str = "web", field: str = "containerStatuses") -> Manifest:
    status: Manifest = (cluster.get("pods", name)["status"].get(field) or [NOTHING])[0]
    return status


def events(cluster: Simulation, name: str = "web") -> list[str]:
    found = [e for e in cluster.objects("events", "default") if e["involvedObject"]["name"] == name]
    return [f"{e['reason']}: {e['message']}" for e in found]


def waiting(cluster: Simulation, name: str = "web") -> str:
    return str((state(cluster, name)["state"].get("waiting") or {}).get("reason", ""))


def test_a_pod_becomes_ready(cluster: Simulation) -> None:
    cluster.apply(pod())
    took = cluster.until(lambda: is_ready(cluster.get("pods", "web")))
    status = cluster.get("pods", "web")["status"]
    assert 1 < took < 10
    assert status["phase"] == "Running"
    assert [c["type"] for c in status["conditions"]] == ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
    assert status["podIP"].startswith("10.244.")
    assert status["containerStatuses"][0]["containerID"].startswith("containerd://")


def test_its_events_tell_the_story(cluster: Simulation) -> None:
    cluster.apply(pod())
    cluster.run(15)
    told = [e.partition(":")[0] for e in events(cluster)]
    assert told == ["Scheduled", "Pulling", "Pulled", "Created", "Started"]
    assert any(e.startswith('Pulled: Successfully pulled image "nginx:1.27" in ') and e.endswith("bytes.") for e in events(cluster))


def test_a_wrong_tag_ends_in_image_pull_back_off(cluster: Simulation) -> None:
    cluster.apply(pod(image="nginx:1.161"))
    cluster.until(lambda: waiting(cluster) == "ErrImagePull")
    cluster.until(lambda: waiting(cluster) == "ImagePullBackOff")
    message = state(cluster)["state"]["waiting"]["message"]
    assert message.startswith('Back-off pulling image "nginx:1.161": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image')
    assert 'BackOff: Back-off pulling image "nginx:1.161"' in events(cluster)


def test_a_bad_reference_is_an_invalid_image_name(cluster: Simulation) -> None:
    cluster.apply(pod(image="Nginx:1"))
    cluster.until(lambda: waiting(cluster) == "InvalidImageName")


def test_a_crashing_container_is_restarted_with_back_off(cluster: Simulation) -> None:
    cluster.apply(pod(image="busybox", command=["false"]))
    cluster.until(lambda: waiting(cluster) == "CrashLoopBackOff")
    assert state(cluster)["lastState"]["terminated"]["exitCode"] == 1
    assert "back-off 10s restarting failed container=main pod=web_default(" in state(cluster)["state"]["waiting"]["message"]
    began = cluster.clock.now()
    cluster.until(lambda: state(cluster)["restartCount"] == 4, within=120)
    assert 35 < cluster.clock.now() - began < 80
    assert any(e.startswith("BackOff: Back-off restarting failed container main in pod web_default(") for e in events(cluster))


def test_a_job_like_pod_succeeds(cluster: Simulation) -> None:
    cluster.apply(pod(image="busybox", command=["true"], spec={"restartPolicy": "Never"}))
    cluster.until(lambda: cluster.get("pods", "web")["status"]["phase"] == "Succeeded")
    assert state(cluster)["state"]["terminated"]["reason"] == "Completed"
    ready = next(c for c in cluster.get("pods", "web")["status"]["conditions"] if c["type"] == "Ready")
    assert (ready["status"], ready["reason"]) == ("False", "PodCompleted")


def test_restart_on_failure_leaves_success_alone(cluster: Simulation) -> None:
    cluster.apply(
        pod("bad", "busybox", command=["false"], spec={"restartPolicy": "OnFailure"}),
        pod("good", "busybox", command=["true"], spec={"restartPolicy": "OnFailure"}),
    )
    cluster.run(60)
    assert state(cluster, "bad")["restartCount"] >= 2
    assert cluster.get("pods", "good")["status"]["phase"] == "Succeeded"


def test_a_missing_config_map_is_a_config_error(cluster: Simulation) -> None:
    cluster.apply(pod(envFrom=[{"configMapRef": {"name": "settings"}}]))
    cluster.until(lambda: waiting(cluster) == "CreateContainerConfigError")
    assert state(cluster)["state"]["waiting"]["message"] == 'configmap "settings" not found'
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"MODE": "fast"}})
    cluster.until(lambda: is_ready(cluster.get("pods", "web")))


def test_a_missing_secret_holds_up_the_mount(cluster: Simulation) -> None:
    cluster.apply(pod(spec={"volumes": [{"name": "keys", "secret": {"secretName": "keys"}}]}))
    cluster.run(10)
    assert waiting(cluster) == "ContainerCreating"
    assert 'FailedMount: MountVolume.SetUp failed for volume "keys" : secret "keys" not found' in events(cluster)


def test_init_containers_go_first_and_one_by_one(cluster: Simulation) -> None:
    inits = [{"name": "one", "image": "busybox", "command": ["sleep", "5"]}, {"name": "two", "image": "busybox", "command": ["sleep", "5"]}]
    cluster.apply(pod(spec={"initContainers": inits}))
    cluster.run(4)
    assert state(cluster)["state"]["waiting"]["reason"] == "PodInitializing"
    condition = next(c for c in cluster.get("pods", "web")["status"]["conditions"] if c["type"] == "Initialized")
    assert condition["message"] == "containers with incomplete status: [one two]"
    cluster.until(lambda: is_ready(cluster.get("pods", "web")))
    assert [s["state"]["terminated"]["reason"] for s in cluster.get("pods", "web")["status"]["initContainerStatuses"]] == ["Completed", "Completed"]


def test_a_sidecar_starts_before_and_ends_after(cluster: Simulation) -> None:
    sidecar = {"name": "proxy", "image": "nginx:1.27", "restartPolicy": "Always"}
    cluster.apply(pod(image="busybox", command=["sleep", "20"], spec={"initContainers": [sidecar], "restartPolicy": "Never"}))
    cluster.until(lambda: cluster.get("pods", "web")["status"]["phase"] == "Running")
    assert "running" in state(cluster, field="initContainerStatuses")["state"]
    cluster.until(lambda: cluster.get("pods", "web")["status"]["phase"] == "Succeeded")
    assert "terminated" in state(cluster, field="initContainerStatuses")["state"]


def test_a_failing_readiness_probe_keeps_a_pod_unready(cluster: Simulation) -> None:
    cluster.apply(pod(readinessProbe={"httpGet": {"path": "/nowhere", "port": 80}, "periodSeconds": 2}))
    cluster.run(20)
    assert not state(cluster)["ready"]
    assert "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404" in events(cluster)


def test_a_failing_liveness_probe_restarts_the_container(cluster: Simulation) -> None:
    cluster.apply(pod(livenessProbe={"tcpSocket": {"port": 81}, "periodSeconds": 1, "failureThreshold": 2}))
    cluster.until(lambda: state(cluster)["restartCount"] >= 1)
    assert "Killing: Container main failed liveness probe, will be restarted" in events(cluster)


def test_a_startup_probe_holds_back_the_others(cluster: Simulation) -> None:
    cluster.apply(pod(startupProbe={"tcpSocket": {"port": 80}, "initialDelaySeconds": 8}, readinessProbe={"tcpSocket": {"port": 80}, "periodSeconds": 1}))
    cluster.run(7)
    assert not state(cluster)["started"]
    cluster.until(lambda: is_ready(cluster.get("pods", "web")))


def test_an_exec_probe_asks_inside_the_container(cluster: Simulation) -> None:
    cluster.apply(pod(image="busybox", command=["sleep", "100"], readinessProbe={"exec": {"command": ["true"]}}))
    cluster.until(lambda: is_ready(cluster.get("pods", "web")))


def test_a_deleted_pod_ends_within_its_grace(cluster: Simulation) -> None:
    cluster.apply(pod(image="busybox", command=["sleep", "1000"], spec={"terminationGracePeriodSeconds": 5}))
    cluster.until(lambda: is_ready(cluster.get("pods", "web")))
    cluster.admin.delete("pods", "default", "web")
    cluster.run(4)
    assert cluster.get("pods", "web")["metadata"]["deletionGracePeriodSeconds"] == 5
    cluster.run(4)
    assert not [p for p in cluster.objects("pods", "default") if p["metadata"]["name"] == "web"]
    assert "Killing: Stopping container main" in events(cluster)


def test_a_pre_stop_hook_delays_the_end(cluster: Simulation) -> None:
    cluster.apply(pod(lifecycle={"preStop": {"sleep": {"seconds": 6}}}))
    cluster.until(lambda: is_ready(cluster.get("pods", "web")))
    cluster.admin.delete("pods", "default", "web")
    cluster.run(5)
    assert "running" in state(cluster)["state"]
    cluster.run(3)
    assert not cluster.objects("pods", "default")


def test_containers_outlive_their_kubelet(cluster: Simulation) -> None:
    cluster.apply(pod())
    cluster.until(lambda: is_ready(cluster.get("pods", "web")))
    before = state(cluster)["containerID"]
    node = cluster.get("pods", "web")["spec"]["nodeName"]
    cluster.cluster.fleet.halt(node)
    cluster.run(20)
    cluster.cluster.fleet.resume(node)
    cluster.run(20)
    assert state(cluster)["containerID"] == before
    assert state(cluster)["restartCount"] == 0
    assert is_ready(cluster.get("pods", "web"))


def test_the_control_plane_runs_as_static_pods(cluster: Simulation) -> None:
    cluster.run(20)
    pods = {p["metadata"]["name"]: p for p in cluster.objects("pods", "kube-system")}
    mirror = pods["kube-apiserver-master-1"]
    assert mirror["metadata"]["annotations"]["kubernetes.io/config.source"] == "file"
    assert mirror["metadata"]["ownerReferences"][0]["kind"] == "Node"
    assert is_ready(mirror)
    cluster.admin.delete("pods", "kube-system", "kube-apiserver-master-1")
    cluster.run(5)
    assert cluster.get("pods", "kube-apiserver-master-1", "kube-system")["metadata"]["uid"] != mirror["metadata"]["uid"]


def test_a_node_renews_its_lease(cluster: Simulation) -> None:
    cluster.run(5)
    before = cluster.get("leases.coordination.k8s.io", "worker-1", "kube-node-lease")["spec"]["renewTime"]
    cluster.run(10)
    assert cluster.get("leases.coordination.k8s.io", "worker-1", "kube-node-lease")["spec"]["renewTime"] > before


def test_an_idle_node_writes_nothing_but_its_lease(cluster: Simulation) -> None:
    cluster.run(60)
    before = cluster.store.durable_revision
    cluster.run(100)
    assert cluster.store.durable_revision - before <= 3 * 11


@pytest.mark.skipif(not MANIFESTS.exists(), reason="the sample manifests are not here")
@pytest.mark.parametrize("name", ["guestbook", "voting-app", "online-boutique", "cassandra"])
def test_a_sample_application_becomes_ready(cluster: Simulation, name: str) -> None:
    cluster.apply(*[d for d in yaml.safe_load_all((MANIFESTS / f"{name}.yaml").read_text()) if d])

    def all_ready() -> bool:
        pods = cluster.objects("pods", "default")
        return len(pods) > 2 and all(is_ready(p) for p in pods)

    cluster.until(all_ready, within=180)
