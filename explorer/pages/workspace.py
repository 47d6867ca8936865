"""The live map's page, and the record's events."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from explorer.pages.tour import STEPS, Step
from explorer.pages.visit import Visit, frame, on_cluster, show

NODE_PARTS = ("kubelet", "runtime", "proxy")


def tour_of(node: str) -> list[Step]:
    """The steps with the parts of a real node, so that they stand beside something that is there."""
    return [Step(f"{s.part}/{node}" if s.part in NODE_PARTS else s.part, s.title, s.what, s.idea) for s in STEPS]


def first_worker(visit: Visit) -> str:
    nodes = visit.get("/api/v1/nodes").get("items") or []
    workers = [n["metadata"]["name"] for n in nodes if "node-role.kubernetes.io/control-plane" not in (n["metadata"].get("labels") or {})]
    return min(workers, default="")


@on_cluster
async def workspace(visit: Visit) -> HttpResponse:
    first = "toured" not in visit.request.COOKIES or "tour" in visit.request.GET
    context = frame(visit, "Map") | {"tour": tour_of(first_worker(visit)), "tour_now": first, "origin": ""}
    return await show(visit, "map.html", context)


def newest_events(visit: Visit, limit: int = 120, **query: str) -> list[dict[str, Any]]:
    """Events, the newest first."""
    listed = visit.get("/api/v1/events", **query).get("items") or []
    listed.sort(key=lambda e: e.get("lastTimestamp") or e.get("eventTime") or e["metadata"].get("creationTimestamp") or "", reverse=True)
    return listed[:limit]


@on_cluster
async def events(visit: Visit) -> HttpResponse:
    return await show(visit, "parts/events.html", {"cluster": visit.row, "events": newest_events(visit)})


async def diagram(request: HttpRequest, name: str) -> HttpResponse:
    """The address of the diagram feed, which speaks websocket only."""
    return HttpResponse("this address speaks websocket only", status=426, headers={"Upgrade": "websocket"})
