"""The screen: how soon a write moves on the map, and whether the map holds its frames under churn, in headless Chromium."""

import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.figure import Figure, percentile
from tests.running import Api, RunningServer
from tests.services import needed

WRITES = 60
CHURN_SECONDS = 10
NEVER = 5_000.0
WAIT_FOR_MOVE = """() => new Promise(moved => {
  const hear = event => {
    if (!event.detail.some(signal => signal.source === "user" && signal.target === "apiserver")) return;
    window.orrery.feed.removeEventListener("signals", hear);
    requestAnimationFrame(() => moved(performance.timeOrigin + performance.now()));
  };
  window.orrery.feed.addEventListener("signals", hear);
})"""
FRAMES = """seconds => new Promise(done => {
  const begin = performance.now(), gaps = [];
  let last = begin;
  const frame = now => {
    gaps.push(now - last);
    last = now;
    now - begin > seconds * 1000 ? done({frames: gaps.length, seconds: (now - begin) / 1000, gaps}) : requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})"""


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="orrery-bench-") as folder, RunningServer(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(needed("chromium")), args=["--no-sandbox"])
        page = _signed_in(browser, server)
        yield from _write_to_move(page, server)
        server.manage("cluster", "create", "big", "--template", "100-workers")
        yield from _frames(page, server)
        browser.close()


def _signed_in(browser: Browser, server: RunningServer) -> Page:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(server.login_link)
    page.context.add_cookies([{"name": "toured", "value": "1", "url": server.page}])
    return page


def _until(page: Page, function: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not page.evaluate(function):
        if time.monotonic() > deadline:
            raise RuntimeError(f"never true: {function}")
        page.wait_for_timeout(50)


def _write_to_move(page: Page, server: RunningServer) -> Iterator[Figure]:
    """From before the request leaves the client to the frame in which its message begins to move."""
    page.goto(f"{server.page}/clusters/demo/")
    _until(page, "() => window.orrery?.map?.scene.nodes().length === 3")
    api = server.api("demo")
    took = []
    for number in range(WRITES):
        began: list[float] = []

        def write(number: int = number, began: list[float] = began) -> None:
            time.sleep(0.02)
            began.append(time.time() * 1000)
            api.ask("POST", "/api/v1/namespaces/default/configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"bench-{number}"}})

        writer = threading.Thread(target=write)
        writer.start()
        moved = page.evaluate(WAIT_FOR_MOVE)
        writer.join()
        took.append(moved - began[0])
        page.wait_for_timeout(60)
    yield Figure("write → moved on screen, median", median(took), "ms")
    yield Figure("write → moved on screen, p95", percentile(took, 0.95), "ms", 150)


def _frames(page: Page, server: RunningServer) -> Iterator[Figure]:
    """100 nodes, 1,000 pods, and twenty pods a second killed and made again."""
    api = _ready_with_pods(server)
    page.goto(f"{server.page}/clusters/big/")
    _until(page, "() => window.orrery?.map?.scene.of('pod').length > 1000")
    stop = threading.Event()
    churn = threading.Thread(target=_churn, args=(api, stop))
    churn.start()
    page.wait_for_timeout(1500)
    seen: dict[str, Any] = page.evaluate(FRAMES, CHURN_SECONDS)
    stop.set()
    churn.join()
    yield Figure("map, 100 nodes, 1,000 pods, churn: frames/s", round(seen["frames"] / seen["seconds"]), "", 60, at_least=True)
    yield Figure("map under churn: 99 % of frames within", percentile(seen["gaps"], 0.99), "ms")


def _ready_with_pods(server: RunningServer) -> Api:
    deadline = time.monotonic() + 60
    while "big" not in server.manage("cluster", "list", check=False) and time.monotonic() < deadline:
        time.sleep(0.2)
    api = server.api("big")
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 1, "containers": [{"name": "web", "image": "nginx:1.27"}]}}
    spec = {"replicas": 1000, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}
    while api.ask("POST", "/apis/apps/v1/namespaces/default/deployments", body).status not in (201, 409):
        time.sleep(0.3)
    path = "/apis/apps/v1/namespaces/default/deployments/web"
    while api.get(path).json.get("status", {}).get("readyReplicas", 0) < 1000 and time.monotonic() < deadline + 60:
        time.sleep(0.2)
    return api


def _churn(api: Api, stop: threading.Event) -> None:
    while not stop.is_set():
        names = [p["metadata"]["name"] for p in api.get("/api/v1/namespaces/default/pods?limit=200").json["items"] if "deletionTimestamp" not in p["metadata"]]
        for name in names[:20]:
            api.ask("DELETE", f"/api/v1/namespaces/default/pods/{name}")
        stop.wait(1.0)
