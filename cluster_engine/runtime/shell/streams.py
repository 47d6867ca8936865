"""Where output goes: the terminal or log, files, pipes, nowhere. Redirections make new streams from old ones."""

from collections.abc import Callable

from cluster_engine.runtime.cri import Output
from cluster_engine.runtime.process import Input, Process
from cluster_engine.runtime.signals import PIPE

Sink = Callable[[str], None]
MOST_WAITING = 4_000_000


class Streams:
    """Standard output and error of a command. `stdin` is set where it was redirected."""

    __slots__ = ("err", "out", "stdin")

    def __init__(self, out: Sink, err: Sink, stdin: Input) -> None:
        self.out, self.err, self.stdin = out, err, stdin

    @classmethod
    def of(cls, output: Output, stdin: Input) -> "Streams":
        return cls(lambda text: output.write("stdout", text), lambda text: output.write("stderr", text), stdin)

    def write(self, stream: str, text: str) -> None:
        (self.out if stream == "stdout" else self.err)(text)

    def copy(self) -> "Streams":
        return Streams(self.out, self.err, self.stdin)


class Pipe:
    """One end is written, the other is a process's input. Who writes to a reader that has gone, or never reads, gets SIGPIPE."""

    def __init__(self, reader: Process) -> None:
        self._reader = reader
        self.writer: Process | None = None

    def write(self, text: str) -> None:
        if self._reader.exit_code is None and self._reader.stdin.waiting < MOST_WAITING:
            self._reader.stdin.feed(text)
        elif self.writer is not None:
            self.writer.signals.append(PIPE)
            self.writer.box.wake(self.writer)


class Captured:
    """What a command substitution collects."""

    MOST = 1_000_000

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0

    def write(self, text: str) -> None:
        if self._length < self.MOST:
            self._parts.append(text)
            self._length += len(text)

    @property
    def text(self) -> str:
        return "".join(self._parts)


def nowhere(text: str) -> None:
    """/dev/null."""
