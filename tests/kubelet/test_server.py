"""The kubelets' server: logs, exec, attach, port-forward and proxying, as the API server asks for them."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from cluster_engine.kubelet.log_stream import LogStream
from cluster_engine.kubelet.server import KubeletServers
from cluster_engine.machinery.status import ApiError
from cluster_engine.simulation import Simulation, is_ready
from tests.kubelet.test_kubelet import pod


@dataclass
class Logs:
    container: str = "main"
    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    tail: int | None = None
    since: float | None = None
    limit_bytes: int | None = None


@dataclass
class Exec:
    command: tuple[str, ...] = ()
    container: str = "main"
    stdin: bool = False
    tty: bool = False


class Talk:
    """A cluster with one pod, and what is said to its kubelet."""

    def __init__(self, **container: Any) -> None:
        self.cluster = Simulation("dev")
        self.cluster.run(3)
        self.cluster.apply(pod(**container))
        self.cluster.until(lambda: is_ready(self.cluster.get("pods", "web")) or "terminated" in str(self.cluster.get("pods", "web")["status"]))
        self.cluster.run(1)
        self.server = KubeletServers(self.cluster.cluster.fleet)

    @property
    def pod(self) -> dict[str, Any]:
        return self.cluster.get("pods", "web")

    @property
    def now(self) -> float:
        return self.cluster.clock.now()

    def logs(self, **options: Any) -> bytes | LogStream:
        return self.server.logs(self.pod["spec"]["nodeName"], self.pod, Logs(**options), self.now)

    def exec(self, *command: str, typed: str = "", **options: Any) -> tuple[str, str, dict[str, Any]]:
        session = self.server.exec(self.pod["spec"]["nodeName"], self.pod, Exec(command, stdin=bool(typed), **options), self.now)
        if typed:
            session.write(0, typed.encode())
            session.close_channel(0)
        self.cluster.run(3)
        out: dict[int, bytes] = {}
        for channel, data in session.poll(self.now) or ():
            out[channel] = out.get(channel, b"") + data
        return out.get(1, b"").decode(), out.get(2, b"").decode(), json.loads(out.get(3, b"{}"))


def test_exec_gives_output_and_success() -> None:
    out, err, status = Talk(image="busybox", command=["sleep", "1000"]).exec("sh", "-c", "echo out; echo err >&2")
    assert (out, err, status["status"]) == ("out\n", "err\n", "Success")


def test_exec_tells_the_exit_code() -> None:
    _, _, status = Talk(image="busybox", command=["sleep", "1000"]).exec("sh", "-c", "exit 7")
    assert status["reason"] == "NonZeroExitCode"
    assert status["details"]["causes"] == [{"reason": "ExitCode", "message": "7"}]


def test_exec_of_nothing_says_so() -> None:
    _, _, status = Talk(image="busybox", command=["sleep", "1000"]).exec("nothere")
    assert 'exec: "nothere": executable file not found in $PATH: unknown' in status["message"]


def test_exec_reads_what_is_typed() -> None:
    out, _, _ = Talk(image="busybox", command=["sleep", "1000"]).exec("cat", typed="hello\n")
    assert out == "hello\n"


def test_logs_can_be_cut_and_stamped() -> None:
    talk = Talk(image="busybox", command=["sh", "-c", "for i in 1 2 3 4; do echo line $i; done; sleep 1000"])
    assert talk.logs(tail=2) == b"line 3\nline 4\n"
    assert talk.logs(limit_bytes=6) == b"line 1"
    stamped = talk.logs(timestamps=True, tail=1)
    assert isinstance(stamped, bytes)
    assert stamped.startswith(b"2026-01-01T00:00:0")


def test_logs_are_followed_until_the_container_ends() -> None:
    talk = Talk(image="busybox", command=["sh", "-c", "while true; do echo tick; sleep 5; done"])
    stream = talk.logs(follow=True)
    assert isinstance(stream, LogStream)
    stream.poll(talk.now)
    talk.cluster.run(11)
    assert stream.poll(talk.now) == b"tick\ntick\n"
    talk.cluster.admin.delete("pods", "default", "web", grace=1)
    talk.cluster.run(5)
    stream.poll(talk.now)
    assert stream.poll(talk.now) is None


def test_logs_of_the_instance_before() -> None:
    talk = Talk(image="busybox", command=["sh", "-c", "echo first words; exit 1"])
    talk.cluster.run(8)
    assert talk.logs(previous=True) == b"first words\n"
    fresh = Talk()
    with pytest.raises(ApiError, match='previous terminated container "main" in pod "web" not found'):
        fresh.logs(previous=True)


def test_a_forwarded_port_speaks_http() -> None:
    talk = Talk()
    session = talk.server.port_forward(talk.pod["spec"]["nodeName"], talk.pod, (80, 81), talk.now)
    assert session.poll(talk.now) == [(0, b"P\x00"), (1, b"P\x00"), (2, b"Q\x00"), (3, b"Q\x00")]
    session.write(0, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    ((channel, data),) = session.poll(talk.now) or ()
    assert channel == 0
    assert data.startswith(b"HTTP/1.1 200 OK\r\n")
    session.write(2, b"x")
    ((channel, data),) = session.poll(talk.now) or ()
    assert channel == 3
    assert b"connection refused" in data


def test_a_silent_kubelet_is_an_error() -> None:
    talk = Talk()
    talk.cluster.cluster.fleet.halt(talk.pod["spec"]["nodeName"])
    with pytest.raises(ApiError, match="connection refused"):
        talk.logs()


def test_statistics_tell_what_pods_use() -> None:
    talk = Talk()
    node = talk.pod["spec"]["nodeName"]
    summary = json.loads(talk.server.kubelet(node, "/stats/summary", {}, talk.now).body)
    assert any(p["podRef"]["name"] == "web" and p["containers"][0]["memory"]["workingSetBytes"] > 0 for p in summary["pods"])
    assert talk.server.kubelet(node, "/healthz", {}, talk.now).body == b"ok"
