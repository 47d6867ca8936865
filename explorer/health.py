"""Health for whoever operates the site: alive, ready, and figures in Prometheus' text format."""

from django.http import HttpRequest, HttpResponse

from explorer.engine import engine
from explorer.metrics import exposition


async def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


async def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and every cluster that should run does run."""
    try:
        running = engine()
        missing = [listing.name for listing in running.roster.running() if listing.name not in running.clusters]
    except Exception:
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    if missing:
        return HttpResponse(f"not running yet: {', '.join(missing)}\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


async def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(exposition(engine()), content_type="text/plain; version=0.0.4")
