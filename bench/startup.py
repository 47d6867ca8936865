"""Start: process to API, process to Ready nodes, and memory at rest."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.figure import Figure
from bench.memory import resident_megabytes
from tests.running import RunningServer


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="orrery-bench-") as folder, RunningServer(Path(folder)) as server:
        api_ready, nodes_ready = [], []
        for _ in range(3):
            server.stop()
            api_ready.append(server.start())
            nodes_ready.append(_until_nodes_are_ready(server))
        yield Figure("process start → API ready", median(api_ready), "s", 1.5)
        yield Figure("process start → demo nodes Ready", median(nodes_ready), "s", 2.5)
        time.sleep(10)
        yield Figure("memory at rest", resident_megabytes(server), "MB", 150)
    with tempfile.TemporaryDirectory(prefix="orrery-bench-") as folder, RunningServer(Path(folder)) as server:
        yield Figure("first start of all (new database) → demo nodes Ready", _until_nodes_are_ready(server), "s")


def _until_nodes_are_ready(server: RunningServer) -> float:
    """Seconds since the process began until all three nodes have been heard of after that moment and are Ready."""
    api = server.api("demo")
    while True:
        nodes = api.get("/api/v1/nodes").json["items"]
        if len(nodes) == 3 and all(any(c["type"] == "Ready" and c["status"] == "True" for c in n["status"].get("conditions", ())) for n in nodes):
            return server.age()
        if server.age() > 60:
            raise RuntimeError(f"{len(nodes)} nodes after a minute, not all Ready")
        time.sleep(0.02)
