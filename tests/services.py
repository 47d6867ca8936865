"""Real programs that tests start for themselves: found on this machine, started on free ports, ended by their own process id."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType

import pytest

PACKAGES = {
    "initdb": "postgresql",
    "redis-server": "redis-server",
    "kubectl": "kubernetes-client (or https://kubernetes.io/docs/tasks/tools/)",
    "chromium": "chromium",
}
OTHER_NAMES = {"chromium": ("chromium", "chromium-browser", "google-chrome", "chrome")}


def find(program: str) -> Path | None:
    """Where `program` is; PostgreSQL's own are seldom on the PATH."""
    for name in OTHER_NAMES.get(program, (program,)):
        if found := shutil.which(name):
            return Path(found)
    if program in ("iptables-restore", "nft") and Path("/usr/sbin", program).exists():
        return Path("/usr/sbin", program)
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -int(p.parent.name)) if program == "initdb" else []
    return next((folder / program for folder in folders if (folder / program).exists()), None)


def needed(program: str) -> Path:
    """`program`, or a skip that says what to install; in CI a failure, since nothing passes there by skipping."""
    found = find(program)
    if found is not None:
        return found
    message = f"{program} is missing; install the package {PACKAGES[program]}"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port} after {seconds} s")


class Service:
    """A program that runs while the context lasts."""

    process: subprocess.Popen[bytes]
    end_with = signal.SIGTERM

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.process.send_signal(self.end_with)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class PostgreSQL(Service):
    """A PostgreSQL server with an empty database. It refuses to run as root, so root hands it to another user."""

    end_with = signal.SIGINT

    def __init__(self, folder: Path, initdb: Path) -> None:
        self._folder, self._programs, self.port = folder, initdb.parent, free_port()

    def __enter__(self) -> str:
        as_user: dict[str, object] = {}
        if os.geteuid() == 0:
            for parent in [*self._folder.parents][:3]:
                if parent != Path("/") and not parent.stat().st_mode & 0o001:
                    parent.chmod(parent.stat().st_mode | 0o011)
            shutil.chown(self._folder, "postgres", "postgres")
            as_user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        data = self._folder / "data"
        make = [self._programs / "initdb", "-D", data, "-U", "orrery", "--auth=trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(make, check=True, capture_output=True, cwd=self._folder, **as_user)  # type: ignore[call-overload]
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self._folder, "fsync": "off", "max_connections": 60}
        serve = [self._programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in settings.items())]
        self.process = subprocess.Popen(serve, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user)  # type: ignore[call-overload]
        wait_for_port(self.port, self.process)
        url = f"postgres://orrery@127.0.0.1:{self.port}/postgres"
        self._wait_until_it_answers()
        return url

    def _wait_until_it_answers(self) -> None:
        import psycopg

        for _ in range(200):
            try:
                psycopg.connect(host="127.0.0.1", port=self.port, user="orrery", dbname="postgres").close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise RuntimeError("PostgreSQL does not answer")


class Redis(Service):
    def __init__(self, folder: Path, program: Path) -> None:
        self._folder, self._program, self.port = folder, program, free_port()

    def __enter__(self) -> str:
        command = [self._program, "--port", str(self.port), "--save", "", "--appendonly", "no", "--dir", self._folder]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.port, self.process)
        return f"redis://127.0.0.1:{self.port}/0"
