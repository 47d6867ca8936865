"""Websockets on the API's port: sessions (exec, attach, port-forward) in Kubernetes' channel protocols.

Each binary message begins with the channel's number; in v5, the message (255, n) closes channel n. base64 variants carry
the same as text. Models k8s.io/streaming/pkg/wsstream and k8s.io/apimachinery/pkg/util/remotecommand.
"""

import asyncio
import base64
from typing import TYPE_CHECKING

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Request, TextMessage
from wsproto.utilities import ProtocolError

from cluster_engine.apiserver.http import Session
from explorer.api.requests import Incoming
from explorer.api.streaming import Alarm
from explorer.engine import Hosted

if TYPE_CHECKING:
    from explorer.api.connection import Connection

BINARY = ("v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io", "portforward.k8s.io")
BASE64 = ("v4.base64.channel.k8s.io", "base64.channel.k8s.io")
TUNNEL = "SPDY/3.1+portforward.k8s.io"
CLOSE = 255
LARGEST_MESSAGE = 4 * 1024 * 1024
NORMAL, PROTOCOL, UNSUPPORTED, TOO_BIG = 1000, 1002, 1003, 1009


def negotiate(offered: str) -> str:
    """The first of the client's subprotocols that is spoken here; "" when it offers none of them."""
    return next((p for p in (part.strip() for part in offered.split(",")) if p in BINARY or p in BASE64 or p == TUNNEL), "")


class WebSocket:
    """One accepted websocket: whole messages in, messages out. Subclasses say what they mean."""

    def __init__(self, connection: "Connection", incoming: Incoming, subprotocol: str) -> None:
        self._connection = connection
        self._message = bytearray()
        self._scheduled = False
        self.closed = False
        self._socket = WSConnection(ConnectionType.SERVER)
        headers = [(name.encode(), value.encode("latin-1")) for name, value in incoming.headers.items()]
        self._socket.initiate_upgrade_connection(headers, incoming.target.decode("latin-1"))
        for event in self._socket.events():
            if isinstance(event, Request):
                connection.transport.write(self._socket.send(AcceptConnection(subprotocol=subprotocol or None)))

    # -- what subclasses fill in

    def take(self, message: bytes, text: bool) -> None:
        """A whole message has come."""

    def pump(self) -> None:
        """Send what is ready, while the client reads."""

    def release(self) -> None:
        """Nobody is at the other end any more."""

    # -- the line

    def schedule(self) -> None:
        """Pump at the end of this turn of the event loop."""
        if not self._scheduled and not self.closed:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        self._scheduled = False
        if not self.closed:
            self.pump()

    @property
    def writable(self) -> bool:
        return not self.closed and self._connection.writable

    def receive(self, data: bytes) -> None:
        try:
            self._socket.receive_data(data)
            for event in self._socket.events():
                self._take(event)
        except ProtocolError:
            self.end(PROTOCOL)

    def _take(self, event: object) -> None:
        if self.closed:
            return
        if isinstance(event, (BytesMessage, TextMessage)):
            self._message += event.data if isinstance(event, BytesMessage) else event.data.encode()
            if len(self._message) > LARGEST_MESSAGE:
                self.end(TOO_BIG)
            elif event.message_finished:
                message, self._message = bytes(self._message), bytearray()
                self.take(message, isinstance(event, TextMessage))
        elif isinstance(event, Ping):
            self._connection.transport.write(self._socket.send(event.response()))
        elif isinstance(event, CloseConnection):
            self._connection.transport.write(self._socket.send(event.response()))
            self.close()
            self._connection.transport.close()

    def send(self, message: bytes | str) -> None:
        event = TextMessage(message) if isinstance(message, str) else BytesMessage(message)
        self._connection.transport.write(self._socket.send(event))

    def end(self, code: int) -> None:
        if self.closed:
            return
        self.close()
        if not self._connection.closed:
            self._connection.transport.write(self._socket.send(CloseConnection(code)))
            self._connection.transport.close()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.release()


class SessionSocket(WebSocket):
    """Moves messages between a websocket and a session."""

    def __init__(self, connection: "Connection", hosted: Hosted, session: Session, incoming: Incoming, subprotocol: str) -> None:
        self._hosted, self._session, self._protocol = hosted, session, subprotocol
        self._text = subprotocol in BASE64
        self._alarm = Alarm(hosted, self.pump)
        super().__init__(connection, incoming, subprotocol)
        session.on_ready = self.schedule

    def take(self, message: bytes, text: bool) -> None:
        if not message:
            return
        if text and self._text:  # the channel is a digit, the rest base64
            try:
                self._session.write(int(message[:1]), base64.b64decode(message[1:]))
            except ValueError:
                self.end(UNSUPPORTED)
        elif message[0] == CLOSE and len(message) == 2 and self._protocol.startswith("v5"):
            self._session.close_channel(message[1])
        else:
            self._session.write(message[0], message[1:])
        self._hosted.ring()

    def pump(self) -> None:
        while self.writable:
            now = self._hosted.clock.now()
            ready = self._session.poll(now)
            if ready is None:
                self.end(NORMAL)
                return
            if not ready:
                self._alarm.set(self._session.next_wake(now))
                return
            for channel, data in ready:
                self.send(f"{channel}{base64.b64encode(data).decode()}" if self._text else bytes((channel,)) + data)

    def release(self) -> None:
        self._alarm.cancel()
        self._session.close()
