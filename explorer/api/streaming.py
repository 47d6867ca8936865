"""Streams: pull from a watch or a log as fast as the client reads, and never faster."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from cluster_engine.apiserver.http import Stream
from explorer.api import answers
from explorer.engine import Hosted

if TYPE_CHECKING:
    from explorer.api.connection import Connection

LONGEST_WAIT = 3600.0


class Alarm:
    """Calls `ring` when the cluster's clock shows a moment; told again whenever the moment or the clock may have changed."""

    def __init__(self, hosted: Hosted, ring: Callable[[], None]) -> None:
        self._hosted, self._ring = hosted, ring
        self._handle: asyncio.TimerHandle | None = None

    def set(self, moment: float | None) -> None:
        self.cancel()
        if moment is None:
            return
        delay = self._hosted.clock.seconds_until(moment)
        if delay is not None:
            self._handle = asyncio.get_running_loop().call_later(min(delay, LONGEST_WAIT), self._ring)

    def cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class StreamPump:
    """Moves a response's stream to the connection. A client that does not read costs one write buffer and no more."""

    def __init__(self, connection: "Connection", hosted: Hosted, stream: Stream, chunked: bool, done: Callable[[], None]) -> None:
        self._connection, self._hosted, self._stream = connection, hosted, stream
        self._chunked, self._done = chunked, done
        self._alarm = Alarm(hosted, self.pump)
        self._scheduled = self._closed = False
        stream.on_ready = self._ready

    def _ready(self) -> None:
        """Told in the middle of a commit: pull at the end of this turn, once for all that comes together."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self.pump)

    def pump(self) -> None:
        self._scheduled = False
        while not self._closed and self._connection.writable:
            data = self._stream.poll(self._hosted.clock.now())
            if data is None:
                self._end()
                return
            if not data:
                self._alarm.set(self._stream.next_wake(self._hosted.clock.now()))
                return
            self._connection.transport.write(answers.chunk(data) if self._chunked else data)

    def _end(self) -> None:
        self.close()
        if not self._connection.closed:
            if self._chunked:
                self._connection.transport.write(answers.END_OF_CHUNKS)
            self._done()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._alarm.cancel()
            self._stream.close()
