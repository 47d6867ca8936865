"""One client's connection: requests in their order, answers once they are durable, streams with back-pressure."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import httptools

from cluster_engine.apiserver.http import HttpRequest, HttpResponse, Session
from explorer.api import answers
from explorer.api.credentials import ClientCertificate
from explorer.api.requests import Incoming, Reader, TooMuch
from explorer.api.streaming import StreamPump
from explorer.api.tunnel import Tunnel
from explorer.api.websocket import TUNNEL, SessionSocket, WebSocket, negotiate
from explorer.engine import Hosted
from explorer.persistence import Stale

logger = logging.getLogger("orrery.api")
PREFIX = b"/clusters/"
HIGH_WATER = 1024 * 1024
MOST_PIPELINED = 32
RETRIES = 20
Find = Callable[[str], Hosted]


class Connection(asyncio.Protocol):
    """Law: one request is worked on at a time, and a response leaves only when what it shows is durable."""

    def __init__(self, find: Find, connections: "set[Connection]") -> None:
        self._find, self._connections = find, connections
        self._reader = Reader(self._queue, self._expect)
        self._waiting: deque[Incoming] = deque()
        self._busy = False
        self._pump: StreamPump | WebSocket | None = None
        self._certificate: ClientCertificate | None = None
        self.transport: asyncio.Transport
        self.writable = True
        self.closed = False
        self.quiet_since = 0.0

    # -- asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=HIGH_WATER)
        tls = self.transport.get_extra_info("ssl_object")
        shown = tls.getpeercert(binary_form=True) if tls is not None else None
        self._certificate = ClientCertificate(shown) if shown else None
        peer = self.transport.get_extra_info("peername")
        self._remote = peer[0] if peer else ""
        self._loop = asyncio.get_running_loop()
        self.quiet_since = self._loop.time()
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self._connections.discard(self)
        self._waiting.clear()
        if self._pump is not None:
            self._pump.close()

    def data_received(self, data: bytes) -> None:
        self.quiet_since = self._loop.time()
        if isinstance(self._pump, WebSocket):
            self._pump.receive(data)
            return
        if self._reader.upgraded or self.transport.is_closing():
            return
        try:
            self._reader.feed(data)
        except TooMuch:
            self._refuse(431, "RequestHeaderFieldsTooLarge", "the request's head is too large")
        except httptools.HttpParserError as error:
            self._refuse(400, "BadRequest", f"the request is not HTTP: {error}")

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        if self._pump is not None:
            self._pump.pump()

    # -- requests in their order

    def _expect(self) -> None:
        self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _queue(self, incoming: Incoming) -> None:
        self._waiting.append(incoming)
        if len(self._waiting) > MOST_PIPELINED:
            self.transport.pause_reading()
        if not self._busy:
            self._next()

    def _next(self) -> None:
        while self._waiting and not self._busy and not self.closed:
            incoming = self._waiting.popleft()
            self._busy = True
            self._begin(incoming)
        if not self.closed and len(self._waiting) <= MOST_PIPELINED // 2:
            self.transport.resume_reading()

    def _begin(self, incoming: Incoming) -> None:
        name, path, query = split_target(incoming.target)
        if not name and self._certificate is not None:
            name = self._certificate.cluster  # `kubectl get --raw` leaves the server's path out
        try:
            hosted = self._find(name)
        except KeyError:
            self._send(incoming, answers.status_body(404, "NotFound", f'clusters "{name}" not found' if name else "the path begins with /clusters/NAME"), 404)
            return
        request = HttpRequest(
            incoming.method, path, query, incoming.headers, bytes(incoming.body), self._identity(hosted), self._remote,
        )  # fmt: skip
        self._handle(hosted, incoming, request, 0)

    def _identity(self, hosted: Hosted) -> tuple[str, tuple[str, ...]] | None:
        return self._certificate.subject_in(hosted.cluster.keys) if self._certificate is not None else None

    def _handle(self, hosted: Hosted, incoming: Incoming, request: HttpRequest, attempt: int) -> None:
        try:
            response: HttpResponse = hosted.api.handle(request)
        except Exception:
            logger.exception("a request failed", extra={"cluster": hosted.name, "method": request.method, "path": request.path})
            self._send(incoming, answers.status_body(500, "InternalError", "an error on the server has prevented the request from succeeding"), 500)
            return
        hosted.requests += 1

        def settled(error: Exception | None) -> None:
            if self.closed:
                _close(response)
            elif isinstance(error, Stale) and attempt < RETRIES:
                _close(response)
                self._loop.call_soon(self._handle, hosted, incoming, request, attempt + 1)
            elif error is not None:
                _close(response)
                self._send(incoming, answers.status_body(500, "InternalError", "etcdserver: request timed out"), 500)
            else:
                self._answer(hosted, incoming, request, response)

        hosted.commit.when_durable(response.revision, settled)

    # -- answers

    def _answer(self, hosted: Hosted, incoming: Incoming, request: HttpRequest, response: HttpResponse) -> None:
        if response.session is not None:
            self._upgrade(hosted, incoming, request, response)
        elif response.stream is not None:
            chunked = incoming.version != "1.0"
            keep_alive = incoming.keep_alive and chunked
            self.transport.write(answers.head(response.status, response.headers, length=None, keep_alive=keep_alive, chunked=chunked))
            self._pump = StreamPump(self, hosted, response.stream, chunked, lambda: self._done(keep_alive))
            self._pump.pump()
        else:
            body = b"" if incoming.method == "HEAD" else response.body
            self.transport.write(answers.head(response.status, response.headers, length=len(response.body), keep_alive=incoming.keep_alive) + body)
            self._done(incoming.keep_alive)

    def _upgrade(self, hosted: Hosted, incoming: Incoming, request: HttpRequest, response: HttpResponse) -> None:
        session = response.session
        assert session is not None
        if not incoming.websocket:
            session.close()
            self._send(incoming, answers.status_body(400, "BadRequest", "Upgrade request required"), 400)
            return
        subprotocol = negotiate(incoming.headers.get("sec-websocket-protocol", ""))
        if subprotocol == TUNNEL:
            session.close()

            def open_port(port: str) -> Session | None:
                return cast(HttpResponse, hosted.api.handle(replace(request, query=f"ports={port}"))).session

            self._pump = Tunnel(self, hosted, open_port, incoming)
        else:
            self._pump = SessionSocket(self, hosted, session, incoming, subprotocol)
        self._pump.pump()

    def _send(self, incoming: Incoming, body: bytes, status: int) -> None:
        if self.closed:
            return
        headers = [("Content-Type", "application/json")]
        self.transport.write(answers.head(status, headers, length=len(body), keep_alive=incoming.keep_alive) + (b"" if incoming.method == "HEAD" else body))
        self._done(incoming.keep_alive)

    def _done(self, keep_alive: bool) -> None:
        self._pump = None
        self._busy = False
        self.quiet_since = self._loop.time()
        if not keep_alive or self._reader.upgraded:
            self.transport.close()
        elif self._waiting:
            self._loop.call_soon(self._next)

    def _refuse(self, code: int, reason: str, message: str) -> None:
        self.transport.write(answers.refusal(code, reason, message))
        self.transport.close()

    @property
    def idle(self) -> bool:
        """Whether it waits for the client to ask something."""
        return not self._busy

    def let_go(self) -> None:
        """The server stops: end streams and sessions, and close once everything is written."""
        if self._pump is not None:
            self._pump.close()
        self.transport.close()


def _close(response: HttpResponse) -> None:
    part: Any = response.stream or response.session
    if part is not None:
        part.close()


def split_target(target: bytes) -> tuple[str, str, str]:
    """(cluster, path below its prefix, query) of a request's target; no cluster for an address that has none."""
    path, _, query = target.partition(b"?")
    if not path.startswith(PREFIX):
        return "", path.decode("latin-1"), query.decode("latin-1")
    name, slash, rest = path[len(PREFIX) :].partition(b"/")
    return name.decode("latin-1"), (slash + rest).decode("latin-1") or "/", query.decode("latin-1")
