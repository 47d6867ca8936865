"""The official Python client, typed and dynamic, through an application's whole life."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config, dynamic, stream, watch
from kubernetes.client.exceptions import ApiException

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def api(kubeconfig: Path) -> Iterator[client.ApiClient]:
    with config.new_client_from_config(str(kubeconfig)) as made:
        yield made


@pytest.fixture
def namespace(api: client.ApiClient, request: pytest.FixtureRequest) -> Iterator[str]:
    core = client.CoreV1Api(api)
    made = core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(generate_name="official-")))
    yield made.metadata.name
    core.delete_namespace(made.metadata.name)


def eventually(happened: Callable[[], Any], seconds: float = 30) -> Any:
    """Ask until the answer is true."""
    end = time.monotonic() + seconds
    while not (found := happened()):
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)
    return found


def web(replicas: int = 2) -> client.V1Deployment:
    labels = {"app": "web"}
    container = client.V1Container(name="web", image="nginx:1.27", ports=[client.V1ContainerPort(container_port=80)])
    template = client.V1PodTemplateSpec(metadata=client.V1ObjectMeta(labels=labels), spec=client.V1PodSpec(containers=[container]))
    spec = client.V1DeploymentSpec(replicas=replicas, selector=client.V1LabelSelector(match_labels=labels), template=template)
    return client.V1Deployment(metadata=client.V1ObjectMeta(name="web"), spec=spec)


def test_a_deployment_is_made_scaled_changed_and_deleted(api: client.ApiClient, namespace: str) -> None:
    apps = client.AppsV1Api(api)
    apps.create_namespaced_deployment(namespace, web())
    eventually(lambda: apps.read_namespaced_deployment("web", namespace).status.ready_replicas == 2)
    apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 4}})
    eventually(lambda: apps.read_namespaced_deployment("web", namespace).status.ready_replicas == 4)
    found = apps.read_namespaced_deployment("web", namespace)
    found.spec.template.spec.containers[0].image = "nginx:1.28"
    apps.replace_namespaced_deployment("web", namespace, found)
    eventually(lambda: apps.read_namespaced_deployment("web", namespace).status.updated_replicas == 4)
    apps.delete_namespaced_deployment("web", namespace, propagation_policy="Foreground")
    eventually(lambda: not client.CoreV1Api(api).list_namespaced_pod(namespace).items)


def test_a_watch_tells_of_every_change_in_order(api: client.ApiClient, namespace: str) -> None:
    core = client.CoreV1Api(api)
    version = core.list_namespaced_config_map(namespace).metadata.resource_version
    made = core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=client.V1ObjectMeta(name="c"), data={"k": "1"}))
    made.data["k"] = "2"
    core.replace_namespaced_config_map("c", namespace, made)
    core.delete_namespaced_config_map("c", namespace)
    seen = []
    for event in watch.Watch().stream(
        core.list_namespaced_config_map, namespace, resource_version=version, field_selector="metadata.name=c", timeout_seconds=5
    ):
        seen.append(event["type"])
        if len(seen) == 3:
            break
    assert seen == ["ADDED", "MODIFIED", "DELETED"]


def test_refusals_come_as_the_client_expects_them(api: client.ApiClient, namespace: str) -> None:
    core = client.CoreV1Api(api)
    with pytest.raises(ApiException) as missing:
        core.read_namespaced_pod("nobody", namespace)
    assert missing.value.status == 404
    core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=client.V1ObjectMeta(name="c")))
    with pytest.raises(ApiException) as twice:
        core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=client.V1ObjectMeta(name="c")))
    assert twice.value.status == 409
    with pytest.raises(ApiException) as wrong:
        core.create_namespaced_pod(namespace, client.V1Pod(metadata=client.V1ObjectMeta(name="Bad_Name"), spec=client.V1PodSpec(containers=[])))
    assert wrong.value.status == 422


def test_a_pods_log_and_a_command_in_it(api: client.ApiClient, namespace: str) -> None:
    core = client.CoreV1Api(api)
    container = client.V1Container(name="c", image="busybox:1.36", command=["sh", "-c", "echo hello; sleep 3600"])
    core.create_namespaced_pod(namespace, client.V1Pod(metadata=client.V1ObjectMeta(name="talker"), spec=client.V1PodSpec(containers=[container])))
    eventually(lambda: core.read_namespaced_pod("talker", namespace).status.phase == "Running")
    assert eventually(lambda: core.read_namespaced_pod_log("talker", namespace)) == "hello\n"
    answer = stream.stream(
        core.connect_get_namespaced_pod_exec, "talker", namespace, command=["sh", "-c", "echo $((6 * 7))"], stdout=True, stderr=True, stdin=False, tty=False
    )
    assert answer == "42\n"


def test_the_dynamic_client_finds_kinds_and_applies(api: client.ApiClient, namespace: str) -> None:
    found = dynamic.DynamicClient(api)
    deployments = found.resources.get(api_version="apps/v1", kind="Deployment")
    manifest = client.ApiClient().sanitize_for_serialization(web(1)) | {"apiVersion": "apps/v1", "kind": "Deployment"}
    deployments.server_side_apply(body=manifest, name="web", namespace=namespace, field_manager="tests")
    eventually(lambda: deployments.get(name="web", namespace=namespace).status.readyReplicas == 1)
    owners = [f.manager for f in deployments.get(name="web", namespace=namespace).metadata.managedFields]
    assert "tests" in owners
    assert [d.metadata.name for d in deployments.get(namespace=namespace).items] == ["web"]


def test_a_custom_resource_is_defined_and_used(api: client.ApiClient, namespace: str) -> None:
    extensions, custom = client.ApiextensionsV1Api(api), client.CustomObjectsApi(api)
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer", "minimum": 1, "default": 3}}}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    group = f"{namespace}.example.com"
    names = {"plural": "boxes", "singular": "box", "kind": "Box"}
    body = {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"boxes.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [version]},
    }  # fmt: skip
    extensions.create_custom_resource_definition(body)
    try:

        def established() -> bool:
            conditions = extensions.read_custom_resource_definition(f"boxes.{group}").status.conditions or []
            return any(c.type == "Established" and c.status == "True" for c in conditions)

        eventually(established)
        box = {"apiVersion": f"{group}/v1", "kind": "Box", "metadata": {"name": "b"}, "spec": {}}
        made = custom.create_namespaced_custom_object(group, "v1", namespace, "boxes", box)
        assert made["spec"] == {"size": 3}
        with pytest.raises(ApiException) as small:
            custom.create_namespaced_custom_object(group, "v1", namespace, "boxes", {**box, "metadata": {"name": "s"}, "spec": {"size": 0}})
        assert small.value.status == 422
    finally:
        extensions.delete_custom_resource_definition(f"boxes.{group}")
