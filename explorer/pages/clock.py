"""The transport of a cluster's clock: pause, run, step one event, change the rate."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from explorer.pages.visit import Visit, as_json, on_cluster


def turn(visit: Visit, what: str, rate: str) -> str:
    """Do it; returns what is wrong with the wish, or nothing."""
    hosted = visit.hosted
    if what == "pause":
        hosted.pause()
    elif what == "run":
        hosted.resume()
    elif what == "step":
        if not hosted.clock.setting.paused:
            hosted.pause()
        hosted.step_once()
    elif what == "rate":
        try:
            hosted.run_at(float(rate))
        except ValueError:
            return "the rate is a number between 0.001 and 1000"
    else:
        return "do is one of pause, run, step, rate"
    return ""


@require_POST
@on_cluster
async def clock(visit: Visit) -> HttpResponse:
    wrong = turn(visit, visit.request.POST.get("do", ""), visit.request.POST.get("rate", ""))
    if wrong:
        return as_json({"message": wrong}, status=400)
    setting = visit.hosted.clock.setting
    return as_json({"now": visit.hosted.now, "rate": setting.rate, "paused": setting.paused, "revision": visit.hosted.store.durable_revision})
