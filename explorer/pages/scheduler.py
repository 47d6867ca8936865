"""The scheduler's page: one decision as a matrix of nodes and plugins, and the list of the newest ones."""

from django.http import Http404, HttpResponse

from cluster_engine.scheduler.decision import Attempt
from cluster_engine.scheduler.scheduler import Scheduler
from explorer.pages.visit import Visit, frame, on_cluster, show
from explorer.scenes.decision import matrix_of

SHOWN = 40
COMPONENT = "kube-scheduler"


def attempts_of(visit: Visit) -> list[Attempt]:
    """The kept attempts of this process's scheduler, oldest first."""
    component = visit.hosted.cluster.components.get(COMPONENT)
    return list(component.attempts) if isinstance(component, Scheduler) else []


@on_cluster
async def decisions(visit: Visit, number: int = 0) -> HttpResponse:
    """Decision `number` of those that are kept, counted from 1; 0 for the newest."""
    attempts = attempts_of(visit)
    if number > len(attempts):
        raise Http404("that decision is not kept any more")
    context = frame(visit, "Scheduler") | {"count": len(attempts), "newest": list(reversed(attempts))[:SHOWN], "profiles": _profiles(visit)}
    if attempts:
        number = number or len(attempts)
        attempt = attempts[number - 1]
        namespace, _, name = attempt.pod.partition("/")
        context |= {
            "attempt": attempt, "matrix": matrix_of(attempt), "number": number, "before": number - 1, "after": number + 1 if number < len(attempts) else 0,
            "namespace": namespace, "name": name, "refused": [row for row in matrix_of(attempt).rows if row.refused_by][:3],
        }  # fmt: skip
    return await show(visit, "scheduler.html", context)


def _profiles(visit: Visit) -> list[str]:
    component = visit.hosted.cluster.components.get(COMPONENT)
    return [p.name for p in component.profiles] if isinstance(component, Scheduler) else []
