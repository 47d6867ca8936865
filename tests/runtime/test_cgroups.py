"""Control groups: throttling, killing, accounting."""

from cluster_engine.network.wire import Request
from cluster_engine.runtime.cgroups import ControlGroup, Limits, weight_of
from cluster_engine.runtime.cri import Resources
from tests.runtime.node import Node


def test_a_quota_throttles() -> None:
    group = ControlGroup(Limits(cpu=500), 0.0)
    group.burden(2000, 0.0)
    group.account(10.0)
    assert (group.used, group.cpu_seconds, group.throttled_seconds) == (500, 5.0, 15.0)
    assert group.throttled_share == 0.75


def test_requests_are_seen_in_the_rate_of_the_last_window() -> None:
    group = ControlGroup(Limits(), 0.0)
    for second in range(16):
        group.pulse(0.1, float(second))
    assert 90 <= group.recent(16.0) <= 110
    assert group.recent(60.0) < 10


def test_weights_follow_requests() -> None:
    assert weight_of(0) == 1
    assert weight_of(100) < weight_of(1000) < weight_of(8000)


def test_memory_over_the_limit_kills() -> None:
    node = Node()
    container = node.run("polinux/stress", "stress", "--vm", "1", "--vm-bytes", "250M", resources=Resources(memory_limit=100 << 20))
    node.pass_time(2)
    status = node.runtime.container_status(container)
    assert (status.exit_code, status.reason) == (137, "OOMKilled")


def test_a_learner_can_turn_up_the_load() -> None:
    node = Node()
    container = node.run("nginx:1.27", resources=Resources(cpu_limit=200))
    node.runtime.put_load(container, 1000)
    node.pass_time(10)
    stats = node.runtime.container_stats(container, node.clock.now())
    assert stats.cpu_nanocores == 200_000_000
    assert stats.throttled_share > 0.7


def test_traffic_costs_cpu() -> None:
    node = Node()
    server = node.run("registry.k8s.io/hpa-example:latest", ports=((80, "TCP"),))
    node.pass_time(2)
    for _ in range(40):
        node.fabric.ask(node.fabric.host("worker-1"), node.address, 80, Request())
        node.pass_time(1)
    assert 60 <= node.runtime.container_stats(server, node.clock.now()).cpu_nanocores // 1_000_000 <= 100
