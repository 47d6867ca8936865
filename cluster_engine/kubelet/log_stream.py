"""A container's log for those who read it: as one text, or followed as it grows.

Models pkg/kubelet/kuberuntime/logs (ReadLogs).
"""

from collections.abc import Callable

from cluster_engine.kernel.clock import timestamp
from cluster_engine.runtime.log import ContainerLog

Line = tuple[float, str, str]


def render(lines: list[Line], timestamps: bool, limit: int | None = None) -> bytes:
    """Lines as they are sent, cut off at `limit` bytes."""
    text = "".join(f"{_nano(moment)} {line}\n" if timestamps else f"{line}\n" for moment, _, line in lines).encode()
    return text if limit is None else text[:limit]


def _nano(moment: float) -> str:
    return f"{timestamp(moment)[:-1]}.{int(moment % 1 * 1e9):09d}Z"


class LogStream:
    """`logs -f`: ends when the container has ended and everything was read."""

    def __init__(self, log: ContainerLog, place: int, timestamps: bool, limit: int | None) -> None:
        self.on_ready: Callable[[], None] | None = None
        self._log, self._place, self._timestamps, self._left = log, place, timestamps, limit
        self._over = False
        log.watchers.append(self._grown)

    def poll(self, now: float) -> bytes | None:
        if self._over:
            return None
        lines, self._place = self._log.lines(self._place)
        data = render(lines, self._timestamps, self._left)
        if self._left is not None:
            self._left -= len(data)
        if self._log.closed or self._left == 0:
            self.close()
            return data or None
        return data

    def next_wake(self, now: float) -> float | None:
        return None

    def close(self) -> None:
        self._over = True
        if self._grown in self._log.watchers:
            self._log.watchers.remove(self._grown)

    def _grown(self) -> None:
        if self.on_ready is not None:
            self.on_ready()
