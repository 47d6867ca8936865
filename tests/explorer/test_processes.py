"""Several processes: a server that runs no loops, workers that run them, PostgreSQL and Redis between."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.running import ROOT, RunningServer

pytestmark = [pytest.mark.server, pytest.mark.services, pytest.mark.slow]


class Worker:
    """`manage.py runworker` as a process of its own."""

    def __init__(self, server: RunningServer, *components: str) -> None:
        command = [sys.executable, "manage.py", "runworker", *components]
        self.process = subprocess.Popen(command, cwd=ROOT, env=server.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self.process.stdout is not None and self.process.stdout.readline().startswith("running"), "the worker did not start"

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@pytest.fixture(scope="module")
def apart(postgresql: str, redis_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with RunningServer(tmp_path_factory.mktemp("apart"), DATABASE_URL=postgresql, REDIS_URL=redis_server, COMPONENTS="none") as server:
        yield server


def ready_nodes(server: RunningServer) -> int:
    nodes = server.api("demo").get("/api/v1/nodes").json["items"]
    return sum(any(c["type"] == "Ready" and c["status"] == "True" for c in n["status"].get("conditions", ())) for n in nodes)


def ready_pods(server: RunningServer) -> int:
    status = server.api("demo").get("/apis/apps/v1/namespaces/default/deployments/web").json.get("status", {})
    return int(status.get("readyReplicas", 0))


def until(happened: "object", seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.1)


def deployment(replicas: int) -> dict[str, object]:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def test_workers_on_their_own_bring_a_deployment_up_and_a_killed_one_is_replaced(apart: RunningServer) -> None:
    loops, kubelets = Worker(apart, "kube-scheduler", "kube-controller-manager"), Worker(apart, "kubelets")
    until(lambda: ready_nodes(apart) == 3)
    made = apart.api("demo").ask("POST", "/apis/apps/v1/namespaces/default/deployments", deployment(3))
    assert made.status == 201
    until(lambda: ready_pods(apart) == 3)
    loops.process.kill()
    loops.process.wait()
    changed = apart.api("demo").ask("PUT", "/apis/apps/v1/namespaces/default/deployments/web", deployment(5))
    assert changed.status == 200
    again = Worker(apart, "kube-scheduler", "kube-controller-manager")
    until(lambda: ready_pods(apart) == 5)
    assert (again.stop(), kubelets.stop()) == (0, 0)


def test_an_unknown_component_is_named(apart: RunningServer) -> None:
    assert "there is no component 'kube-nonsense'" in apart.manage("runworker", "kube-nonsense", check=False)
