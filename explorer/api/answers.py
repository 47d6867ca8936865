"""Writing responses: the bytes of heads, chunks and of errors that no API server has seen."""

from http import HTTPStatus

import orjson

REASONS = {status.value: status.phrase for status in HTTPStatus}
END_OF_CHUNKS = b"0\r\n\r\n"


def head(status: int, headers: list[tuple[str, str]], *, length: int | None, keep_alive: bool, chunked: bool = False) -> bytes:
    """The status line and headers. `length` None for a body that comes in pieces."""
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}"]
    lines.extend(f"{name}: {value}" for name, value in headers)
    if length is not None:
        lines.append(f"Content-Length: {length}")
    if chunked:
        lines.append("Transfer-Encoding: chunked")
    if not keep_alive:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def status_body(code: int, reason: str, message: str) -> bytes:
    """A failed Status, for requests that reach no API server."""
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "reason": reason, "code": code}
    return orjson.dumps(status) + b"\n"


def refusal(code: int, reason: str, message: str, *, keep_alive: bool = False) -> bytes:
    """A whole response that carries a failed Status."""
    body = status_body(code, reason, message)
    return head(code, [("Content-Type", "application/json")], length=len(body), keep_alive=keep_alive) + body
