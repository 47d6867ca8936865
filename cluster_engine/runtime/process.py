"""A process: a generator that does its work in steps and yields what it waits for; its return value is the exit code.

Models what a Linux kernel gives a container's programs: pids, environment, signals, standard streams, ports. Law: pid 1
ignores signals that it has no handler for (so `sleep` as a container's command only dies by SIGKILL).
"""

from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cluster_engine.network.wire import Answer, Listener, Request
from cluster_engine.runtime.cri import Output
from cluster_engine.runtime.signals import HARMLESS, KILL, STOP, exit_code

if TYPE_CHECKING:
    from cluster_engine.runtime.box import Box


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait for `seconds` of cluster time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait for a signal."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Send a request; resumes with (Connection, Reply or None). `host` is an address."""

    host: str
    port: int
    request: Request
    transport: str = "TCP"
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Read:
    """Wait for input; resumes with text, or None at the end of the input."""


@dataclass(frozen=True, slots=True)
class Join:
    """Wait for another process of the box to end; resumes with its exit code."""

    process: "Process"


Wait = Sleep | Pause | Ask | Read | Join
Run = Generator[Wait, Any, int]


class Signalled(BaseException):
    """Thrown into a program that handles a signal. A BaseException, so that programs cannot swallow it by accident."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


class Exit(BaseException):
    """A program ends from deep inside."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Silence:
    """Output that nobody reads."""

    def write(self, stream: str, text: str) -> None:
        """Forget it."""


class Input:
    """A stream that processes read: a shell shares its own with the commands that it starts."""

    __slots__ = ("_chunks", "closed", "reader", "waiting")

    def __init__(self, text: str = "", closed: bool = False) -> None:
        self._chunks: deque[str] = deque([text] if text else [])
        self.closed = closed
        self.waiting = len(text)
        self.reader: Process | None = None

    def feed(self, text: str) -> None:
        self._chunks.append(text)
        self.waiting += len(text)
        self._wake()

    def push_back(self, text: str) -> None:
        """What was read too far."""
        if text:
            self._chunks.appendleft(text)
            self.waiting += len(text)

    def close(self) -> None:
        self.closed = True
        self._wake()

    @property
    def ready(self) -> bool:
        return bool(self._chunks) or self.closed

    def take(self) -> str | None:
        """The next text; None at the end."""
        if not self._chunks:
            return None
        text = self._chunks.popleft()
        self.waiting -= len(text)
        return text

    def _wake(self) -> None:
        reader, self.reader = self.reader, None
        if reader is not None and reader.exit_code is None:
            reader.box.wake(reader)


class Process:
    """One process of a box. Programs use `print`, `listen`, `now`, `env` and `box`; the box resumes it.

    `resumed`: it goes on where it was when the simulation itself was stopped, and need not boot again.
    """

    __slots__ = (
        "argv", "box", "cwd", "env", "exit_code", "handled", "joiners", "listeners", "output", "pid", "ppid", "resumed", "run",
        "signals", "started_at", "stdin", "terminal", "ticket", "uid", "waits",
    )  # fmt: skip

    def __init__(self, box: "Box", pid: int, ppid: int, argv: tuple[str, ...], env: dict[str, str], output: Output, cwd: str, uid: int) -> None:
        self.box, self.pid, self.ppid, self.argv, self.env, self.output, self.cwd, self.uid = box, pid, ppid, argv, env, output, cwd, uid
        self.run: Run | None = None
        self.waits: Wait | None = None
        self.exit_code: int | None = None
        self.handled: frozenset[int] = frozenset()
        self.signals: deque[int] = deque()
        self.stdin = Input(closed=True)
        self.listeners: list[Listener] = []
        self.joiners: list[Process] = []
        self.started_at = box.now
        self.ticket = 0
        self.resumed = False
        self.terminal = False

    # -- for programs

    @property
    def now(self) -> float:
        return self.box.now

    def print(self, text: str, stream: str = "stdout") -> None:
        """Write one line."""
        self.output.write(stream, text + "\n")

    def write(self, text: str, stream: str = "stdout") -> None:
        self.output.write(stream, text)

    def listen(self, port: int, answer: Answer, speaks: str = "http", transport: str = "TCP") -> bool:
        """Open a port; False when another process of the pod has it."""
        listener = Listener(port, answer, transport, speaks)
        if not self.box.namespace.listen(listener):
            return False
        self.listeners.append(listener)
        return True

    # -- from outside

    def send(self, data: str) -> None:
        """Give it input."""
        self.stdin.feed(data)

    def close_input(self) -> None:
        self.stdin.close()

    def kill(self, signal: int) -> None:
        """Send a signal."""
        if self.exit_code is not None:
            return
        if signal in (KILL, STOP):
            self.box.end(self, exit_code(KILL))
        elif signal in self.handled:
            self.signals.append(signal)
            self.box.wake(self)
        elif self.pid != 1 and signal not in HARMLESS:
            self.box.end(self, exit_code(signal))
