"""Hosting: clusters of the database run, rest, pause, step and stop in one process."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User

from explorer.clusters import create_cluster, delete_cluster, set_running
from explorer.engine import Engine, Hosted, hosted
from explorer.models import Cluster, Revision

pytestmark = pytest.mark.django_db(transaction=True)


def _owner() -> User:
    return User.objects.get_or_create(username="owner")[0]


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    """An engine with one cluster `one` of master and two workers."""
    await sync_to_async(lambda: create_cluster("one", _owner(), "dev", seed=1))()
    found = Engine()
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
async def one(engine: Engine) -> Hosted:
    return hosted("one")


def nodes_ready(cluster: Hosted) -> int:
    nodes = cluster.api.client("test", "kubernetes-admin", ("system:masters",)).list("nodes").items
    return sum(any(c["type"] == "Ready" and c["status"] == "True" for c in n.get("status", {}).get("conditions", ())) for n in nodes)


async def until(happened: "object", seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_a_cluster_of_the_database_comes_alive(one: Hosted) -> None:
    await until(lambda: nodes_ready(one) == 3)


async def test_what_is_durable_is_in_the_table(one: Hosted) -> None:
    client = one.api.client("form", "kubernetes-admin", ("system:masters",))
    client.create("configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "default"}}, why="a test")
    await one.durable()
    row = await Revision.objects.aget(key="/registry/configmaps/default/a")
    assert b'"a test"' in bytes(row.cause)


async def test_a_cluster_made_elsewhere_is_taken_up(engine: Engine) -> None:
    await sync_to_async(lambda: create_cluster("two", _owner(), "bare"))()
    assert hosted("two").name == "two"


async def test_a_stopped_or_deleted_cluster_is_let_go(engine: Engine) -> None:
    await sync_to_async(set_running)("one", False)
    await until(lambda: "one" not in engine.clusters)
    await sync_to_async(set_running)("one", True)
    await until(lambda: "one" in engine.clusters)
    await sync_to_async(delete_cluster)("one")
    await until(lambda: "one" not in engine.clusters)
    with pytest.raises(KeyError):
        hosted("one")


async def test_a_paused_cluster_does_nothing_but_answers(one: Hosted) -> None:
    await until(lambda: nodes_ready(one) == 3)
    one.pause()
    await one.commit.drain()
    revision, moment = one.store.revision, one.now
    await asyncio.sleep(0.3)
    assert (one.store.revision, one.now) == (revision, moment)
    assert nodes_ready(one) == 3


async def test_a_step_in_a_paused_cluster_is_one_unit_of_work(one: Hosted) -> None:
    await until(lambda: nodes_ready(one) == 3)
    one.pause()
    before = one.now
    for _ in range(200):
        one.step_once()
    await one.commit.drain()
    assert one.now > before, "with nothing due, a step goes to the next moment at which something is"
    assert one.clock.setting.paused


async def test_the_clock_is_kept_in_the_row(one: Hosted) -> None:
    one.run_at(10)
    assert (await Cluster.objects.aget(name="one")).rate == 10
    one.pause()
    assert (await Cluster.objects.aget(name="one")).paused


async def test_a_clock_set_elsewhere_is_followed(engine: Engine, one: Hosted) -> None:
    await Cluster.objects.filter(name="one").aupdate(rate=50)
    await until(lambda: one.clock.setting.rate == 50)


async def test_an_engine_that_starts_again_finds_everything(one: Hosted, engine: Engine) -> None:
    await until(lambda: nodes_ready(one) == 3)
    names = sorted(r.key for r in one.store.range("/registry/").records)
    await engine.stop()
    again = Engine()
    await again.start()
    found = hosted("one")
    assert set(names) <= {r.key for r in found.store.range("/registry/").records}
    await again.stop()


async def test_an_idle_cluster_costs_nothing_between_its_moments(one: Hosted) -> None:
    await until(lambda: nodes_ready(one) == 3)
    await asyncio.sleep(1)
    units, seconds = one.units, one.step_seconds
    await asyncio.sleep(2)
    assert one.step_seconds - seconds < 0.2, f"{one.units - units} units in two idle seconds"
