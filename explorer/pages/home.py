"""The landing page: one's clusters as small living pictures, a new one, and what this is."""

import re
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cluster_engine.templates import TEMPLATES
from explorer import engine
from explorer.access import clusters_of
from explorer.api.inside import ask
from explorer.clusters import create_cluster
from explorer.models import Cluster
from explorer.pages.visit import appearance, clock_text
from explorer.scenes.small import picture

MOST_CLUSTERS = 20
OFFERED = ("dev", "ha", "100-workers", "1000-workers", "bare")


@dataclass(frozen=True, slots=True)
class Card:
    """A cluster on the landing page."""

    row: Cluster
    picture: dict[str, Any]
    clock: str
    revision: int
    about: str


def card(row: Cluster) -> Card:
    """What one sees of a cluster from afar. Empty where this process does not run it."""
    about = TEMPLATES[row.template].about if row.template in TEMPLATES else row.template
    try:
        hosted = engine.hosted(row.name)
    except (KeyError, RuntimeError):
        return Card(row, {}, "", 0, about)
    nodes, pods = (ask(hosted, "GET", f"/api/v1/{plural}").json().get("items") or [] for plural in ("nodes", "pods"))
    return Card(row, picture(nodes, pods), clock_text(hosted.now), hosted.store.durable_revision, about)


async def home(request: HttpRequest) -> HttpResponse:
    user = await request.auser()
    if not user.is_authenticated:
        return await sync_to_async(render)(request, "welcome.html", appearance(request))
    rows = await sync_to_async(lambda: list(clusters_of(user).select_related("owner")))()
    context = appearance(request) | {"cards": [card(row) for row in rows], "templates": [TEMPLATES[n] for n in OFFERED if n in TEMPLATES], "user": user}
    page = "parts/cards.html" if getattr(request, "htmx", False) else "home.html"
    return await sync_to_async(render)(request, page, context)


def _create(request: HttpRequest) -> HttpResponse:
    name = re.sub(r"\s+", "-", request.POST.get("name", "").strip().lower())
    problem = ""
    if clusters_of(request.user).count() >= MOST_CLUSTERS:
        problem = f"{MOST_CLUSTERS} clusters are the most that one person can have; delete one first."
    else:
        try:
            create_cluster(name, request.user, request.POST.get("template", "dev"))  # type: ignore[arg-type]
        except ValidationError as error:
            problem = " ".join(error.messages)
        except IntegrityError:
            problem = f"The name {name} is taken."
    if problem:
        messages.add_message(request, messages.ERROR, problem[:1].upper() + problem[1:], extra_tags="bad")
        return redirect("home")
    return redirect("map", name)


@require_POST
async def create(request: HttpRequest) -> HttpResponse:
    if not (await request.auser()).is_authenticated:
        return redirect("login")
    return await sync_to_async(_create)(request)


def _delete(request: HttpRequest, name: str) -> HttpResponse:
    row = get_object_or_404(clusters_of(request.user), name=name)
    if request.POST.get("confirm") != name:
        messages.add_message(request, messages.ERROR, f"Type {name} to delete it; nothing was deleted.", extra_tags="bad")
    else:
        row.delete()
        messages.add_message(request, messages.SUCCESS, f"Cluster {name} is deleted.", extra_tags="good")
    return redirect("home")


@require_POST
async def delete(request: HttpRequest, name: str) -> HttpResponse:
    if not (await request.auser()).is_authenticated:
        return redirect("login")
    return await sync_to_async(_delete)(request, name)


def _wake(request: HttpRequest, name: str) -> HttpResponse:
    row = get_object_or_404(clusters_of(request.user), name=name)
    row.running = True
    row.save(update_fields=["running"])
    return redirect("map", name)


@require_POST
async def wake(request: HttpRequest, name: str) -> HttpResponse:
    if not (await request.auser()).is_authenticated:
        return redirect("login")
    return await sync_to_async(_wake)(request, name)


@require_POST
async def tour_done(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(status=204)
    response.set_cookie("toured", "1", max_age=365 * 24 * 3600, samesite="Lax")
    return response
