"""SPDY/3.1 frames: what `kubectl port-forward` still speaks, nowadays inside a websocket.

Only what Kubernetes' clients use: streams with headers, data, ping, reset and goaway. Models github.com/moby/spdystream.
"""

import struct
import zlib
from dataclasses import dataclass, field

SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY = 1, 2, 3, 6, 7
FIN = 1
REFUSED = 3
LARGEST_FRAME = 1024 * 1024

WORDS = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow authorization cache-control"
    " connection content-base content-encoding content-language content-length content-location content-md5 content-range content-type date etag expect"
    " expires from host if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma"
    " proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade user-agent vary via warning"
    " www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie keep-alive origin"
)
REST = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505203 Non-Authoritative Information204 No Content"
    "301 Moved Permanently400 Bad Request401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented"
    "503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,"
    "image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdch"
    "charset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)
DICTIONARY = b"".join(struct.pack(">I", len(word)) + word.replace("_", " ").encode() for word in WORDS.split(" ")) + REST.encode()


class Broken(Exception):
    """The bytes are no SPDY."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A control frame of `kind`, or data (kind 0), of a stream. `number`: a ping's id."""

    kind: int
    stream: int = 0
    fin: bool = False
    data: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    number: int = 0


class Frames:
    """Reads and writes the frames of one connection; headers share one compression context in each direction."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole now. Raises Broken."""
        self._buffer += data
        found = []
        while len(self._buffer) >= 8:
            first, second = struct.unpack_from(">II", self._buffer)
            length = second & 0xFFFFFF
            if length > LARGEST_FRAME:
                raise Broken("a frame is too large")
            if len(self._buffer) < 8 + length:
                break
            body = bytes(self._buffer[8 : 8 + length])
            del self._buffer[: 8 + length]
            if (frame := self._frame(first, second >> 24, body)) is not None:
                found.append(frame)
        return found

    def _frame(self, first: int, flags: int, body: bytes) -> Frame | None:
        if not first >> 31:
            return Frame(0, first & 0x7FFFFFFF, bool(flags & FIN), body)
        kind = first & 0xFFFF
        try:
            number = struct.unpack_from(">I", body)[0] if len(body) >= 4 else 0
            if kind == SYN_STREAM:
                return Frame(kind, number & 0x7FFFFFFF, bool(flags & FIN), headers=self._headers(body[10:]))
        except (struct.error, zlib.error, UnicodeDecodeError) as error:
            raise Broken(str(error)) from error
        return Frame(kind, number & 0x7FFFFFFF, bool(flags & FIN), number=number) if kind in (RST_STREAM, PING, GOAWAY) else None

    def _headers(self, block: bytes) -> dict[str, str]:
        plain = self._inflate.decompress(block, LARGEST_FRAME)
        count, at = struct.unpack_from(">I", plain)[0], 4
        texts = []
        for _ in range(min(count, 100) * 2):
            size = struct.unpack_from(">I", plain, at)[0]
            texts.append(plain[at + 4 : at + 4 + size].decode())
            at += 4 + size
        return dict(zip(texts[::2], texts[1::2], strict=True))

    def data(self, stream: int, data: bytes, fin: bool = False) -> bytes:
        return struct.pack(">II", stream, (FIN if fin else 0) << 24 | len(data)) + data

    def reply(self, stream: int) -> bytes:
        """Accept a stream."""
        block = self._deflate.compress(struct.pack(">I", 0)) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return self._control(SYN_REPLY, struct.pack(">I", stream) + block)

    def reset(self, stream: int, status: int = REFUSED) -> bytes:
        return self._control(RST_STREAM, struct.pack(">II", stream, status))

    def ping(self, number: int) -> bytes:
        return self._control(PING, struct.pack(">I", number))

    @staticmethod
    def _control(kind: int, body: bytes) -> bytes:
        return struct.pack(">HHI", 0x8003, kind, len(body)) + body
