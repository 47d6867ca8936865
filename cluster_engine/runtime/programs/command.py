"""A command that does one thing and ends: a function of a process and its arguments."""

from collections.abc import Callable
from dataclasses import dataclass

from cluster_engine.runtime.filesystem import FileError
from cluster_engine.runtime.process import Process, Run, Signalled, Sleep
from cluster_engine.runtime.programs.program import Program
from cluster_engine.runtime.signals import exit_code

Body = Callable[[Process, list[str]], Run]
STARTS = 0.001


@dataclass(frozen=True)
class Command(Program):
    """`body` yields its waits and returns the exit code."""

    names: tuple[str, ...]
    body: Body
    memory: float = 1.0
    cpu: float = 0.0

    def run(self, process: Process) -> Run:
        yield Sleep(STARTS)
        try:
            return (yield from self.body(process, list(process.argv[1:])))
        except Signalled as signalled:
            return exit_code(signalled.signal)
        except FileError as error:
            return refuse(process, f"{error.path}: {error.why}")


def commands(bodies: dict[str, Body]) -> tuple[Command, ...]:
    """One program for each name."""
    return tuple(Command((name,), body) for name, body in bodies.items())


def refuse(process: Process, text: str, code: int = 1) -> int:
    """Say on stderr what went wrong, as `command: text`."""
    process.print(f"{process.argv[0].rpartition('/')[2]}: {text}", "stderr")
    return code
