"""Reading requests off a connection: httptools' callbacks collect one request after another."""

from collections.abc import Callable
from dataclasses import dataclass, field

import httptools

LARGEST_BODY = 3 * 1024 * 1024  # as kube-apiserver; what comes beyond it is dropped and the request refused by size
LARGEST_HEAD = 64 * 1024


class TooMuch(Exception):
    """The head of the request is larger than any honest one."""


@dataclass(slots=True)
class Incoming:
    """A request as it stood on the wire."""

    method: str = ""
    target: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    version: str = "1.1"
    keep_alive: bool = True
    websocket: bool = False


class Reader:
    """Feeds bytes to the parser; `on_request` gets each whole request, `on_expect` is asked for "100 Continue"."""

    def __init__(self, on_request: Callable[[Incoming], None], on_expect: Callable[[], None]) -> None:
        self._on_request, self._on_expect = on_request, on_expect
        self._parser = httptools.HttpRequestParser(self)
        self._incoming = Incoming()
        self._head = 0
        self._in_head = True
        self._moved_on = False
        self.upgraded = False

    def feed(self, data: bytes) -> bytes:
        """Take in `data`; returns what belongs to the protocol that the client wants to upgrade to.

        Raises httptools.HttpParserError and TooMuch.
        """
        self._moved_on = not self._in_head
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self.upgraded = True
            return data[upgrade.args[0] :]
        if not self._moved_on:  # the parser keeps an unfinished header to itself, however long it gets
            self._head += len(data)
            if self._head > LARGEST_HEAD:
                raise TooMuch
        return b""

    # -- callbacks of httptools

    def on_message_begin(self) -> None:
        self._incoming = Incoming()

    def on_url(self, url: bytes) -> None:
        self._incoming.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers = self._incoming.headers
        headers[key] = f"{headers[key]}, {text}" if key in headers else text

    def on_headers_complete(self) -> None:
        self._in_head, self._head, self._moved_on = False, 0, True
        incoming = self._incoming
        incoming.method = self._parser.get_method().decode("ascii")
        incoming.version = self._parser.get_http_version()
        incoming.keep_alive = self._parser.should_keep_alive()
        incoming.websocket = incoming.headers.get("upgrade", "").lower() == "websocket"
        if incoming.headers.get("expect", "").lower() == "100-continue":
            self._on_expect()

    def on_body(self, data: bytes) -> None:
        body = self._incoming.body
        if len(body) <= LARGEST_BODY:
            body += data

    def on_message_complete(self) -> None:
        self._in_head = True
        self._on_request(self._incoming)
