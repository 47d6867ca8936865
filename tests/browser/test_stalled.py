"""A websocket that never says it has read: it is sent one window and no more, others go on, and it finds back when it reads."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import websocket
from playwright.sync_api import BrowserContext

from explorer.sockets.diagram import WINDOW
from tests.running import RunningServer

CONFIG_MAP = "/api/v1/namespaces/default/configmaps/stalled"
PATIENCE = 60.0  # seconds


@pytest.fixture
def feeds(server: RunningServer, signed_in: BrowserContext) -> Iterator[list[websocket.WebSocket]]:
    """Two feeds of the demo cluster's diagram, as the signed-in visitor's browser opens them."""
    cookie = "; ".join(f"{c['name']}={c['value']}" for c in signed_in.cookies(server.page))
    address = server.page.replace("http", "ws", 1) + "/clusters/demo/diagram"
    opened = [websocket.create_connection(address, cookie=cookie, origin=server.page, timeout=PATIENCE) for _ in range(2)]
    for feed in opened:
        feed.send(json.dumps({"type": "want", "topics": ["scene", "signals", "causes", "changed", "clock"]}))
    yield opened
    for feed in opened:
        feed.close()


def received(feed: websocket.WebSocket) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(feed.recv())
    return found


def test_a_feed_that_never_reads_is_sent_one_window(server: RunningServer, feeds: list[websocket.WebSocket]) -> None:
    stalled, reading = feeds
    api = server.api()
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "stalled"}, "data": {"turn": "0"}}
    assert api.ask("POST", CONFIG_MAP.rpartition("/")[0], body).status == 201
    count, deadline = 0, time.monotonic() + PATIENCE
    while count < WINDOW + 30:
        assert time.monotonic() < deadline, f"only {count} frames came"
        assert api.ask("PUT", CONFIG_MAP, body | {"data": {"turn": str(count)}}).status == 200
        received(reading)
        count += 1
        reading.send(json.dumps({"type": "got", "count": count}))
    kept = [received(stalled) for _ in range(WINDOW)]
    stalled.settimeout(1)
    with pytest.raises(websocket.WebSocketTimeoutException):
        stalled.recv()
    assert kept[0]["type"] == "scene"
    stalled.settimeout(PATIENCE)
    stalled.send(json.dumps({"type": "got", "count": WINDOW}))
    assert received(stalled)["type"] == "scene"
    assert api.ask("DELETE", CONFIG_MAP).status == 200
