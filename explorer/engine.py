"""The engine room: the clusters that this process runs, all on the event loop's thread, in short turns.

Law: nothing here blocks. A cluster with work gets a slice, then the next one; a cluster without work costs nothing until its
next moment in the heap, a write, or a doorbell. Pages and sockets get at a cluster by `hosted(name)`, on the event loop only:
async views and consumers may use it directly, a synchronous view asks through `on_loop`.
"""

import asyncio
import contextlib
import heapq
import itertools
import logging
import sys
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from cluster_engine.kernel.signals import Signals
from explorer.clock import RateClock, Setting
from explorer.persistence import BackendUnavailable, GroupCommit, Listing, OrmBackend, Roster, SQLite, database, make_store

logger = logging.getLogger("orrery.engine")
T = TypeVar("T")
SLICE = 0.004
SLOW_UNIT = 0.01  # cluster seconds that one unit of work takes to be seen in slow motion
ROSTER_EVERY = 0.25
NEWEST = sys.maxsize  # later than any revision


class Hosted:
    """A cluster that runs in this process: the model, its clock, and the commits that make its writes last.

    `cluster.api` serves requests, `signals` tells what moves, `durable(revision)` waits until a write cannot be lost.
    """

    def __init__(self, engine: "Engine", listing: Listing, backend: OrmBackend) -> None:
        from cluster_engine.cluster import Cluster  # only a process that runs clusters needs the whole engine in memory
        from explorer.api.credentials import cluster_secret, static_users

        self.engine, self.listing, self.name = engine, listing, listing.name
        self.clock = RateClock(listing.clock)
        self.store = make_store(backend)
        secret = cluster_secret(listing.id, listing.seed)
        self.cluster = Cluster(
            self.name, self.store, self.clock, listing.seed, listing.template,
            secret=secret, static_users=static_users(secret), stopwatch=time.perf_counter, components=engine.components,
        )  # fmt: skip
        self.commit = GroupCommit(self.store, backend, engine.threads, self._published, self._lost)
        self.revision_listeners: list[Callable[[int], None]] = []
        self.step_seconds = 0.0
        self.units = 0
        self.requests = 0

    @property
    def api(self) -> Any:
        return self.cluster.api

    @property
    def signals(self) -> Signals:
        return self.cluster.signals

    @property
    def now(self) -> float:
        return self.clock.now()

    async def durable(self, revision: int = 0) -> None:
        """Wait until `revision` (default: all that has been written) cannot be lost any more."""
        await self.commit.durable(revision or self.store.revision)

    def ring(self) -> None:
        """There may be work: take a turn soon."""
        self.commit.soon()
        self.engine.turn_for(self)

    def attend(self, revision: int) -> None:
        """A doorbell rang: take in what another process may have written, and take a turn."""
        if revision > self.store.durable_revision and not self.commit.busy:
            try:
                self.store.catch_up()
            except BackendUnavailable as error:
                logger.warning("the log could not be read", extra={"cluster": self.name, "reason": str(error)})
        self.engine.turn_for(self)

    # -- time

    def pause(self) -> None:
        self.clock.pause()
        self._clock_changed()

    def resume(self) -> None:
        self.clock.resume()
        self._clock_changed()

    def run_at(self, rate: float) -> None:
        """Let the clock run `rate` times as fast as the host's. Raises ValueError outside 1/1000 to 1000."""
        self.clock.run_at(rate)
        self._clock_changed()

    def step_once(self) -> bool:
        """One unit of work while the clock stands; when nothing is due, the clock jumps to the next moment at which something is."""
        if self.cluster.step(self.clock.now()):
            self.commit.soon()
            return True
        moment = self.cluster.next_wake(self.clock.now())
        if moment is None:
            return False
        self.clock.jump_to(moment)
        self._clock_changed()
        worked: bool = self.cluster.step(self.clock.now())
        self.commit.soon()
        return worked

    def _clock_changed(self) -> None:
        self.engine.keep_clock(self)
        self.engine.turn_for(self)

    # -- turns

    def take_turn(self) -> bool:
        """Step for a slice; says whether there is more to do."""
        if self.clock.setting.paused:
            self.commit.soon()
            return False
        began = time.perf_counter()
        deadline = began + SLICE
        busy = True
        while busy and time.perf_counter() < deadline:
            busy = self.cluster.step(self.clock.now())
            self.units += busy
            if self.clock.setting.rate < 1:
                break
        self.step_seconds += time.perf_counter() - began
        self.commit.soon()
        return busy

    def rest(self, busy: bool) -> float | None:
        """Host seconds until the next turn: 0 for at once, None until somebody rings."""
        setting = self.clock.setting
        if setting.paused:
            return None
        if busy:
            return SLOW_UNIT / setting.rate if setting.rate < 1 else 0.0
        moment = self.cluster.next_wake(self.clock.now())
        return None if moment is None else self.clock.seconds_until(moment)

    def _published(self, revision: int) -> None:
        self.engine.turn_for(self)
        if self.engine.doorbell is not None:
            self.engine.doorbell(self.name, revision)
        for listener in tuple(self.revision_listeners):
            listener(revision)

    def _lost(self, error: Exception) -> None:
        """What the components believe to have written is gone: they begin anew, as processes do after a crash."""
        logger.warning("writes were lost and are undone", extra={"cluster": self.name, "reason": repr(error)})
        self.cluster.restart_components()
        self.engine.turn_for(self, after=0.2)


class Engine:
    """All hosted clusters of this process.

    `components`: the names of those that it runs, None for all; others run in other processes. `doorbell(cluster, revision)` tells them.
    """

    def __init__(self, components: Collection[str] | None = None, doorbell: Callable[[str, int], None] | None = None) -> None:
        self.components, self.doorbell = components, doorbell
        self.threads = ThreadPoolExecutor(1, thread_name_prefix="database")
        self.clusters: dict[str, Hosted] = {}
        self.roster = Roster(database())
        self._ready: dict[Hosted, None] = {}
        self._later: list[tuple[float, int, Hosted]] = []
        self._due: dict[Hosted, float] = {}
        self._order = itertools.count()
        self._tasks: list[asyncio.Task[None]] = []
        self._take_up_listeners: list[Callable[[Hosted], None]] = []

    def on_take_up(self, listener: Callable[[Hosted], None]) -> None:
        """Call `listener` with every cluster that is taken up, at once for those that already are."""
        self._take_up_listeners.append(listener)
        for hosted in self.clusters.values():
            listener(hosted)

    # -- life

    async def start(self) -> None:
        """Take up every running cluster and begin to work."""
        global _engine
        _engine = self
        self.loop = asyncio.get_running_loop()
        self._bell = asyncio.Event()
        self.look_at_roster()
        self._tasks = [asyncio.ensure_future(t) for t in (self._work(), self._follow_roster(), self._checkpoint())]

    async def stop(self) -> None:
        """Finish the commits in flight and let go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for hosted in tuple(self.clusters.values()):
            try:
                await asyncio.wait_for(hosted.commit.drain(), 5)
            except Exception as error:
                logger.error("the last writes could not be kept", extra={"cluster": hosted.name, "reason": repr(error)})
        self.threads.shutdown()

    def look_at_roster(self) -> None:
        """Take up clusters that were made or started, drop those that were deleted or stopped, follow clocks set elsewhere."""
        listed = {listing.name: listing for listing in self.roster.running()}
        for name in [n for n, h in self.clusters.items() if n not in listed or listed[n].id != h.listing.id]:
            self._drop(name)
        for name, listing in listed.items():
            if name not in self.clusters:
                self._take_up(listing)
            elif listing.clock != self.clusters[name].listing.clock:
                self._follow_clock(self.clusters[name], listing)

    def _take_up(self, listing: Listing) -> None:
        hosted = Hosted(self, listing, OrmBackend(self.roster.database, listing.id))
        self.clusters[listing.name] = hosted
        hosted.ring()
        for listener in self._take_up_listeners:
            listener(hosted)
        logger.info("cluster taken up", extra={"cluster": listing.name, "revision": hosted.store.revision})

    def _follow_clock(self, hosted: Hosted, listing: Listing) -> None:
        hosted.listing = listing
        hosted.clock.setting = listing.clock
        self.turn_for(hosted)

    def _drop(self, name: str) -> None:
        hosted = self.clusters.pop(name)
        self._ready.pop(hosted, None)
        self._due.pop(hosted, None)
        logger.info("cluster let go", extra={"cluster": name})

    def keep_clock(self, hosted: Hosted) -> None:
        """Write the clock's setting to the cluster's row."""
        hosted.listing = hosted.listing.with_clock(hosted.clock.setting)
        self.roster.keep_clock(hosted.listing)

    async def _follow_roster(self) -> None:
        while True:
            await asyncio.sleep(ROSTER_EVERY)
            try:
                if self.roster.changed():
                    self.look_at_roster()
            except Exception as error:
                logger.warning("the list of clusters could not be read", extra={"reason": repr(error)})

    async def _checkpoint(self) -> None:
        """Move SQLite's write-ahead log into the database now and then, off the event loop: it waits for the disk."""
        place = self.roster.database
        while isinstance(place, SQLite):
            await asyncio.sleep(2)
            await self.loop.run_in_executor(self.threads, place.checkpoint)

    async def resync(self, seconds: float) -> None:
        """Look at the log every so often, for the doorbells that were not heard."""
        while True:
            await asyncio.sleep(seconds)
            for hosted in tuple(self.clusters.values()):
                hosted.attend(NEWEST)

    # -- turns

    def turn_for(self, hosted: Hosted, after: float = 0.0) -> None:
        """Give `hosted` a turn now, or `after` seconds at the latest."""
        if after <= 0:
            self._ready[hosted] = None
            self._bell.set()
            return
        moment = time.monotonic() + after
        if moment >= self._due.get(hosted, float("inf")):
            return
        self._due[hosted] = moment
        heapq.heappush(self._later, (moment, next(self._order), hosted))
        self._bell.set()

    async def _work(self) -> None:
        while True:
            self._promote()
            if not self._ready:
                await self._idle()
                continue
            hosted = next(iter(self._ready))
            del self._ready[hosted]
            self._turn(hosted)
            await asyncio.sleep(0)

    def _turn(self, hosted: Hosted) -> None:
        try:
            busy = hosted.take_turn()
            after = hosted.rest(busy)
        except Exception:
            logger.exception("a turn failed", extra={"cluster": hosted.name})
            after = 1.0
        if after is not None and hosted.name in self.clusters:
            self.turn_for(hosted, after)

    def _promote(self) -> None:
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            moment, _, hosted = heapq.heappop(self._later)
            if self._due.get(hosted) == moment:
                del self._due[hosted]
                self._ready[hosted] = None

    async def _idle(self) -> None:
        timeout = self._later[0][0] - time.monotonic() if self._later else None
        self._bell.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), timeout)


_engine: Engine | None = None


def engine() -> Engine:
    """The engine of this process. Raises RuntimeError where none runs (in manage.py commands)."""
    if _engine is None:
        raise RuntimeError("no engine runs in this process")
    return _engine


def hosted(name: str) -> Hosted:
    """The running cluster `name`. Raises KeyError when this process does not run it."""
    running = engine()
    if name not in running.clusters:
        running.look_at_roster()
    return running.clusters[name]


def on_loop(call: Callable[[], T]) -> T:
    """Run `call` on the event loop's thread and give its result: for synchronous views, which run in other threads."""

    async def run() -> T:
        return call()

    return asyncio.run_coroutine_threadsafe(run(), engine().loop).result(30)


__all__ = ["Engine", "Hosted", "Setting", "engine", "hosted", "on_loop"]
