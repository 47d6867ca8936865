"""The API over TLS with 8 clients: reads, writes, a long list, and how soon a watcher hears of a write."""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench.figure import Figure, percentile
from tests.running import ROOT, Api, RunningServer

PODS = "/api/v1/namespaces/default/pods"
CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"
CONFIG_MAP = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b-{n}"},"data":{"key":"value"}}'


def pod(name: str) -> dict[str, Any]:
    container = {"name": "app", "image": "nginx:1.27", "ports": [{"containerPort": 80}], "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "web"}}, "spec": {"containers": [container]}}


def load(server: RunningServer, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.load", str(server.kubeconfig("bench")), "8", "5", *arguments]
    found: dict[str, Any] = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    return found


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="orrery-bench-") as folder, RunningServer(Path(folder)) as server:
        server.manage("cluster", "create", "bench", "--template", "bare")
        api = server.api("bench")
        for number in range(1000):
            made = api.ask("POST", PODS, pod(f"web-{number:04d}"))
            assert made.status == 201, made.body
        read = load(server, "GET", f"{PODS}/web-0500")
        yield Figure("GET pod, 8 clients over TLS", read["rate"], "/s", 1500, at_least=True)
        yield Figure("GET pod, p99", read["p99"], "ms", 16)
        yield from _lists(api)
        write = load(server, "POST", CONFIG_MAPS, CONFIG_MAP)
        yield Figure("create ConfigMap, 8 clients over TLS", write["rate"], "/s", 500, at_least=True)
        yield Figure("create ConfigMap, p99", write["p99"], "ms")
        yield Figure("write → watcher, p99", _write_to_watcher(server, api), "ms", 50)


def _lists(api: Api) -> Iterator[Figure]:
    seconds = []
    for _ in range(15):
        began = time.perf_counter()
        listed = api.get(PODS)
        seconds.append(time.perf_counter() - began)
    assert len(listed.json["items"]) == 1000
    yield Figure("LIST 1,000 pods", median(seconds) * 1000, "ms", 40)


def _write_to_watcher(server: RunningServer, api: Api, writes: int = 500) -> float:
    """Milliseconds from sending a write to the watcher's having its event."""
    watcher = server.api("bench")
    watcher.line.request("GET", f"{watcher.prefix}{CONFIG_MAPS}?watch=true&fieldSelector=metadata.name%3Dtold&resourceVersion=0")
    stream = watcher.line.getresponse()
    heard: list[float] = []

    def listen() -> None:
        while len(heard) <= writes:
            if stream.readline():
                heard.append(time.perf_counter())

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "told"}, "data": {"n": "0"}}
    asked = [time.perf_counter()]
    api.ask("POST", CONFIG_MAPS, manifest)
    for number in range(1, writes + 1):
        manifest["data"] = {"n": str(number)}
        asked.append(time.perf_counter())
        api.ask("PUT", f"{CONFIG_MAPS}/told", manifest)
        time.sleep(0.002)
    listening.join(10)
    return percentile([(h - a) * 1000 for a, h in zip(asked, heard, strict=False)], 0.99)
