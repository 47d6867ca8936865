"""Group commit: who is told when, and what happens when a batch is lost."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cluster_engine.store.backend import BackendUnavailable, Batch, MemoryBackend, Stale
from cluster_engine.store.mvcc import Store
from explorer.persistence import Busy, GroupCommit


class Troubled(MemoryBackend):
    """A memory backend that is slow or quick, and raises what it is told to before it works again."""

    def __init__(self, quick: bool) -> None:
        super().__init__()
        self.quick = quick
        self.trouble: list[Exception] = []
        self.sizes: list[int] = []

    def append(self, expected_revision: int, batch: Batch) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
        super().append(expected_revision, batch)
        self.sizes.append(len(batch.records))


class Stand:
    def __init__(self, backend: Troubled, executor: ThreadPoolExecutor) -> None:
        self.backend, self.store = backend, Store(backend)
        self.published: list[int] = []
        self.lost: list[Exception] = []
        self.commit = GroupCommit(self.store, backend, executor, self.published.append, self.lost.append)


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture(params=[True, False], ids=["quick", "slow"])
async def stand(request: pytest.FixtureRequest, executor: ThreadPoolExecutor) -> Stand:
    return Stand(Troubled(request.param), executor)


async def test_everything_written_in_one_turn_is_one_batch(stand: Stand) -> None:
    for number in range(5):
        stand.store.put(f"/registry/{number}", b"x")
        stand.commit.soon()
    await stand.commit.durable(5)
    assert (stand.backend.sizes, stand.published) == ([5], [5])


async def test_nobody_is_told_before_the_revision_is_durable(stand: Stand) -> None:
    told: list[int] = []
    stand.store.put("/registry/a", b"x")
    stand.commit.when_durable(1, lambda error: told.append(stand.store.durable_revision))
    assert told == []
    await stand.commit.durable(1)
    assert told == [1]


async def test_what_is_durable_already_is_told_at_once(stand: Stand) -> None:
    told: list[Exception | None] = []
    stand.commit.when_durable(0, told.append)
    assert told == [None]


async def test_writes_during_a_commit_go_into_the_next_one(stand: Stand) -> None:
    stand.store.put("/registry/a", b"x")
    stand.commit.soon()
    await asyncio.sleep(0)
    stand.store.put("/registry/b", b"x")
    await stand.commit.durable(2)
    assert [r.revision for r in stand.backend.log] == [1, 2]


@pytest.mark.parametrize("error", [BackendUnavailable("gone"), Stale("behind"), RuntimeError("full")])
async def test_a_lost_batch_is_told_to_all_who_wait_and_is_undone(stand: Stand, error: Exception) -> None:
    stand.backend.trouble = [error]
    stand.store.put("/registry/a", b"x")
    with pytest.raises((BackendUnavailable, Stale)):
        await stand.commit.durable(1)
    assert (stand.store.revision, stand.store.get("/registry/a"), len(stand.lost)) == (0, None, 1)
    stand.store.put("/registry/a", b"y")
    await stand.commit.durable(1)
    assert [r.value for r in stand.backend.log] == [b"y"]


async def test_a_stale_store_has_caught_up_when_it_is_told(stand: Stand) -> None:
    theirs = Store(stand.backend)
    theirs.put("/registry/theirs", b"x")
    theirs.flush()
    stand.store.put("/registry/ours", b"x")
    with pytest.raises(Stale):
        await stand.commit.durable(1)
    assert stand.store.get("/registry/theirs") is not None


async def test_a_busy_database_is_asked_again(executor: ThreadPoolExecutor) -> None:
    stand = Stand(Troubled(quick=True), executor)
    stand.backend.trouble = [Busy("locked"), Busy("locked")]
    stand.store.put("/registry/a", b"x")
    await stand.commit.durable(1)
    assert (len(stand.backend.log), stand.lost) == (1, [])


async def test_draining_keeps_leases_too(stand: Stand) -> None:
    stand.store.put("/registry/a", b"x")
    stand.store.grant(5, 10.0, now=0.0)
    await stand.commit.drain()
    stand.store.grant(6, 10.0, now=0.0)
    await stand.commit.drain()
    assert {lease.id for lease in stand.backend.load().leases} == {5, 6}
