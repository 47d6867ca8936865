"""lightkube, which speaks HTTP/1.1 by httpx, through the life of a few objects."""

from pathlib import Path

import pytest
from lightkube import Client, KubeConfig
from lightkube.core.exceptions import ApiError
from lightkube.models.core_v1 import Container, PodSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ConfigMap, Namespace, Pod
from lightkube.types import PatchType

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def client(kubeconfig: Path) -> Client:
    return Client(config=KubeConfig.from_file(str(kubeconfig)), field_manager="lightkube-tests")


def test_objects_are_made_listed_patched_applied_and_deleted(client: Client) -> None:
    client.create(Namespace(metadata=ObjectMeta(name="lightkube")))
    made = client.create(ConfigMap(metadata=ObjectMeta(name="c", namespace="lightkube"), data={"a": "1"}))
    assert made.metadata is not None and made.metadata.uid
    client.patch(ConfigMap, "c", {"data": {"b": "2"}}, namespace="lightkube", patch_type=PatchType.MERGE)
    applied = client.apply(ConfigMap(metadata=ObjectMeta(name="c", namespace="lightkube"), data={"c": "3"}))
    assert applied.data == {"a": "1", "b": "2", "c": "3"}
    assert "c" in [m.metadata.name for m in client.list(ConfigMap, namespace="lightkube") if m.metadata]
    client.delete(ConfigMap, "c", namespace="lightkube")
    with pytest.raises(ApiError) as gone:
        client.get(ConfigMap, "c", namespace="lightkube")
    assert gone.value.status.code == 404


def test_waits_for_a_pod_to_be_ready(client: Client) -> None:
    pod = Pod(metadata=ObjectMeta(name="ready", namespace="default"), spec=PodSpec(containers=[Container(name="c", image="nginx:1.27")]))
    client.create(pod)
    found = client.wait(Pod, "ready", for_conditions=["Ready"], namespace="default")
    assert found.status is not None and found.status.podIP
    client.delete(Pod, "ready", namespace="default")
