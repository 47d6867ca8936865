"""What the buttons of etcd's page and of the page of trouble do to a real cluster."""

import pytest

from cluster_engine.cluster import Cluster
from cluster_engine.kernel.clock import VirtualClock
from cluster_engine.store.backend import MemoryBackend
from cluster_engine.store.mvcc import Store
from explorer.pages import etcd, faults


class Hosted:
    def __init__(self) -> None:
        clock = VirtualClock()
        self.cluster = Cluster("c", Store(MemoryBackend()), clock, 1, "ha")
        self.rung = 0

    def ring(self) -> None:
        self.rung += 1


class Visit:
    """A visit's cluster, without the request."""

    def __init__(self) -> None:
        self.hosted = Hosted()


@pytest.fixture(scope="module")
def visit() -> Visit:
    return Visit()


def test_a_member_is_stopped_started_cut_off_and_healed(visit: Visit) -> None:
    group = visit.hosted.cluster.etcd
    assert etcd.work(visit, "stop", "etcd-3") == "" and group.down == {"etcd-3"}  # type: ignore[arg-type]
    assert etcd.work(visit, "start", "etcd-3") == "" and not group.down  # type: ignore[arg-type]
    assert etcd.work(visit, "isolate", "etcd-2") == "" and len(group.cut) == 2  # type: ignore[arg-type]
    assert etcd.work(visit, "heal", "") == "" and not group.cut  # type: ignore[arg-type]
    assert visit.hosted.rung == 4


def test_the_lead_is_handed_over_but_not_to_its_owner(visit: Visit) -> None:
    group = visit.hosted.cluster.etcd
    assert group.leader is not None
    old = group.leader.name
    assert etcd.work(visit, "lead", old) == f"{old} leads already"  # type: ignore[arg-type]
    other = next(m for m in sorted(group.nodes) if m != old)
    assert etcd.work(visit, "lead", other) == ""  # type: ignore[arg-type]
    assert group.leader.name == other


def test_a_member_that_is_not_there_is_answered_with_those_that_are(visit: Visit) -> None:
    assert "there are etcd-1, etcd-2, etcd-3" in etcd.work(visit, "stop", "etcd-9")  # type: ignore[arg-type]
    assert etcd.work(visit, "burn", "etcd-1").startswith("do is one of")  # type: ignore[arg-type]


def test_a_fault_is_caused_listed_and_mended(visit: Visit) -> None:
    cluster = visit.hosted.cluster
    said, wrong = faults.work(visit, "cause", "stop-component", "kube-scheduler")  # type: ignore[arg-type]
    assert wrong == "" and "left undone until it is back" in said
    assert faults.broken_of(cluster)["stop-component"] == ["kube-scheduler"]
    assert faults.work(visit, "mend", "stop-component", "kube-scheduler")[1] == ""  # type: ignore[arg-type]
    assert not any(faults.broken_of(cluster).values())


def test_wrong_wishes_are_answered_in_words(visit: Visit) -> None:
    assert "there is no machine 'moon'" in faults.work(visit, "cause", "power-off", "moon")[1]  # type: ignore[arg-type]
    assert "cannot be undone" in faults.work(visit, "mend", "delete-pod", "")[1]  # type: ignore[arg-type]
    assert "fault is one of" in faults.work(visit, "cause", "meteor", "")[1]  # type: ignore[arg-type]


def test_a_machine_keeps_its_power_while_nothing_can_be_written(visit: Visit) -> None:
    for member in ("etcd-1", "etcd-2"):
        assert etcd.work(visit, "stop", member) == ""  # type: ignore[arg-type]
    assert "mend etcd first" in faults.work(visit, "cause", "power-off", "worker-1")[1]  # type: ignore[arg-type]
    assert "nothing can be written" not in faults.work(visit, "mend", "stop-etcd", "etcd-1")[1]  # type: ignore[arg-type]
