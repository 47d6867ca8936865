"""A Deployment of 1,000 replicas on 100 nodes and of 5,000 on 500, at full speed, in the real server."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.figure import Figure
from bench.memory import cpu_seconds, resident_megabytes
from tests.running import Api, RunningServer

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
LONGEST = 600


def deployment(replicas: int) -> dict[str, Any]:
    container = {"name": "app", "image": "registry.k8s.io/pause:3.10", "resources": {"requests": {"cpu": "10m", "memory": "8Mi"}}}
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def measure() -> Iterator[Figure]:
    small = _run("100-workers", 100, 1000)
    yield Figure("1,000 replicas on 100 nodes: all Ready", small["seconds"], "s", 5, note=f"{small['cpu']:.1f} s of CPU")
    yield Figure("1,000 replicas on 100 nodes: pods a second", 1000 / small["seconds"], "/s", 200, at_least=True)
    yield Figure("1,000 replicas on 100 nodes: memory", small["memory"], "MB", 400)
    large = _run("500-workers", 500, 5000)
    per_pod = (large["seconds"] / 5000) / (small["seconds"] / 1000)
    yield Figure("5,000 on 500 nodes: time per pod against 1,000 on 100", per_pod, "times", 1.5)
    yield Figure("5,000 on 500 nodes: pods a second", 5000 / large["seconds"], "/s", note=f"{large['cpu']:.1f} s of CPU")
    yield Figure("5,000 on 500 nodes: memory", large["memory"], "MB")


def _run(template: str, nodes: int, replicas: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="orrery-bench-") as folder, RunningServer(Path(folder)) as server:
        server.manage("cluster", "create", "bench", "--template", template)
        api = server.api("bench")
        _wait(lambda: ready_nodes(api) >= nodes, f"{nodes} Ready nodes")
        server.manage("clock", "bench", "--rate", "4")
        time.sleep(1)
        began, cpu = time.monotonic(), cpu_seconds(server)
        assert api.ask("POST", DEPLOYMENTS, deployment(replicas)).status == 201
        _wait(lambda: api.get(f"{DEPLOYMENTS}/web").json["status"].get("readyReplicas") == replicas, f"{replicas} Ready replicas")
        seconds = time.monotonic() - began
        return {"seconds": seconds, "cpu": cpu_seconds(server) - cpu, "memory": resident_megabytes(server)}


def ready_nodes(api: Api) -> int:
    nodes = api.get("/api/v1/nodes").json["items"]
    return sum(any(c["type"] == "Ready" and c["status"] == "True" for c in n["status"].get("conditions", ())) for n in nodes)


def _wait(happened: Any, what: str) -> None:
    deadline = time.monotonic() + LONGEST
    while not happened():
        if time.monotonic() > deadline:
            raise RuntimeError(f"no {what} after {LONGEST} s")
        time.sleep(0.05)
