"""The classroom's first page: whose clusters one sees, and how they are."""

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from explorer.access import clusters_of
from explorer.pages.home import card
from explorer.pages.visit import appearance
from explorer.scenes.sign import BADNESS


async def classroom(request: HttpRequest) -> HttpResponse:
    """All clusters that the visitor may open, those in trouble first; to staff that is everybody's."""
    user = await request.auser()
    if not user.is_authenticated:
        return redirect("login")
    rows = await sync_to_async(lambda: list(clusters_of(user).select_related("owner")))()
    cards = sorted((card(row) for row in rows), key=lambda c: (-BADNESS[c.picture["sign"]] if c.picture else 0, c.row.name))
    people = len({c.row.owner_id for c in cards})
    context = appearance(request) | {"cards": cards, "people": people, "user": user, "all": getattr(user, "is_staff", False)}
    page = "parts/cards.html" if getattr(request, "htmx", False) else "classroom.html"
    return await sync_to_async(render)(request, page, context)
