"""The shape of a program, and of the two kinds that most are: servers and commands that just finish."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cluster_engine.network.wire import Reply, Request
from cluster_engine.runtime.process import Pause, Process, Run, Signalled, Sleep
from cluster_engine.runtime.signals import INT, QUIT, TERM

MEBIBYTE = 1 << 20
Lines = Callable[[Process], list[str]]
Behaviour = Callable[[Process, Request], Reply]


class Program:
    """`names`: commands that start it. `memory` (MiB) and `cpu` (millicores) are what it uses at rest."""

    names: tuple[str, ...]
    memory: float
    cpu: float

    def run(self, process: Process) -> Run:
        """Do the work; the return value is the exit code."""
        raise NotImplementedError


def say_nothing(process: Process) -> list[str]:
    return []


def found(process: Process, request: Request) -> Reply:
    """A server that is content with any request."""
    return Reply(200, {"content-type": "text/plain"}, f"{process.box.hostname}\n")


@dataclass(frozen=True)
class Server(Program):
    """Boots, says its lines, opens its ports and serves until a signal ends it.

    `stops`: exit code by signal that it handles. `drains`: seconds from that signal to its end.
    `per_request`: seconds of CPU that an answer takes.
    """

    names: tuple[str, ...]
    ports: tuple[int, ...] = ()
    speaks: str = "http"
    boots: float = 0.2
    begins: Lines = say_nothing
    ready: Lines = say_nothing
    answer: Behaviour = found
    stops: dict[int, int] = field(default_factory=lambda: {TERM: 0, INT: 0, QUIT: 0})
    leaves: Lines = say_nothing
    drains: float = 0.05
    memory: float = 20.0
    cpu: float = 1.0
    per_request: float = 0.001

    def run(self, process: Process) -> Run:
        process.handled = frozenset(self.stops)
        try:
            yield from self._serve(process)
        except Signalled as signalled:
            for line in self.leaves(process):
                process.print(line)
            process.handled = frozenset()
            yield Sleep(self.drains)
            return self.stops[signalled.signal]
        return 0

    def _serve(self, process: Process) -> Run:
        if not process.resumed:
            for line in self.begins(process):
                process.print(line)
            yield Sleep(self.boots)
        for port in self.ports_of(process):
            if not process.listen(port, lambda request: self._answered(process, request), self.speaks):
                process.print(f"bind() to 0.0.0.0:{port} failed (98: Address already in use)", "stderr")
                return 1
        for line in self.ready(process) if not process.resumed else ():
            process.print(line)
        while True:
            yield Pause()

    def _answered(self, process: Process, request: Request) -> Reply:
        process.box.group.pulse(self.per_request, process.now)
        return self.answer(process, request)

    def ports_of(self, process: Process) -> tuple[int, ...]:
        return self.ports
