"""Traces: "how did this come to be?" for one object, and where to begin when none is chosen."""

from typing import Any

from django.http import Http404, HttpResponse

from explorer.pages.objects import NO_NAMESPACE, kind_of
from explorer.pages.visit import Visit, frame, on_cluster, show
from explorer.scenes.cause import PREFIXES, title, told
from explorer.scenes.pod import short_name
from explorer.scenes.trace import Trace, trace_of

KEPT_BACK = 20_000
RECENT = 400
LATELY = ("pods", "deployments", "replicasets", "services", "endpointslices", "statefulsets", "configmaps", "namespaces", "nodes")


def key_of(kind: Any, namespace: str, name: str) -> str:
    parts = ["/registry", kind.storage_prefix, *([namespace] if kind.namespaced and namespace != NO_NAMESPACE else []), name]
    return "/".join(parts)


def _log(visit: Visit, limit: int) -> list[Any]:
    store = visit.hosted.store
    since = max(store.compacted + 1, store.durable_revision - limit, 1)
    found: list[Any] = store.log_since(since)
    return found


def traced(visit: Visit, kind: Any, namespace: str, name: str) -> tuple[list[Any], Trace]:
    """The object's own records and the trace. The record of its last life only."""
    log = _log(visit, KEPT_BACK)
    by_revision = {record.revision: record for record in log}
    key = key_of(kind, namespace, name)
    own = [record for record in log if record.key == key]
    begun = max((i for i, record in enumerate(own) if record.version == 1), default=0)
    own = own[begun:]
    uid = ((own[-1].object or (own[-1].previous.object if own[-1].previous else {})) or {}).get("metadata", {}).get("uid", "") if own else ""
    calls = [s for s in visit.hosted.signals.recent if s.kind == "cri" and uid and s.subject == uid]
    return own, trace_of(own, by_revision.get, calls)


@on_cluster
async def trace(visit: Visit, resource: str, namespace: str, object_name: str) -> HttpResponse:
    kind = kind_of(visit, resource)
    own, found = traced(visit, kind, namespace, object_name)
    if not own:
        raise Http404(f"no revision of {kind.kind} {object_name} is kept")
    manifest = own[-1].object or (own[-1].previous.object if own[-1].previous else {}) or {}
    name = " ".join(filter(None, short_name(manifest))) if kind.kind == "Pod" and manifest else object_name
    context = frame(visit, "Trace") | {
        "kind": kind, "resource": resource, "namespace": namespace, "name": object_name, "short": name, "trace": found,
        "uid": manifest.get("metadata", {}).get("uid", ""),
        "span": found.ended - found.began, "said": _summary(found), "links": {"m": "map"},
    }  # fmt: skip
    return await show(visit, "trace.html", context)


def _summary(found: Trace) -> str:
    """ "16 steps, 6 components and 5 revisions, 6.9 s from first to last"."""
    steps, parts = len(found.steps), len(found.lifelines)
    words = f"{steps} step{'s' if steps != 1 else ''}, {parts} components and {found.revisions} revision{'s' if found.revisions != 1 else ''}"
    return f"{words}, {found.ended - found.began:.1f} s from first to last."


@on_cluster
async def choose(visit: Visit) -> HttpResponse:
    """What has changed lately, each with its trace."""
    rows: dict[str, dict[str, Any]] = {}
    registry = {kind.storage_prefix: kind for kind in visit.hosted.api.registry}
    for record in reversed(_log(visit, RECENT * 10)):
        row = told(record)
        if row["resource"] not in LATELY or record.deleted or record.key in rows or len(rows) >= 60:
            continue
        prefix = next((p for p, plural in PREFIXES.items() if plural == row["resource"]), "") or record.key.removeprefix("/registry/").rpartition("/")[0]
        kind = registry.get(prefix) or next((k for k in registry.values() if k.plural == row["resource"]), None)
        if kind is not None:
            rows[record.key] = row | {"of": kind.name, "title": title(record.object or {}), "place": row["namespace"] or NO_NAMESPACE}
    return await show(visit, "traces.html", frame(visit, "Trace") | {"rows": list(rows.values()), "origin": visit.hosted.now})
