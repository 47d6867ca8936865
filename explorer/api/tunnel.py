"""Port-forwarding as kubectl does it: SPDY streams inside a websocket, a pair of them for each connection to a port.

Each pair (data and error stream, joined by `requestid`) gets a session of its own from the API server, so every
forwarded connection is asked for, authorized and ended like any other request. Models k8s.io/client-go/tools/portforward and
k8s.io/kubelet/pkg/cri/streaming/portforward.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cluster_engine.apiserver.http import Session
from explorer.api.requests import Incoming
from explorer.api.spdy import GOAWAY, PING, RST_STREAM, SYN_STREAM, Broken, Frame, Frames
from explorer.api.websocket import NORMAL, PROTOCOL, TUNNEL, WebSocket
from explorer.engine import Hosted

if TYPE_CHECKING:
    from explorer.api.connection import Connection

DATA, ERROR = 0, 1
PORT_BYTES = 2  # each channel of a session begins with the port's number, which streams do not carry
MOST_PAIRS = 1000
Open = Callable[[str], Session | None]


@dataclass
class Pair:
    """One forwarded connection. `streams`: the stream of each channel; `heads`: bytes of the port still to come on it."""

    session: Session
    streams: dict[int, int] = field(default_factory=dict)
    heads: dict[int, int] = field(default_factory=lambda: {DATA: PORT_BYTES, ERROR: PORT_BYTES})
    early: list[tuple[int, bytes]] = field(default_factory=list)
    finished: bool = False


class Tunnel(WebSocket):
    """`open_port(port)` asks the API server for a session with that port; None when it is refused."""

    def __init__(self, connection: "Connection", hosted: Hosted, open_port: Open, incoming: Incoming) -> None:
        self._hosted, self._open = hosted, open_port
        self._frames = Frames()
        self._pairs: dict[str, Pair] = {}
        self._by_stream: dict[int, tuple[str, int]] = {}
        super().__init__(connection, incoming, TUNNEL)

    def take(self, message: bytes, text: bool) -> None:
        try:
            for frame in self._frames.feed(message):
                self._frame(frame)
        except Broken:
            self.end(PROTOCOL)
            return
        self._hosted.ring()
        self.pump()

    def _frame(self, frame: Frame) -> None:
        if frame.kind == SYN_STREAM:
            self._begin(frame)
        elif frame.kind == PING:
            self.send(self._frames.ping(frame.number))
        elif frame.kind == GOAWAY:
            self.end(NORMAL)
        elif frame.stream in self._by_stream:
            self._continue(frame)

    def _begin(self, frame: Frame) -> None:
        """A new stream: the first of a pair asks for the session."""
        request, port = frame.headers.get("requestid", ""), frame.headers.get("port", "")
        channel = {"data": DATA, "error": ERROR}.get(frame.headers.get("streamtype", ""))
        pair = self._pairs.get(request)
        if pair is None and len(self._pairs) < MOST_PAIRS and channel is not None and (session := self._open(port)) is not None:
            session.on_ready = self.schedule
            pair = self._pairs[request] = Pair(session)
        if pair is None or channel is None:
            self.send(self._frames.reset(frame.stream))
            return
        pair.streams[channel] = frame.stream
        self._by_stream[frame.stream] = (request, channel)
        self.send(self._frames.reply(frame.stream))

    def _continue(self, frame: Frame) -> None:
        request, channel = self._by_stream[frame.stream]
        pair = self._pairs[request]
        if frame.kind == RST_STREAM:
            self._drop(request)
            return
        if channel == DATA and frame.data:
            pair.session.write(DATA, frame.data)
        if channel == DATA and frame.fin:
            pair.session.close_channel(DATA)
            pair.finished = True

    def pump(self) -> None:
        if not self.writable:
            return
        for request, pair in list(self._pairs.items()):
            ready = pair.session.poll(self._hosted.clock.now())
            pair.early += ready or ()
            self._send_ready(pair)
            if (ready is None or pair.finished) and len(pair.streams) == 2:
                for stream in pair.streams.values():
                    self.send(self._frames.data(stream, b"", fin=True))
                self._drop(request)

    def _send_ready(self, pair: Pair) -> None:
        """What the session has said, once both streams are there to carry it. An error is its last word: both streams end."""
        if len(pair.streams) < 2:
            return
        said, pair.early = pair.early, []
        for channel, data in said:
            head = min(pair.heads[channel], len(data))
            pair.heads[channel] -= head
            if data[head:]:
                self.send(self._frames.data(pair.streams[channel], data[head:]))
                pair.finished |= channel == ERROR

    def _drop(self, request: str) -> None:
        pair = self._pairs.pop(request)
        pair.session.close()
        for stream in pair.streams.values():
            self._by_stream.pop(stream, None)

    def release(self) -> None:
        for request in list(self._pairs):
            self._drop(request)
