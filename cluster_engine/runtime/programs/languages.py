"""Language images: an interpreter that serves whatever its pod says it does. Without a script it has nothing to do and ends."""

from dataclasses import dataclass

from cluster_engine.runtime.image import Image
from cluster_engine.runtime.process import Process, Run
from cluster_engine.runtime.programs.generic import Anything, declared_ports
from cluster_engine.runtime.programs.program import say_nothing


@dataclass(frozen=True)
class Interpreter(Anything):
    """Serves when it is given a script or a module; a bare interpreter without a terminal reads the end of its input and exits 0.

    `ignores_term`: as pid 1 it installs no handler, so only SIGKILL ends it.
    """

    ignores_term: bool = False

    def run(self, process: Process) -> Run:
        if len(process.argv) < 2 and not process.box.config.stdin:
            return 0
        if process.argv[1:2] in (("--version",), ("-V",)):
            process.print(f"{process.argv[0]} (simulated)")
            return 0
        return (yield from Anything.run(self, process))

    def ports_of(self, process: Process) -> tuple[int, ...]:
        module = "http.server" in process.argv
        asked = next((int(word) for word in reversed(process.argv) if word.isdigit() and module), 8000)
        return (asked,) if module else declared_ports(process)


PROGRAMS = (
    Interpreter(names=("python", "python3"), ready=say_nothing, stops={15: 143, 2: 130}, memory=25.0, cpu=3.0),
    Interpreter(names=("node", "npm"), ready=say_nothing, stops={}, memory=45.0, cpu=3.0),
    Interpreter(names=("java",), boots=3.0, ready=say_nothing, stops={15: 143}, memory=220.0, cpu=10.0),
    Interpreter(names=("php", "ruby", "go", "dotnet"), ready=say_nothing, stops={15: 143, 2: 130}, memory=40.0, cpu=3.0),
)
FLAVOUR = r"alpine(3\.\d+)?|slim(-\w+)?|bookworm|trixie|bullseye|buster|jdk(-\w+)?|jre|fpm|apache|cli"
VERSION = rf"(latest|lts|current|\d+(\.\d+){{0,2}}(-rc)?)(-({FLAVOUR}))*|alpine|slim|bookworm"
IMAGES = (
    Image("docker.io/library/python", 360, (), ("python3",), VERSION, base="debian", tools=("python", "python3", "pip")),
    Image("docker.io/library/node", 390, ("docker-entrypoint.sh",), ("node",), VERSION, base="debian", tools=("node", "npm")),
    Image("docker.io/library/golang", 300, (), ("bash",), VERSION, base="debian", tools=("go",)),
    Image("docker.io/library/ruby", 340, (), ("ruby",), VERSION, base="debian", tools=("ruby",)),
    Image("docker.io/library/php", 180, ("docker-entrypoint.sh",), ("php",), VERSION, base="debian", tools=("php",)),
    Image("docker.io/library/openjdk", 240, (), ("java",), VERSION, base="debian", tools=("java",)),
    Image("docker.io/library/eclipse-temurin", 220, (), ("java",), VERSION, base="debian", tools=("java",)),
)
