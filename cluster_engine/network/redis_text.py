"""RESP, the protocol of Redis, as it arrives through a forwarded port.

Models the inline and array forms of RESP2, as far as redis-cli needs them.
"""


class Commands:
    """Cuts a stream of bytes into commands."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[list[str]]:
        """The commands that are complete now, as words."""
        self._buffer += data
        result = []
        while (words := self._next()) is not None:
            if words:
                result.append(words)
        return result

    def _next(self) -> list[str] | None:
        line, gap, rest = self._buffer.partition(b"\r\n")
        if not gap:
            return None
        if not line.startswith(b"*"):
            self._buffer = rest
            return line.decode(errors="replace").split()
        words: list[str] = []
        for _ in range(int(line[1:] or b"0")):
            size, gap, rest = rest.partition(b"\r\n")
            if not gap or not size.startswith(b"$"):
                return None
            length = int(size[1:])
            if len(rest) < length + 2:
                return None
            words.append(rest[:length].decode(errors="replace"))
            rest = rest[length + 2 :]
        self._buffer = rest
        return words


def answer_text(text: str) -> bytes:
    """An answer: an error, a number, nothing, or a bulk string."""
    if text.startswith("ERR "):
        return f"-{text}\r\n".encode()
    if text in ("OK", "PONG"):
        return f"+{text}\r\n".encode()
    data = text.encode()
    return f"${len(data)}\r\n".encode() + data + b"\r\n" if text else b"$-1\r\n"
