import pytest

from explorer.scenes.part import part_of


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("replicaset-controller", "controller-manager"), ("kube-scheduler", "scheduler"), ("kubelet/worker-1", "kubelet/worker-1"),
        ("containerd/worker-1", "runtime/worker-1"), ("kube-proxy/worker-1", "proxy/worker-1"), ("kubectl", "user"), ("form", "user"),
        ("generic-garbage-collector", "controller-manager"), ("apiserver", "apiserver"), ("pod/uid", "pod/uid"),
    ],
)  # fmt: skip
def test_every_component_has_its_part_on_the_map(name: str, part: str) -> None:
    assert part_of(name) == part
