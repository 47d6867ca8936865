"""The screen, in headless Chromium with software rendering: how soon a write is drawn, and how many frames a second the map holds."""

import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.api import PODS, pod
from bench.figure import Figure, percentile
from bench.scale import DEPLOYMENTS, deployment, ready_nodes
from tests.running import Api, RunningServer
from tests.services import find

# A write is on the screen with the first frame in which its request moves; its cell follows when the message has arrived there.
SEEN = """() => {
  window.seen = {};
  window.orrery.map.feed.addEventListener("signals", event => {
    const text = JSON.stringify(event.detail), names = text.match(/seen-\\d+/g) ?? [];
    requestAnimationFrame(() => { for (const name of names) window.seen[name] ??= Date.now(); });
  });
}"""
FRAMES = """seconds => new Promise(done => {
  let frames = 0, slow = 0, last = performance.now();
  const began = last, count = now => {
    frames += 1;
    if (now - last > 34) slow += 1;
    last = now;
    if (now - began < seconds * 1000) requestAnimationFrame(count);
    else done([frames / ((now - began) / 1000), slow / frames]);
  };
  requestAnimationFrame(count);
})"""


def measure() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="orrery-bench-") as folder, RunningServer(Path(folder)) as server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(find("chromium")), args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        page.goto(server.login_link)
        page.context.add_cookies([{"name": "toured", "value": "1", "url": server.page}])
        yield Figure("write → moves on the map, p95", _write_to_screen(server, page), "ms", 150)
        server.manage("cluster", "create", "wide", "--template", "100-workers")
        rate, slow = _frames_under_churn(server, page)
        yield Figure("map with 100 nodes and 1,000 pods under churn", rate, "frames/s", 60, at_least=True, note=f"{slow:.1%} of frames later than 34 ms")
        chromium.close()


def _until(page: Page, function: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not page.evaluate(function):
        if time.monotonic() > deadline:
            raise RuntimeError(f"never true in the page: {function}")
        page.wait_for_timeout(50)


def _write_to_screen(server: RunningServer, page: Page) -> float:
    page.goto(f"{server.page}/clusters/demo/")
    _until(page, "() => window.orrery?.map?.scene.nodes().length === 3")
    page.evaluate(SEEN)
    api, asked = server.api("demo"), {}
    for number in range(60):
        name = f"seen-{number}"
        asked[name] = time.time() * 1000
        assert api.ask("POST", PODS, pod(name)).status == 201
        page.wait_for_timeout(80)
    _until(page, "() => Object.keys(window.seen).filter(name => name.startsWith('seen-')).length === 60")
    seen: dict[str, float] = page.evaluate("window.seen")
    return percentile([seen[name] - moment for name, moment in asked.items()], 0.95)


def _frames_under_churn(server: RunningServer, page: Page) -> tuple[float, float]:
    api = server.api("wide")
    while ready_nodes(api) < 100:
        time.sleep(0.2)
    api.ask("POST", DEPLOYMENTS, deployment(1000))
    while api.get(f"{DEPLOYMENTS}/web").json["status"].get("readyReplicas") != 1000:
        time.sleep(0.5)
    page.goto(f"{server.page}/clusters/wide/")
    _until(page, "() => window.orrery?.map?.scene.of('pod').length >= 1000")
    stop = threading.Event()
    churn = threading.Thread(target=_churn, args=(server.api("wide"), stop), daemon=True)
    churn.start()
    rate, slow = page.evaluate(FRAMES, 10)
    stop.set()
    churn.join()
    return rate, slow


def _churn(api: Api, stop: threading.Event) -> None:
    """Delete ten pods a second; the Deployment makes others."""
    names: list[str] = [p["metadata"]["name"] for p in _pods(api)]
    while not stop.wait(0.1) and names:
        api.ask("DELETE", f"{PODS}/{names.pop()}?gracePeriodSeconds=0")


def _pods(api: Api) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api.get(PODS).json["items"]
    return items
