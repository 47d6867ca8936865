"""Group commit: everything written since the last commit becomes durable together, and then answers go out.

Models etcd's batched backend transactions. Law: nobody is told of a revision before it is durable; when a batch is lost,
everybody who waited for it is told so, and the store stands again where the database stands.
"""

import asyncio
import heapq
import itertools
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol

from cluster_engine.store.backend import BackendUnavailable, Batch, Stale
from cluster_engine.store.mvcc import Store
from explorer.persistence.database import Busy

logger = logging.getLogger("orrery.commit")
Waiter = Callable[[Exception | None], None]
PATIENCE = 5.0


class SlowBackend(Protocol):
    """A backend that says whether its append is short enough for the event loop."""

    @property
    def quick(self) -> bool: ...

    def append(self, expected_revision: int, batch: Batch) -> None: ...


class GroupCommit:
    """Flushes one cluster's store. Lives on the event loop; only `append` of a slow backend runs in `executor`.

    `published(revision)` is called after each commit; `lost(error)` after a batch was rolled back.
    """

    def __init__(self, store: Store, backend: SlowBackend, executor: Executor, published: Callable[[int], None], lost: Callable[[Exception], None]) -> None:
        self._store, self._backend, self._executor = store, backend, executor
        self._published, self._lost = published, lost
        self._loop = asyncio.get_running_loop()
        self._waiters: list[tuple[int, int, Waiter]] = []
        self._order = itertools.count()
        self._scheduled = self._in_flight = False
        self.batches = self.records = 0
        self.seconds = 0.0

    @property
    def busy(self) -> bool:
        """Whether there is anything that is not durable yet."""
        return self._in_flight or self._store.has_pending

    def soon(self) -> None:
        """Commit what is pending at the end of this turn of the event loop."""
        if not self._scheduled and not self._in_flight:
            self._scheduled = True
            self._loop.call_soon(self._flush)

    def when_durable(self, revision: int, waiter: Waiter) -> None:
        """Call `waiter(None)` once `revision` is durable, or with the error that lost it."""
        if revision <= self._store.durable_revision:
            waiter(None)
            return
        heapq.heappush(self._waiters, (revision, next(self._order), waiter))
        self.soon()

    async def durable(self, revision: int) -> None:
        """Wait until `revision` is durable. Raises Stale or BackendUnavailable when it was lost."""
        future: asyncio.Future[None] = self._loop.create_future()

        def settle(error: Exception | None) -> None:
            if future.done():
                return
            future.set_exception(error) if error else future.set_result(None)

        self.when_durable(revision, settle)
        await future

    async def drain(self) -> None:
        """Make everything durable that has been written so far."""
        while self._store.has_pending or self._in_flight:
            await self.durable(self._store.revision)
            if self._store.has_pending and not self._store.revision > self._store.durable_revision:
                self.soon()  # lease changes alone have no revision to wait for
                await asyncio.sleep(0.001)

    def _flush(self) -> None:
        self._scheduled = False
        if self._in_flight or not self._store.has_pending:
            return
        self._in_flight = True
        expected, batch = self._store.take_batch()
        if why := self._store.disagreement():
            self._appended(batch, time.monotonic(), BackendUnavailable(why))
            return
        self._append(expected, batch, time.monotonic())

    def _append(self, expected: int, batch: Batch, began: float) -> None:
        if not self._backend.quick:
            future = self._loop.run_in_executor(self._executor, self._backend.append, expected, batch)
            future.add_done_callback(lambda done: self._appended(batch, began, done.exception()))
            return
        try:
            self._backend.append(expected, batch)
        except Busy as busy:
            self._again(expected, batch, began, busy)
        except Exception as error:
            self._appended(batch, began, error)
        else:
            self._appended(batch, began, None)

    def _again(self, expected: int, batch: Batch, began: float, busy: Busy) -> None:
        """Another process writes to the same file just now: let the event loop turn, then try again."""
        if time.monotonic() - began > PATIENCE:
            self._appended(batch, began, BackendUnavailable(str(busy)))
        else:
            self._loop.call_later(0.01, self._append, expected, batch, began)

    def _appended(self, batch: Batch, began: float, error: BaseException | None) -> None:
        self._in_flight = False
        if error is not None:
            self._fail(error if isinstance(error, Exception) else BackendUnavailable(repr(error)))
            return
        self._store.confirm()
        self.batches, self.records = self.batches + 1, self.records + len(batch.records)
        self.seconds += time.monotonic() - began
        durable = self._store.durable_revision
        while self._waiters and self._waiters[0][0] <= durable:
            heapq.heappop(self._waiters)[2](None)
        self._published(durable)
        if self._store.has_pending:
            self.soon()

    def _fail(self, error: Exception) -> None:
        self._store.roll_back()
        if isinstance(error, Stale):
            self._store.catch_up()
        elif not isinstance(error, BackendUnavailable):
            logger.error("a batch could not be written", exc_info=error)
            error = BackendUnavailable(str(error))
        waiters, self._waiters = self._waiters, []
        self._lost(error)
        for _, _, waiter in sorted(waiters):
            waiter(error)
