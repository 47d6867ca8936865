"""A container's log: what it wrote, line by line, with times; old lines are rotated away.

Models the CRI log format and the kubelet's rotation (containerLogMaxSize): here 5,000 lines or 1 MB are kept.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from itertools import islice

KEPT_LINES = 5_000
KEPT_BYTES = 1_000_000
LINE_MOST = 16_384


class ContainerLog:
    """Lines are numbered from 0; `first` is the oldest one that is still kept."""

    __slots__ = ("_bytes", "_lines", "_partial", "closed", "first", "total_bytes", "watchers")

    def __init__(self) -> None:
        self._lines: deque[tuple[float, str, str]] = deque()
        self._partial: dict[str, str] = {}
        self._bytes = 0
        self.first = 0
        self.total_bytes = 0
        self.closed = False
        self.watchers: list[Callable[[], None]] = []

    def __len__(self) -> int:
        return self.first + len(self._lines)

    def write(self, now: float, stream: str, text: str) -> None:
        """Take in what a process wrote; unfinished lines wait for their end."""
        if stream in self._partial:
            text = self._partial.pop(stream) + text
        *lines, rest = text.split("\n")
        for line in lines:
            self._append(now, stream, line)
        while len(rest) > LINE_MOST:
            self._append(now, stream, rest[:LINE_MOST])
            rest = rest[LINE_MOST:]
        if rest:
            self._partial[stream] = rest
        self._grown()

    def close(self, now: float) -> None:
        """The container ended: unfinished lines are lines too."""
        for stream, rest in self._partial.items():
            self._append(now, stream, rest)
        self._partial.clear()
        self.closed = True
        self._grown()

    def _grown(self) -> None:
        for watcher in list(self.watchers):
            watcher()

    def lines(self, place: int) -> tuple[list[tuple[float, str, str]], int]:
        start = max(0, place - self.first)
        return list(islice(self._lines, start, None)), len(self)

    def tail(self, count: int) -> int:
        return max(self.first, len(self) - count)

    def since(self, moment: float) -> int:
        return self.first + bisect_left(self._lines, moment, key=lambda line: line[0])

    def _append(self, now: float, stream: str, line: str) -> None:
        self._lines.append((now, stream, line))
        self._bytes += len(line) + 1
        self.total_bytes += len(line) + 1
        while len(self._lines) > KEPT_LINES or self._bytes > KEPT_BYTES:
            self._bytes -= len(self._lines.popleft()[2]) + 1
            self.first += 1
