"""The real server as a process of its own, for tests and benchmarks: started on free ports with its own data folder."""

import http.client
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from tests.services import free_port

ROOT = Path(__file__).resolve().parent.parent
READY = re.compile(r"Orrery is ready after ([\d.]+) s")
LINK = re.compile(r"(http://\S+/enter/\S+)")


class RunningServer:
    """`with RunningServer(folder) as server:` runs it; `kill` and `start` may come in between."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.http_port, self.api_port = free_port(), free_port()
        own = {"DATA_DIR": str(folder), "HTTP_PORT": str(self.http_port), "API_PORT": str(self.api_port)}
        self.environment = {**os.environ, **own, **environment}
        self.output: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "RunningServer":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self, seconds: float = 60) -> float:
        """Start it; returns the seconds until it said that it is ready."""
        self.output.clear()
        began = self._began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "explorer.server"], cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )  # fmt: skip
        ready = threading.Event()
        threading.Thread(target=self._read, args=(self.process, ready), daemon=True).start()
        deadline = began + seconds
        while not ready.wait(0.01):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start:\n" + "".join(self.output))
        return time.monotonic() - began

    def age(self) -> float:
        """Seconds since the process was started."""
        return time.monotonic() - self._began

    def _read(self, process: "subprocess.Popen[str]", ready: threading.Event) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.output.append(line)
            if "Ctrl-C stops it" in line:
                ready.set()

    @property
    def login_link(self) -> str:
        return next(found.group(1) for line in self.output if (found := LINK.search(line)))

    @property
    def page(self) -> str:
        return f"http://localhost:{self.http_port}"

    def stop(self, with_signal: signal.Signals = signal.SIGTERM, seconds: float = 20) -> int:
        """Stop it in order; returns its exit code."""
        if self.process is None or self.process.poll() is not None:
            return -1 if self.process is None else self.process.returncode
        self.process.send_signal(with_signal)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError("the server did not stop:\n" + "".join(self.output[-50:])) from None

    def kill(self) -> None:
        """As a power cut for the process: SIGKILL."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def manage(self, *arguments: str, check: bool = True) -> str:
        """Run a manage.py command against the same installation."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout if check else done.stdout + done.stderr

    def kubeconfig(self, cluster: str = "demo", **options: str) -> Path:
        path = self.folder / f"{cluster}.kubeconfig"
        path.write_text(self.manage("kubeconfig", cluster, *(f"--{k}={v}" for k, v in options.items())))
        return path

    def api(self, cluster: str = "demo") -> "Api":
        return Api(self.kubeconfig(cluster))


class Answer:
    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Api:
    """One keep-alive connection to a cluster's API, with the credentials of a kubeconfig."""

    def __init__(self, kubeconfig: Path, *, anonymous: bool = False) -> None:
        import base64
        from urllib.parse import urlsplit

        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        url = urlsplit(cluster["server"])
        self.host, self.port, self.prefix = url.hostname or "", url.port or 443, url.path
        self.tls = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        if not anonymous:
            with tempfile.NamedTemporaryFile("wb", suffix=".pem") as pem:
                pem.write(base64.b64decode(user["client-certificate-data"]) + base64.b64decode(user["client-key-data"]))
                pem.flush()
                self.tls.load_cert_chain(pem.name)
        self.line = self.connect()

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self.host, self.port, timeout=60, context=self.tls)

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        given = {"Content-Type": "application/json", **(headers or {})} if data is not None else headers or {}
        self.line.request(method, self.prefix + path, body=data, headers=given)
        answer = self.line.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def close(self) -> None:
        self.line.close()
