"""What a command that a kubelet ran inside a container has written."""

MOST = 10 * 1024


class Collected:
    """Keeps the first 10 KiB of both streams."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0

    def write(self, stream: str, text: str) -> None:
        if self._length < MOST:
            self._parts.append(text[: MOST - self._length])
            self._length += len(text)

    @property
    def text(self) -> str:
        return "".join(self._parts)
