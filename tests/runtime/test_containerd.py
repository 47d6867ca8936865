"""The simulated containerd: sandboxes, images, the life of containers."""

import pytest

from cluster_engine.network.wire import Request
from cluster_engine.runtime.cri import ContainerState, CriError, SandboxState
from tests.runtime.node import Node


def test_a_server_runs_until_it_is_asked_to_end() -> None:
    node = Node()
    web = node.run("nginx:1.27")
    node.pass_time(60)
    assert node.runtime.container_status(web).state is ContainerState.RUNNING
    node.runtime.stop_container(web, 30, node.clock.now())
    node.pass_time(1)
    status = node.runtime.container_status(web)
    assert (status.state, status.exit_code, status.reason) == (ContainerState.EXITED, 0, "Completed")


def test_the_first_process_ignores_a_signal_without_a_handler() -> None:
    node = Node()
    sleeper = node.run("busybox", "sleep", "3600")
    node.pass_time(1)
    node.runtime.stop_container(sleeper, 30, node.clock.now())
    node.pass_time(29)
    assert node.runtime.container_status(sleeper).state is ContainerState.RUNNING
    node.pass_time(2)
    assert node.runtime.container_status(sleeper).exit_code == 137


def test_a_command_ends_with_its_exit_code() -> None:
    node = Node()
    failing = node.run("busybox", "false")
    node.pass_time(1)
    assert node.runtime.container_status(failing).exit_code == 1
    assert node.runtime.container_status(failing).reason == "Error"


def test_a_missing_program_is_a_start_error() -> None:
    node = Node()
    with pytest.raises(CriError, match='exec: "nothere": executable file not found in \\$PATH'):
        node.run("nginx:1.27", "nothere")


def test_a_distroless_image_has_no_shell() -> None:
    node = Node()
    server = node.run("registry.k8s.io/kube-scheduler:v1.36.2")

    class Nowhere:
        def write(self, stream: str, text: str) -> None:
            raise AssertionError(text)

    with pytest.raises(CriError, match="executable file not found"):
        node.runtime.exec(server, ("sh",), Nowhere(), node.clock.now())


def test_containers_of_a_pod_answer_on_its_address() -> None:
    node = Node()
    node.run("nginx:1.27")
    node.pass_time(1)
    _, reply = node.fabric.ask(node.fabric.host("worker-1"), node.address, 80, Request())
    assert reply is not None
    assert reply.status == 200
    assert "Welcome to nginx!" in reply.body


def test_pods_have_addresses_of_their_own_which_return_when_they_go() -> None:
    node = Node()
    node.run("nginx:1.27")
    first, address = node.sandbox, node.address
    node.run("nginx:1.27")
    assert node.address != address
    node.runtime.stop_pod_sandbox(first, node.clock.now())
    assert node.fabric.at(address) is None
    assert node.runtime.pod_sandbox_status(first).state is SandboxState.NOT_READY


def test_a_pull_takes_time_by_size_and_shares_layers() -> None:
    node = Node()
    first = node.runtime.pull_image("nginx:1.27", node.clock.now())
    assert 1 < first.done_at - first.started_at < 5
    again = node.runtime.pull_image("nginx:1.27", node.clock.now())
    assert again.started_at == first.done_at
    assert again.done_at - again.started_at < 0.5
    assert first.progress(first.started_at) == 0
    assert first.progress(first.done_at) == 1


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("nginx:1.161", 'failed to resolve reference "docker.io/library/nginx:1.161": docker.io/library/nginx:1.161: not found'),
        ("ngnix", "pull access denied, repository does not exist or may require authorization"),
        ("registry.example.invalid/web:1", "no such host"),
        ("ghcr.io/acme/no-such-image:v1", "not found"),
    ],
)
def test_a_registry_refuses_what_it_does_not_hold(image: str, why: str) -> None:
    node = Node()
    pull = node.runtime.pull_image(image, node.clock.now())
    assert pull.error is not None
    assert why in str(pull.error)


def test_an_unknown_image_serves_on_the_ports_of_its_pod() -> None:
    node = Node()
    node.run("ghcr.io/acme/shop:v1.2.3", ports=((8080, "TCP"),))
    node.pass_time(1)
    assert node.fabric.connect(node.fabric.host("worker-1"), node.address, 8080).listener is not None
    assert node.fabric.connect(node.fabric.host("worker-1"), node.address, 8081).listener is None


def test_a_database_insists_on_a_password() -> None:
    node = Node()
    database = node.run("postgres:15-alpine")
    node.pass_time(5)
    assert node.runtime.container_status(database).exit_code == 1
    assert "superuser password is not specified" in node.said(database)[0]
