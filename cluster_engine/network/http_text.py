"""HTTP/1.1 as text: what arrives through a forwarded port, and what goes back.

Models just enough of RFC 9112 for a browser or curl on the other side.
"""

from http import HTTPStatus

from cluster_engine.network.wire import Reply, Request

HEAD_MOST = 64 * 1024


class Requests:
    """Cuts a stream of bytes into requests."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._buffer = b""

    def feed(self, data: bytes) -> list[Request]:
        """The requests that are complete now. Raises ValueError on what is no HTTP."""
        self._buffer += data
        result = []
        while (request := self._next()) is not None:
            result.append(request)
        return result

    def _next(self) -> Request | None:
        head, gap, rest = self._buffer.partition(b"\r\n\r\n")
        if not gap:
            if len(self._buffer) > HEAD_MOST:
                raise ValueError("request header too large")
            return None
        first, *lines = head.decode("latin-1").split("\r\n")
        words = first.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/"):
            raise ValueError("malformed HTTP request")
        headers = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = next((int(v) for k, v in headers.items() if k.lower() == "content-length" and v.isdigit()), 0)
        if len(rest) < length:
            return None
        self._buffer = rest[length:]
        return Request(words[0], words[1], headers, rest[:length].decode(errors="replace"), self._source)


def response_text(reply: Reply, head_only: bool = False) -> bytes:
    """A reply as it goes over the wire."""
    body = reply.body.encode()
    try:
        phrase = HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = ""
    headers = {k: v for k, v in reply.headers.items() if k.lower() != "content-length"} | {"Content-Length": str(len(body))}
    head = f"HTTP/1.1 {reply.status} {phrase}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items())
    return head.encode() + b"\r\n" + (b"" if head_only else body)
