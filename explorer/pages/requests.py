"""Requests: the newest ones that the API server has answered, and one of them followed from stage to stage."""

from typing import Any

from django.http import Http404, HttpResponse

from explorer.api.inside import READER
from explorer.pages.submission import as_yaml, between, collection_path
from explorer.pages.visit import Visit, clock_text, frame, on_cluster, show
from explorer.places import api_port, public_host
from explorer.scenes.request import rows_of, story_of

ONLY = {"": "All", "writes": "Writes", "refusals": "Refusals"}
KEPT_BACK = ("managedFields",)


@on_cluster
async def requests(visit: Visit) -> HttpResponse:
    """The newest requests; what pages themselves read is left out until it is asked for."""
    audit = visit.hosted.api.audit
    traces = [*audit.people, *audit.components]
    asked = visit.request.GET
    component, only = asked.get("component", ""), asked.get("only", "") if asked.get("only", "") in ONLY else ""
    rows = rows_of(traces, component=component, only=only, without=READER)
    context = {"rows": [(row, clock_text(row.time)) for row in rows], "components": sorted({t.component for t in traces}), "component": component}
    return await show(visit, "requests.html", frame(visit, "Requests") | context | {"only": only, "choices": ONLY.items()})


@on_cluster
async def request(visit: Visit, request_id: str) -> HttpResponse:
    """One request, as long as the ring keeps it."""
    trace = visit.hosted.api.audit.find(request_id)
    if trace is None:
        raise Http404("that request is not kept any more")
    story = story_of(trace, f"https://{public_host()}:{api_port()}/clusters/{visit.row.name}", _path(visit, trace))
    old, new = (_lines(manifest) for manifest in (story.before, story.after))
    context = {"story": story, "time": clock_text(trace.time), "diff": between(old, new) if old or new else []}
    return await show(visit, "requests.html", frame(visit, "Requests") | context)


def _lines(manifest: dict[str, Any]) -> list[str]:
    """A manifest as YAML, without the book-keeping of field owners, which is longer than all the rest."""
    if not manifest:
        return []
    meta = {k: v for k, v in manifest.get("metadata", {}).items() if k not in KEPT_BACK}
    return as_yaml({**manifest, "metadata": meta}).splitlines()


def _path(visit: Visit, trace: Any) -> str:
    """The path that a component's request would have over HTTP."""
    resource, _, subresource = trace.target.partition("/")
    kind = visit.hosted.api.registry.get(resource)
    if kind is None:
        return str(trace.target)
    record = trace.after if trace.after is not None and not trace.after.deleted else trace.before
    meta = record.object["metadata"] if record is not None else {}
    version = f"{kind.group}/{kind.storage_version}" if kind.group else kind.storage_version
    base = collection_path(kind, version, meta.get("namespace", "") if kind.namespaced else "")
    named = meta.get("name", "") if trace.method != "create" or subresource else ""
    return "/".join(part for part in (base, named, subresource) if part)
