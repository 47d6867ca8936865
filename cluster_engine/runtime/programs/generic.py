"""A server that nobody described: it listens where its pod says that it does, and is content with any request."""

from dataclasses import dataclass

from cluster_engine.runtime.process import Process
from cluster_engine.runtime.programs.program import Server


def _ready(process: Process) -> list[str]:
    return [f"listening on :{port}" for port in declared_ports(process)]


def declared_ports(process: Process) -> tuple[int, ...]:
    """The pod's ports, else what PORT says, else what the image exposes."""
    declared = tuple(port for port, transport in process.box.config.ports if transport == "TCP")
    if declared:
        return declared
    port = process.env.get("PORT", "")
    return (int(port),) if port.isdigit() else process.box.image.ports


@dataclass(frozen=True)
class Anything(Server):
    def ports_of(self, process: Process) -> tuple[int, ...]:
        return declared_ports(process)


UNKNOWN = Anything(names=("server",), speaks="any", boots=0.4, ready=_ready, memory=32.0, cpu=2.0)
PROGRAMS = (UNKNOWN,)
