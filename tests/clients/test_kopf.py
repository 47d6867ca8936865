"""An operator written with kopf runs its real life: it watches, creates, updates, reports, and its objects are collected."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from tests.clients.test_official import eventually

pytestmark = pytest.mark.server
GROUP = "greetings.example.com"


@pytest.fixture(scope="module")
def api(kubeconfig: Path) -> Iterator[client.ApiClient]:
    with config.new_client_from_config(str(kubeconfig)) as made:
        yield made


@pytest.fixture
def operator(kubeconfig: Path, api: client.ApiClient) -> Iterator["subprocess.Popen[bytes]"]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}}}
    names = {"plural": "greetings", "singular": "greeting", "kind": "Greeting"}
    body = {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"greetings.{GROUP}"},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }  # fmt: skip
    client.ApiextensionsV1Api(api).create_custom_resource_definition(body)
    program = Path(__file__).with_name("operator_program.py")
    command = [str(Path(sys.executable).with_name("kopf")), "run", "--namespace", "default", "--standalone", str(program)]
    process = subprocess.Popen(command, env={**os.environ, "KUBECONFIG": str(kubeconfig)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield process
    process.terminate()
    process.wait(20)


def test_an_operator_lives_its_life(operator: "subprocess.Popen[bytes]", api: client.ApiClient) -> None:
    custom, core = client.CustomObjectsApi(api), client.CoreV1Api(api)
    greeting = {"apiVersion": f"{GROUP}/v1", "kind": "Greeting", "metadata": {"name": "first"}, "spec": {"whom": "learner"}}
    custom.create_namespaced_custom_object(GROUP, "v1", "default", "greetings", greeting)

    def text() -> str:
        try:
            return str(core.read_namespaced_config_map("first-text", "default").data["text"])
        except ApiException:
            return ""

    eventually(lambda: text() == "Hello, learner", 60)
    eventually(lambda: custom.get_namespaced_custom_object(GROUP, "v1", "default", "greetings", "first").get("status"), 30)
    custom.patch_namespaced_custom_object(GROUP, "v1", "default", "greetings", "first", {"spec": {"whom": "world"}})
    eventually(lambda: text() == "Hello, world", 60)
    assert operator.poll() is None
    custom.delete_namespaced_custom_object(GROUP, "v1", "default", "greetings", "first")
    eventually(lambda: text() == "", 60)
