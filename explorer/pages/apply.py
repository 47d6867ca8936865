"""Apply: the editor's page, its dry run, writing for good, completion, samples and the forms."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST

from explorer.pages import fields as completion
from explorer.pages import forms
from explorer.pages.submission import Outcome, Submission, as_yaml, plain
from explorer.pages.visit import Visit, as_json, frame, on_cluster, show

SAMPLES = Path(__file__).parent / "samples"
TOLD = {"guestbook": "A guest book in three tiers", "web": "A web page, three copies and a Service", "crash": "Three kinds of trouble, to look at"}


def namespaces(visit: Visit) -> list[str]:
    return sorted(n["metadata"]["name"] for n in visit.get("/api/v1/namespaces").get("items") or [])


@on_cluster
async def apply(visit: Visit) -> HttpResponse:
    context = frame(visit, "Apply") | {"samples": TOLD, "forms": forms.TITLES, "namespaces": namespaces(visit), "text": _first_text(visit)}
    return await show(visit, "apply/apply.html", context)


def _first_text(visit: Visit) -> str:
    """What the editor opens with: an object to change, a sample, or nothing."""
    wanted = visit.request.GET
    if sample := wanted.get("sample"):
        return (SAMPLES / f"{sample}.yaml").read_text() if sample in TOLD else ""
    resource, name = wanted.get("resource", ""), wanted.get("name", "")
    if not (resource and name):
        return ""
    kind = visit.hosted.api.registry.get(resource)
    if kind is None:
        return ""
    from explorer.pages.objects import object_path

    found = visit.get(object_path(kind, wanted.get("namespace", ""), name))
    return as_yaml(plain(found)) if found else ""


def _submitted(visit: Visit) -> tuple[str, str]:
    post = visit.request.POST
    text = post.get("text", "")
    return text, post.get("namespace") or "default"


def told(outcomes: list[Outcome], submission: Submission) -> dict[str, Any]:
    problem = asdict(submission.broken) if submission.broken else None
    return {
        "objects": [asdict(o) for o in outcomes],
        "broken": problem,
        "lines": len(submission.lines),
        "revision": submission.visit.hosted.store.durable_revision,
    }


@require_POST
@on_cluster
async def check(visit: Visit) -> HttpResponse:
    """The dry run as JSON: every object with its outcome, problems with line and field, difference and what would follow."""
    submission = Submission(visit, *_submitted(visit))
    return as_json(told(await submission.dry_run(), submission))


@require_POST
@on_cluster
async def run(visit: Visit) -> HttpResponse:
    """Write for good; `only` names the objects by number."""
    submission = Submission(visit, *_submitted(visit))
    only = visit.request.POST.get("only", "")
    chosen = {int(n) for n in only.split(",") if n.isdigit()} if only else None
    outcomes = await submission.apply(chosen)
    return as_json(told(outcomes, submission))


@on_cluster
async def sample(visit: Visit, sample: str) -> HttpResponse:
    if sample not in TOLD:
        raise Http404(sample)
    return HttpResponse((SAMPLES / f"{sample}.yaml").read_text(), content_type="application/yaml; charset=utf-8")


@on_cluster
async def fields(visit: Visit) -> HttpResponse:
    """Completion: the fields at a path of a kind, or the values that may stand there."""
    query = visit.request.GET
    return as_json(completion.at(visit.hosted.api, query.get("apiVersion", ""), query.get("kind", ""), query.get("path", "")))


@on_cluster
async def form(visit: Visit, kind: str) -> HttpResponse:
    """A form for one kind: GET shows it, POST gives the YAML that it stands for."""
    if kind not in forms.TITLES:
        raise Http404(kind)
    if visit.request.method == "POST":
        text, errors = forms.written(kind, visit.request.POST)
        return as_json({"text": text, "errors": errors}, status=422 if errors else 200)
    context = {"kind": kind, "title": forms.TITLES[kind], "cluster": visit.row, "namespaces": namespaces(visit)}
    return await show(visit, f"apply/form-{kind}.html", context)
