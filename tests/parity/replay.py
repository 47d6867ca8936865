"""Replay recordings of a real control plane against an in-process cluster: no sockets, no waiting, the same every time.

    .venv/bin/python tests/parity/replay.py [--summary] [--steps N] AREA...     e.g. machinery/list kinds-core/pod-put

Prints each step that differs with what was recorded and what came, then how many are equal. `basics`, `machinery` and
`kinds-*` run on the template `bare`, `loops` on `hollow`. Cluster time jumps to the next timed work instead of passing.
"""

import argparse
import importlib.util
import json
import pathlib
import random
import sys
import time
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDINGS = (ROOT.parent / "shared" / "parity").resolve()
sys.path.insert(0, str(ROOT))

import yaml  # noqa: E402

from cluster_engine.apiserver.http import HttpRequest, HttpResponse  # noqa: E402
from cluster_engine.cluster import Cluster  # noqa: E402
from cluster_engine.kernel.clock import VirtualClock  # noqa: E402
from cluster_engine.store.backend import MemoryBackend  # noqa: E402
from cluster_engine.store.mvcc import Store  # noqa: E402

ADMIN = ("kubernetes-admin", ("system:masters",))
START = 1_767_225_600.0
BUSY = 20_000


def load_parity() -> ModuleType:
    """The program that compares, as a module."""
    spec = importlib.util.spec_from_file_location("parity", RECORDINGS / "parity.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class InProcess:
    """A cluster that answers `ask` as parity.py's Server does."""

    def __init__(self, template: str) -> None:
        self.clock = VirtualClock(START)
        self.store = Store(MemoryBackend())
        self.cluster = Cluster("parity", self.store, self.clock, 1, template)
        self.settle(30.0)

    def settle(self, seconds: float) -> None:
        """Let the components work until nothing is due for `seconds` of cluster time."""
        end = self.clock.now() + seconds
        for _ in range(BUSY):
            self.store.flush()
            now = self.clock.now()
            if self.cluster.step(now):
                continue
            wake = self.cluster.next_wake(now)
            if wake is None or wake > end:
                break
            self.clock.advance_to(wake if wake > now else now + 0.001)
        self.clock.advance_to(end)
        self.store.flush()

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, timeout: float = 60) -> tuple[int, list[Any], bytes]:
        split = urlsplit(path)
        data = body.encode() if isinstance(body, str) else body or b""
        lower = {k.lower(): v for k, v in (headers or {}).items()}
        certificate = None if "authorization" in lower else ADMIN
        request = HttpRequest(method, split.path, split.query, {"accept-encoding": "identity", **lower}, data, certificate, "127.0.0.1")
        response = self.cluster.api.handle(request)
        self.store.flush()
        answer = response.status, response.headers, self._drained(response) if response.stream is not None else response.body
        if method not in ("GET", "HEAD"):
            self.settle(0.0)
        return answer

    def _drained(self, response: HttpResponse) -> bytes:
        """The whole of a stream, with cluster time passing until it ends."""
        stream = response.stream
        assert stream is not None
        pieces: list[bytes] = []
        while (piece := stream.poll(self.clock.now())) is not None:
            pieces.append(piece)
            if not piece:
                self.settle(0.25)
        return b"".join(pieces)


def quick(parity: ModuleType, server: InProcess) -> None:
    """Make waiting pass cluster time instead of the host's."""

    class Time:
        @staticmethod
        def sleep(seconds: float) -> None:
            server.settle(seconds)

        @staticmethod
        def time() -> float:
            return server.clock.now()

    parity.time = Time  # type: ignore[attr-defined]


def check(parity: ModuleType, file: pathlib.Path, server: InProcess) -> tuple[list[Any], list[Any], str]:
    """What was recorded and what came for one case, and the error that ended it early."""
    name = file.relative_to(RECORDINGS / "cases").with_suffix("")
    case = yaml.safe_load(file.read_text())
    want = parity.settled(json.loads((RECORDINGS / "recordings" / f"{name}.json").read_text()))
    try:
        return want, parity.settled(parity.run(server, case)), ""
    except Exception as error:  # a step that breaks off is a difference, not the end of the check
        return want, [], repr(error)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--summary", action="store_true", help="one line a case")
    arguments.add_argument("--steps", type=int, default=40, help="differences shown a step")
    arguments.add_argument("cases", nargs="*")
    a = arguments.parse_args()
    parity = load_parity()
    servers: dict[str, InProcess] = {}
    equal = total = whole = count = 0
    started = time.monotonic()
    for file in parity.chosen(a.cases):
        template = "hollow" if "loops" in file.parts else "bare"
        if template not in servers:
            servers[template] = InProcess(template)
        server = servers[template]
        quick(parity, server)
        random.seed(str(file))
        want, got, problem = check(parity, file, server)
        bad = [i for i, w in enumerate(want) if i >= len(got) or any(True for _ in parity.differences(w, got[i]))]
        equal, total, count, whole = equal + len(want) - len(bad), total + len(want), count + 1, whole + (not bad)
        if bad or problem:
            _print(parity, file, want, got, bad, problem, a)
    print(f"{whole} of {count} cases, {equal} of {total} steps equal ({100 * equal / max(total, 1):.1f}%), {time.monotonic() - started:.1f} s")
    return 0 if equal == total else 1


def _print(parity: ModuleType, file: pathlib.Path, want: list[Any], got: list[Any], bad: list[int], problem: str, a: argparse.Namespace) -> None:
    steps = [s for s in yaml.safe_load(file.read_text())["steps"] if "sleep" not in s]
    name = file.relative_to(RECORDINGS / "cases").with_suffix("")
    print(f"{name}: {len(want) - len(bad)} of {len(want)} steps equal {problem}")
    if a.summary:
        return
    for i in bad:
        step = steps[i]
        print(f"  step {i + 1}: {step.get('do') or step.get('until') or 'watch ' + step.get('watch', '')}")
        if i < len(got):
            for path, w, g in list(parity.differences(want[i], got[i]))[: a.steps]:
                print(f"    {path}: recorded {json.dumps(w)[:400]}, got {json.dumps(g)[:400]}")


if __name__ == "__main__":
    sys.exit(main())
