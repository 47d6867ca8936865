"""The real kubectl in a scripted session against a living cluster: what people type on a real one works here."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.running import RunningServer

pytestmark = [pytest.mark.server, pytest.mark.kubectl]

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: nginx
        image: nginx:1.25
        ports: [{containerPort: 80}]
        readinessProbe: {httpGet: {port: 80}, periodSeconds: 1}
"""
CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}
"""


class Kubectl:
    """kubectl with a kubeconfig and a namespace of its own."""

    def __init__(self, program: Path, kubeconfig: Path, home: Path, namespace: str = "default") -> None:
        self.program, self.kubeconfig, self.home, self.namespace = program, kubeconfig, home, namespace

    def run(self, *arguments: str, stdin: str = "", timeout: float = 90, **environment: str) -> "subprocess.CompletedProcess[str]":
        command = [str(self.program), "--kubeconfig", str(self.kubeconfig), "-n", self.namespace, *arguments]
        own = {**os.environ, "HOME": str(self.home), "KUBECONFIG": str(self.kubeconfig), **environment}
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout, env=own, check=False)

    def __call__(self, *arguments: str, stdin: str = "", timeout: float = 90, **environment: str) -> str:
        done = self.run(*arguments, stdin=stdin, timeout=timeout, **environment)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def fails(self, *arguments: str, stdin: str = "") -> str:
        done = self.run(*arguments, stdin=stdin)
        assert done.returncode != 0, f"kubectl {' '.join(arguments)} should have failed:\n{done.stdout}"
        return done.stdout + done.stderr

    def json(self, *arguments: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(self(*arguments, "-o", "json"))
        return found


@pytest.fixture(scope="module")
def plain(server: RunningServer, kubectl: Path, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    return Kubectl(kubectl, server.kubeconfig("demo"), tmp_path_factory.mktemp("home"))


@pytest.fixture
def k(plain: Kubectl, request: pytest.FixtureRequest) -> Iterator[Kubectl]:
    """kubectl in a namespace that lives as long as the test."""
    name = request.node.name.removeprefix("test_").replace("_", "-")[:40].strip("-")
    plain("create", "namespace", name)
    yield Kubectl(plain.program, plain.kubeconfig, plain.home, name)
    plain("delete", "namespace", name, "--wait=false")


@pytest.fixture
def web(k: Kubectl) -> Kubectl:
    k("apply", "-f", "-", stdin=WEB)
    k("rollout", "status", "deployment/web", "--timeout=60s")
    return k


def eventually(happened: Callable[[], bool], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def test_asks_about_the_cluster(plain: Kubectl) -> None:
    assert "v1.36" in plain("version")
    assert "control plane" in plain("cluster-info")
    assert {"v1", "apps/v1"} <= set(plain("api-versions").split())
    resources = plain("api-resources", "--no-headers")
    assert all(f" {kind}" in resources for kind in ("Pod", "Deployment", "ReplicaSet", "Service", "Lease"))
    assert "kubernetes-admin" in plain("auth", "whoami")
    assert "yes" in plain("auth", "can-i", "create", "pods")


def test_explains_every_field(plain: Kubectl) -> None:
    assert "containers" in plain("explain", "pod.spec", "--recursive")
    assert "IntOrString" in plain("explain", "deployment.spec.strategy.rollingUpdate.maxSurge")
    assert "KIND:       Deployment" in plain("explain", "deployment")


def test_shows_nodes_in_every_output_form(plain: Kubectl) -> None:
    assert plain("get", "nodes", "--no-headers").count(" Ready ") == 3
    assert "CONTAINER-RUNTIME" in plain("get", "nodes", "-o", "wide")
    names = set(plain("get", "nodes", "-o", "name").split())
    assert {"node/worker-1", "node/worker-2"} <= names
    assert "worker-1" in plain("get", "nodes", "-o", "jsonpath={.items[*].metadata.name}")
    assert plain("get", "nodes", "-o", "custom-columns=NAME:.metadata.name,CPU:.status.capacity.cpu").startswith("NAME")
    assert "kind: Node" in plain("get", "node", "worker-1", "-o", "yaml")
    described = plain("describe", "node", "worker-1")
    assert "Allocatable:" in described and "Allocated resources:" in described


def test_shows_what_nodes_and_pods_use(plain: Kubectl) -> None:
    assert "CPU(cores)" in plain("top", "node")
    assert "MEMORY(bytes)" in plain("top", "pod", "-A")


def test_creates_things_from_the_command_line(k: Kubectl) -> None:
    k("create", "configmap", "settings", "--from-literal=colour=blue")
    k("create", "secret", "generic", "password", "--from-literal=word=secret")
    k("create", "serviceaccount", "robot")
    k("create", "deployment", "made", "--image=nginx:1.25", "--replicas=1")
    k("run", "lone", "--image=nginx:1.25", "--port=80")
    k("wait", "--for=condition=Ready", "pod/lone", "--timeout=60s")
    k("expose", "pod", "lone", "--port=80", "--name=lone")
    assert k("get", "service", "lone", "-o", "jsonpath={.spec.clusterIP}").startswith("10.")
    assert k("get", "configmap", "settings", "-o", "jsonpath={.data.colour}") == "blue"
    assert "exists" in k.fails("create", "configmap", "settings")


def test_applies_from_the_client_and_on_the_server(k: Kubectl) -> None:
    assert "configmap/settings created" in k("apply", "-f", "-", stdin=CONFIG)
    assert "configmap/settings unchanged" in k("apply", "-f", "-", stdin=CONFIG)
    assert "configmap/settings configured" in k("apply", "-f", "-", stdin=CONFIG.replace("blue", "red"))
    difference = k.run("diff", "-f", "-", stdin=CONFIG)
    assert difference.returncode == 1 and "+  colour: blue" in difference.stdout
    assert "serverside-applied" in k("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=CONFIG)
    assert "conflict" in k.fails("apply", "--server-side", "--field-manager=other", "-f", "-", stdin=CONFIG.replace("blue", "green"))
    assert "dry run" in k("apply", "--dry-run=server", "-f", "-", stdin=CONFIG.replace("blue", "black"))
    assert k("get", "configmap", "settings", "-o", "jsonpath={.data.colour}") == "blue"


def test_says_what_is_wrong_with_a_manifest(k: Kubectl) -> None:
    assert 'unknown field "spec.replicsa"' in k.fails("apply", "-f", "-", stdin=WEB.replace("replicas:", "replicsa:"))
    assert "Invalid value" in k.fails("create", "configmap", "Not_A_Name")
    assert "no matches for kind" in k.fails("apply", "-f", "-", stdin=CONFIG.replace("ConfigMap", "ConfigMapp"))


def test_patches_in_every_way(k: Kubectl) -> None:
    k("apply", "-f", "-", stdin=CONFIG)
    k("patch", "configmap", "settings", "-p", '{"data":{"a":"1"}}')
    k("patch", "configmap", "settings", "--type=merge", "-p", '{"data":{"b":"2"}}')
    k("patch", "configmap", "settings", "--type=json", "-p", '[{"op":"add","path":"/data/c","value":"3"}]')
    assert k.json("get", "configmap", "settings")["data"] == {"colour": "blue", "a": "1", "b": "2", "c": "3"}


def test_edits_replaces_labels_and_annotates(k: Kubectl) -> None:
    k("apply", "-f", "-", stdin=CONFIG)
    k("edit", "configmap", "settings", KUBE_EDITOR="sed -i s/blue/yellow/g")
    assert k("get", "configmap", "settings", "-o", "jsonpath={.data.colour}") == "yellow"
    k("replace", "-f", "-", stdin=CONFIG.replace("blue", "white"))
    k("label", "configmap", "settings", "tier=front")
    k("annotate", "configmap", "settings", "note=kept")
    assert "settings" in k("get", "configmap", "-l", "tier=front", "-o", "name")
    assert k("get", "configmap", "-l", "tier=back", "-o", "name") == ""
    assert "settings" in k("get", "configmap", "--field-selector", "metadata.name=settings", "-o", "name")


def test_rolls_out_watches_the_history_and_goes_back(web: Kubectl) -> None:
    web("set", "image", "deployment/web", "nginx=nginx:1.27")
    assert "successfully rolled out" in web("rollout", "status", "deployment/web", "--timeout=60s")
    history = web("rollout", "history", "deployment/web").split()
    assert "1" in history and "2" in history
    web("rollout", "undo", "deployment/web")
    web("rollout", "status", "deployment/web", "--timeout=60s")
    assert "nginx:1.25" in web("get", "deployment", "web", "-o", "wide")
    web("rollout", "pause", "deployment/web")
    web("set", "image", "deployment/web", "nginx=nginx:1.26")
    web("rollout", "resume", "deployment/web")
    web("rollout", "restart", "deployment/web")
    web("rollout", "status", "deployment/web", "--timeout=60s")


def test_scales_and_waits(web: Kubectl) -> None:
    web("scale", "deployment/web", "--replicas=4")
    web("wait", "--for=jsonpath={.status.readyReplicas}=4", "deployment/web", "--timeout=60s")
    assert web("get", "pods", "-l", "app=web", "--no-headers").count("Running") == 4
    web("scale", "deployment/web", "--replicas=1")
    eventually(lambda: web("get", "pods", "-l", "app=web", "-o", "name").count("pod/") == 1, "three pods should have gone")


def test_replaces_a_pod_that_was_deleted(web: Kubectl) -> None:
    before = set(web("get", "pods", "-o", "name").split())
    victim = sorted(before)[0]
    web("delete", victim, "--wait=true")
    web("wait", "--for=jsonpath={.status.readyReplicas}=2", "deployment/web", "--timeout=60s")
    after = set(web("get", "pods", "-o", "name").split())
    assert victim not in after and len(after) == 2


def test_reads_logs_and_events(web: Kubectl) -> None:
    pod = web("get", "pods", "-o", "name").split()[0]
    assert web("logs", pod) != ""
    following = subprocess.Popen(
        [str(web.program), "--kubeconfig", str(web.kubeconfig), "-n", web.namespace, "logs", "-f", pod], stdout=subprocess.PIPE, text=True
    )  # fmt: skip
    assert following.stdout is not None and following.stdout.readline() != ""
    following.terminate()
    following.wait(5)
    events = web("events")
    assert all(reason in events for reason in ("Scheduled", "Started", "ScalingReplicaSet"))
    described = web("describe", pod)
    assert "Successfully assigned" in described and "nginx" in described
    assert "NewReplicaSet" in web("describe", "deployment", "web")


def test_runs_commands_in_a_container(k: Kubectl) -> None:
    k("run", "box", "--image=busybox:1.36", "--", "sleep", "1000")
    k("wait", "--for=condition=Ready", "pod/box", "--timeout=60s")
    assert k("exec", "box", "--", "sh", "-c", "echo out; echo err >&2") == "out\n"
    done = k.run("exec", "-i", "box", "--", "sh", stdin="echo from stdin\nexit 3\n")
    assert (done.returncode, done.stdout) == (3, "from stdin\n")


def test_forwards_a_port_to_a_pod(web: Kubectl) -> None:
    pod = web("get", "pods", "-o", "name").split()[0]
    command = [str(web.program), "--kubeconfig", str(web.kubeconfig), "-n", web.namespace, "port-forward", pod, ":80"]
    forwarding = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert forwarding.stdout is not None
    port = forwarding.stdout.readline().split("127.0.0.1:")[1].split()[0]
    for _ in range(3):
        assert b"Welcome to nginx" in urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60).read()
    forwarding.terminate()
    forwarding.wait(5)


def test_says_that_nobody_listens_on_a_forwarded_port(web: Kubectl) -> None:
    pod = web("get", "pods", "-o", "name").split()[0]
    command = [str(web.program), "--kubeconfig", str(web.kubeconfig), "-n", web.namespace, "port-forward", pod, ":81"]
    forwarding = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert forwarding.stdout is not None
    port = forwarding.stdout.readline().split("127.0.0.1:")[1].split()[0]
    with pytest.raises(OSError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60)
    assert not isinstance(refused.value, TimeoutError)
    forwarding.terminate()
    assert "connection refused" in forwarding.communicate(timeout=10)[1]


def test_watches_changes_as_they_happen(k: Kubectl) -> None:
    command = [str(k.program), "--kubeconfig", str(k.kubeconfig), "-n", k.namespace, "get", "configmap", "-w", "-o", "name"]
    watching = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert watching.stdout is not None
    k("apply", "-f", "-", stdin=CONFIG)
    line = next(found for found in watching.stdout if "settings" in found)
    assert line.strip() == "configmap/settings"
    watching.terminate()
    watching.wait(5)


def test_deletes_with_and_without_what_hangs_below(web: Kubectl) -> None:
    web("delete", "deployment", "web", "--cascade=orphan")
    assert web("get", "replicaset", "-o", "name").count("replicaset") == 1
    web("delete", "replicaset", "--all", "--cascade=foreground")
    eventually(lambda: web("get", "pods", "-o", "name") == "", "the pods should have gone with their ReplicaSet")


def test_exposes_a_deployment(web: Kubectl) -> None:
    web("expose", "deployment", "web", "--port=80", "--type=NodePort")
    eventually(lambda: web("get", "endpoints", "web", "-o", "jsonpath={.subsets[0].addresses[*].ip}").count("10.") == 2, "two endpoints")
    assert web("get", "endpointslices", "-l", "kubernetes.io/service-name=web", "-o", "name") != ""
    assert web("get", "service", "web", "-o", "jsonpath={.spec.ports[0].nodePort}").startswith("3")


def test_cordons_drains_and_taints_a_node(web: Kubectl) -> None:
    web("cordon", "worker-2")
    try:
        assert "SchedulingDisabled" in web("get", "node", "worker-2", "--no-headers")
        web("drain", "worker-2", "--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=90s")
        web("wait", "--for=jsonpath={.status.readyReplicas}=2", "deployment/web", "--timeout=60s")
        assert web("get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}").split() == ["worker-1", "worker-1"]
    finally:
        web("uncordon", "worker-2")
    web("taint", "nodes", "worker-2", "kind=special:NoSchedule")
    assert "kind=special:NoSchedule" in web("describe", "node", "worker-2")
    web("taint", "nodes", "worker-2", "kind=special:NoSchedule-")


def test_reads_raw_paths(plain: Kubectl) -> None:
    assert json.loads(plain("get", "--raw", "/version"))["gitVersion"] == "v1.36.2"
    assert json.loads(plain("get", "--raw", "/api/v1/namespaces/default"))["kind"] == "Namespace"
    assert plain("get", "--raw", "/readyz") == "ok"
