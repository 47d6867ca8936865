"""Volumes: who shares what, what survives, what follows its object."""

from typing import Any

from cluster_engine.network.wire import Request
from cluster_engine.simulation import Simulation, is_ready
from tests.kubelet.test_kubelet import pod
from tests.kubelet.test_server import Talk

CPU = {"containerName": "main", "resource": "limits.cpu"}


def ready(cluster: Simulation, *pods: dict[str, Any]) -> None:
    cluster.apply(*pods)
    cluster.until(lambda: all(is_ready(cluster.get("pods", p["metadata"]["name"])) for p in pods))


def mounted(volume: dict[str, Any], **mount: Any) -> dict[str, Any]:
    made = pod(image="busybox", command=["sleep", "10000"], volumeMounts=[{"name": "v", "mountPath": "/data", **mount}])
    made["spec"]["volumes"] = [{"name": "v", **volume}]
    return made


def talk(manifest: dict[str, Any], *before: dict[str, Any]) -> Talk:
    made = Talk.__new__(Talk)
    made.cluster = Simulation("dev")
    made.cluster.run(3)
    made.cluster.apply(*before)
    ready(made.cluster, manifest)
    from cluster_engine.kubelet.server import KubeletServers

    made.server = KubeletServers(made.cluster.cluster.fleet)
    return made


def test_containers_of_a_pod_share_an_empty_dir() -> None:
    manifest = mounted({"emptyDir": {}})
    other = {"name": "other", "image": "busybox", "command": ["sleep", "10000"], "volumeMounts": [{"name": "v", "mountPath": "/there"}]}
    manifest["spec"]["containers"].append(other)
    shared = talk(manifest)
    shared.exec("sh", "-c", "echo hello > /data/x")
    assert shared.exec("cat", "/there/x", container="other")[0] == "hello\n"


def test_a_config_map_shows_its_newest_entries() -> None:
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "s"}, "data": {"mode": "slow"}}
    shown = talk(mounted({"configMap": {"name": "s"}}), settings)
    assert shown.exec("cat", "/data/mode")[0] == "slow"
    shown.cluster.admin.patch("configmaps", "default", "s", {"data": {"mode": "fast"}})
    shown.cluster.run(1)
    assert shown.exec("cat", "/data/mode")[0] == "fast"
    assert "Read-only file system" in shown.exec("sh", "-c", "echo x > /data/mode")[1]


def test_sub_path_shows_one_file() -> None:
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "s"}, "data": {"mode": "slow"}}
    shown = talk(mounted({"configMap": {"name": "s"}}, mountPath="/etc/mode", subPath="mode"), settings)
    assert shown.exec("cat", "/etc/mode")[0] == "slow"


def test_the_downward_api_tells_a_pod_of_itself() -> None:
    items = [
        {"path": "name", "fieldRef": {"fieldPath": "metadata.name"}},
        {"path": "cpu", "resourceFieldRef": {"containerName": "main", "resource": "limits.cpu"}},
    ]
    shown = talk(mounted({"downwardAPI": {"items": items}}))
    assert shown.exec("cat", "/data/name")[0] == "web"
    assert shown.exec("cat", "/data/cpu")[0] == "4"


def test_a_pod_reads_its_own_token() -> None:
    shown = talk(mounted({"emptyDir": {}}))
    token = shown.exec("cat", "/var/run/secrets/kubernetes.io/serviceaccount/token")[0]
    assert token.count(".") == 2
    assert shown.exec("cat", "/var/run/secrets/kubernetes.io/serviceaccount/namespace")[0] == "default"


def test_a_host_path_outlives_its_pod() -> None:
    first = mounted({"hostPath": {"path": "/var/lib/kept"}})
    first["spec"]["nodeName"] = "worker-1"
    kept = talk(first)
    kept.exec("sh", "-c", "echo still here > /data/x")
    kept.cluster.admin.delete("pods", "default", "web", grace=0)
    kept.cluster.run(5)
    ready(kept.cluster, first)
    assert kept.exec("cat", "/data/x")[0] == "still here\n"


def test_a_memory_medium_has_an_end() -> None:
    small = talk(mounted({"emptyDir": {"medium": "Memory", "sizeLimit": "1Ki"}}))
    assert "No space left on device" in small.exec("sh", "-c", "seq 1 1000 > /data/x")[1]


def test_a_host_port_leads_into_the_pod() -> None:
    cluster = Simulation("dev")
    cluster.run(3)
    ready(cluster, pod(spec={"nodeName": "worker-1"}, ports=[{"containerPort": 80, "hostPort": 8080}]))
    cluster.run(1)
    fabric = cluster.cluster.fabric
    _, reply = fabric.ask(fabric.host("master-1"), fabric.host("worker-1").address, 8080, Request())
    assert reply is not None
    assert reply.status == 200


def test_a_claim_is_provisioned_attached_and_mounted_and_keeps_its_data() -> None:
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c", "namespace": "default"}, "spec": wanted}
    manifest = mounted({"persistentVolumeClaim": {"claimName": "c"}})
    kept = talk(manifest, claim)
    kept.exec("sh", "-c", "echo precious > /data/x")
    kept.cluster.run(20)
    node = kept.cluster.admin.get("nodes", "", kept.pod["spec"]["nodeName"])
    assert node["status"]["volumesInUse"][0].startswith("kubernetes.io/csi/hostpath.csi.k8s.io^")
    kept.cluster.admin.delete("pods", "default", "web", grace=0)
    kept.cluster.run(5)
    ready(kept.cluster, manifest)
    assert kept.exec("cat", "/data/x")[0] == "precious\n"
