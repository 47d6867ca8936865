"""A whole cluster with three etcd members: what everybody else feels when members die."""

import pytest

from cluster_engine.machinery.status import ApiError
from cluster_engine.simulation import Simulation


def deployment(replicas: int) -> dict[str, object]:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def running() -> Simulation:
    cluster = Simulation("ha")
    cluster.apply(deployment(3))
    cluster.until(lambda: len(cluster.ready_pods()) == 3, 60)
    return cluster


def test_every_write_goes_through_the_members_logs() -> None:
    cluster = running()
    leader = cluster.cluster.etcd.leader
    assert leader is not None
    assert leader.log.entries[-1].data.last == cluster.store.durable_revision  # type: ignore[attr-defined]


def test_losing_one_of_three_members_changes_nothing() -> None:
    cluster = running()
    cluster.cluster.etcd.stop_member("etcd-3")
    cluster.apply(deployment(5))
    cluster.until(lambda: len(cluster.ready_pods()) == 5, 60)


def test_losing_the_majority_makes_reads_and_writes_fail_and_loses_nothing() -> None:
    cluster = running()
    revision = cluster.store.durable_revision
    for member in ("etcd-1", "etcd-2"):
        cluster.cluster.etcd.stop_member(member)
    cluster.run(20)
    with pytest.raises(ApiError, match="etcdserver: no leader"):
        cluster.get("deployments.apps", "web")
    with pytest.raises(ApiError, match="etcdserver: no leader"):
        cluster.apply(deployment(5))
    assert cluster.store.durable_revision == revision
    cluster.cluster.etcd.start_member("etcd-1")
    cluster.run(30)
    cluster.apply(deployment(5))
    cluster.until(lambda: len(cluster.ready_pods()) == 5, 120)


def test_the_lead_passes_on_when_the_leader_dies() -> None:
    cluster = running()
    old = cluster.cluster.etcd.leader
    assert old is not None
    cluster.cluster.etcd.stop_member(old.name)
    cluster.run(5)
    new = cluster.cluster.etcd.leader
    assert new is not None
    assert new.name != old.name
    assert new.term > old.term
