"""Three runtimes behind one interface: the same pod runs on each, and each tells it in its own words."""

from dataclasses import replace

import pytest

from cluster_engine.simulation import Simulation, is_ready
from cluster_engine.templates import Template, worker


@pytest.mark.parametrize(
    ("runtime", "id_begins", "image", "refusal"),
    [
        ("containerd", "containerd://", "docker.io/library/nginx:1.27", "failed to pull and unpack image"),
        ("cri-o", "cri-o://", "docker.io/library/nginx:1.27", "manifest unknown"),
        ("docker", "docker://", "nginx:1.27", "manifest for nginx:1.161 not found"),
    ],
)
def test_a_pod_runs_on_every_runtime(runtime: str, id_begins: str, image: str, refusal: str) -> None:
    cluster = Simulation(Template(runtime, "one node", (replace(worker(1), runtime=runtime),)))
    cluster.run(3)
    for name, tag in (("good", "1.27"), ("bad", "1.161")):
        cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [{"name": "main", "image": f"nginx:{tag}"}]}})
    cluster.until(lambda: is_ready(cluster.get("pods", "good")))
    cluster.run(5)
    status = cluster.get("pods", "good")["status"]["containerStatuses"][0]
    assert status["containerID"].startswith(id_begins)
    assert status["image"] == image
    assert refusal in cluster.get("pods", "bad")["status"]["containerStatuses"][0]["state"]["waiting"]["message"]
    assert cluster.admin.get("nodes", "", "worker-1")["status"]["nodeInfo"]["containerRuntimeVersion"].startswith(id_begins)
