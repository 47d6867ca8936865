"""Health for whoever operates the site: alive, ready, and figures in Prometheus' text format.

A raw ASGI application before Django: it answers for the server even when pages or accounts do not work.
"""

from collections.abc import Callable
from typing import Any

from explorer.engine import engine
from explorer.metrics import exposition

PLAIN = "text/plain; charset=utf-8"


def healthz() -> tuple[int, str, str]:
    """The process answers."""
    return 200, "ok\n", PLAIN


def readyz() -> tuple[int, str, str]:
    """The database answers and every cluster that should run does run."""
    try:
        running = engine()
        missing = [listing.name for listing in running.roster.running() if listing.name not in running.clusters]
    except Exception:
        return 503, "the database does not answer\n", PLAIN
    if missing:
        return 503, f"not running yet: {', '.join(missing)}\n", PLAIN
    return 200, "ok\n", PLAIN


def metrics() -> tuple[int, str, str]:
    return 200, exposition(engine()), "text/plain; version=0.0.4; charset=utf-8"


PATHS: dict[str, Callable[[], tuple[int, str, str]]] = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}


async def answer(path: str, send: Any) -> None:
    """Send the response for one of PATHS."""
    status, text, kind = PATHS[path]()
    headers = [(b"content-type", kind.encode()), (b"cache-control", b"no-store"), (b"content-length", str(len(text.encode())).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
