"""stress: takes as much CPU and memory as it is told to, for lessons on limits.

Models stress(1), stress-ng(1) and vish/stress.
"""

import re

from cluster_engine.runtime.image import Image
from cluster_engine.runtime.process import Pause, Process, Run, Sleep
from cluster_engine.runtime.programs.coreutils import seconds_of
from cluster_engine.runtime.programs.program import Program

UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30, "b": 1}
GROWS = 0.5


def size_of(text: str) -> int:
    """A number of bytes such as 250M or 1Gi."""
    match = re.fullmatch(r"(\d+)([a-zA-Z]*)", text)
    return int(match[1]) * UNITS.get(match[2].lower(), 1) if match else 0


class Stress(Program):
    """--cpu N, --vm N --vm-bytes SIZE, --timeout T; and -cpus N, -mem-total SIZE of vish/stress."""

    names = ("stress", "stress-ng")
    memory = 1.0
    cpu = 1.0

    def run(self, process: Process) -> Run:
        wanted = dict(zip((a.lstrip("-") for a in process.argv), (*process.argv[1:], ""), strict=True))
        cpus = wanted.get("cpu") or wanted.get("c") or wanted.get("cpus") or "0"
        workers = int(wanted.get("vm") or wanted.get("m") or 1)
        memory = size_of(wanted.get("vm-bytes") or wanted.get("mem-total") or "0") * max(workers, 1)
        process.print(f"stress: info: [1] dispatching hogs: {cpus} cpu, 0 io, {workers if memory else 0} vm, 0 hdd")
        process.box.use(millicores=int(float(cpus) * 1000) + (200 if memory else 0))
        yield Sleep(GROWS)
        process.box.use(memory=memory)
        limit = seconds_of(wanted.get("timeout") or wanted.get("t") or "")
        if limit is None:
            while True:
                yield Pause()
        yield Sleep(limit)
        process.box.use(0, 0)
        return 0


PROGRAMS = (Stress(),)
IMAGES = (
    Image("docker.io/polinux/stress", 4, (), ("stress",), r"latest|[\d.]+", base="alpine", tools=("stress",)),
    Image("docker.io/polinux/stress-ng", 20, ("stress-ng",), (), r"latest|[\d.]+", base="alpine", tools=("stress-ng",)),
    Image("docker.io/vish/stress", 2, ("/stress",), (), r"latest|[\d.]+", base="scratch", tools=("stress",)),
    Image("docker.io/progrium/stress", 80, ("stress",), (), r"latest", base="ubuntu", tools=("stress",)),
)
