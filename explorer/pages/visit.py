"""A visit to a cluster's page: who looks, at which cluster, and the API as that person may use it.

Every page reads and writes through the API server; there is no other way in. Views are asynchronous because the cluster lives
on the event loop's thread.
"""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import orjson
from asgiref.sync import sync_to_async
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from explorer import engine
from explorer.access import cluster_for
from explorer.api.inside import Answer, ask
from explorer.models import Cluster
from explorer.scenes.sign import BADNESS
from explorer.sockets.projector import projector_of

RATES = ((0.01, "1/100×"), (0.02, "1/50×"), (0.1, "1/10×"), (0.25, "1/4×"), (0.5, "1/2×"), (1.0, "1×"), (2.0, "2×"), (10.0, "10×"), (100.0, "100×"))


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a person for a page of a cluster that runs."""

    request: HttpRequest
    row: Cluster
    hosted: "engine.Hosted"

    def call(self, method: str, path: str, body: bytes = b"", *, kind: str = "application/json", accept: str = "application/json", **query: str) -> Answer:
        """One API request in the visitor's name."""
        return ask(self.hosted, method, path, query=urlencode(query), body=body, headers={"content-type": kind, "accept": accept})

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """The JSON that the API gives for a path; empty where it refuses."""
        answer = self.call("GET", path, b"", **query)
        return answer.json() if answer.ok else {}

    async def kept(self, answer: Answer) -> Answer:
        """Wait until what the answer tells of cannot be lost."""
        if answer.revision:
            await self.hosted.durable(answer.revision)
        return answer


View = Callable[..., Coroutine[Any, Any, HttpResponse]]


def on_cluster(view: Callable[..., Awaitable[HttpResponse]]) -> View:
    """Give a view its `Visit`: signed in, allowed, and the cluster awake; else the page that says what is missing."""

    @wraps(view)
    async def wrapped(request: HttpRequest, name: str, *args: Any, **kwargs: Any) -> HttpResponse:
        user = await request.auser()
        if not user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        row = await sync_to_async(cluster_for)(request, name)
        try:
            hosted = engine.hosted(name)
        except KeyError:
            return await sync_to_async(render)(request, "asleep.html", appearance(request) | {"cluster": row}, status=503)
        return await view(Visit(request, row, hosted), *args, **kwargs)

    return wrapped


def appearance(request: HttpRequest) -> dict[str, str]:
    """Theme and motion as the visitor has set them; nothing set follows the system."""
    theme, motion = request.COOKIES.get("theme", ""), request.COOKIES.get("motion", "")
    return {"theme": theme if theme in ("light", "dark") else "", "motion": motion if motion == "still" else ""}


def views_of(name: str) -> list[dict[str, str]]:
    listed = (
        ("Map", "map", "map", "m"), ("Objects", "obj", "objects", "o"), ("Trace", "trace", "traces", "t"), ("Scheduler", "sched", "scheduler", "s"),
        ("Requests", "api", "requests", "q"), ("Apply", "apply", "apply", "a"),
        ("etcd", "etcd", "etcd", "e"), ("Trouble", "bolt", "faults", "b"),
    )  # fmt: skip
    return [{"name": n, "glyph": g, "href": reverse(route, args=[name]), "key": key} for n, g, route, key in listed]


def about(visit: Visit) -> str:
    """ "1 master, 2 workers": the nodes as they are now."""
    if visit.hosted.cluster.etcd.refusal():
        return "nodes unknown"
    listed = visit.get("/api/v1/nodes").get("items") or []
    masters = sum("node-role.kubernetes.io/control-plane" in (n["metadata"].get("labels") or {}) for n in listed)
    workers = len(listed) - masters
    said = [f"{count} {noun}{'s' if count != 1 else ''}" for count, noun in ((masters, "master"), (workers, "worker")) if count]
    return ", ".join(said) or "no nodes"


def health(visit: Visit) -> tuple[str, str]:
    """(words, tone) of the chip beside the cluster's name: nodes first, then pods in trouble. Without a leader of etcd nothing else counts."""
    if visit.hosted.cluster.etcd.refusal():
        return "etcd has no leader", "bad"
    items = projector_of(visit.hosted).glance().items.values()
    nodes = [i for i in items if i["kind"] == "node"]
    silent = sum(i["sign"] != "ready" for i in nodes)
    failing = sum(i["kind"] == "pod" and BADNESS[i["sign"]] >= BADNESS["unsched"] for i in items)
    if silent:
        return f"{silent} node{'s' if silent > 1 else ''} not ready", "bad"
    if failing:
        return f"{failing} pod{'s' if failing > 1 else ''} in trouble", "wait"
    return ("Healthy", "good") if nodes else ("No nodes yet", "off")


def frame(visit: Visit, here: str) -> dict[str, Any]:
    """What the frame around every page of a cluster shows."""
    setting = visit.hosted.clock.setting
    return appearance(visit.request) | {
        "cluster": visit.row, "here": here, "views": views_of(visit.row.name), "rates": RATES, "clock_rate": setting.rate,
                "about": about(visit), "health": health(visit),
 "revision": visit.hosted.store.durable_revision, "clock_text": clock_text(visit.hosted.now),
    }  # fmt: skip


def clock_text(moment: float) -> str:
    second = int(moment) % 86400
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


async def show(visit: Visit, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """Render a page. In a thread, because sessions and messages are read from the database while rendering."""
    return await sync_to_async(render)(visit.request, template, context, status=status)


def as_json(data: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(data), content_type="application/json", status=status)
