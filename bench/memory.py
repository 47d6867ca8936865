"""Memory of the server's process."""

from tests.running import RunningServer

PAGE = 4096


def resident_megabytes(server: RunningServer) -> float:
    assert server.process is not None
    with open(f"/proc/{server.process.pid}/statm") as file:
        return int(file.read().split()[1]) * PAGE / 1_000_000


def cpu_seconds(server: RunningServer) -> float:
    assert server.process is not None
    with open(f"/proc/{server.process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100
