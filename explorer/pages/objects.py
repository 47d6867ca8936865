"""Objects: every kind in a table as the API prints it, and one object with its YAML, events, owners and dependants."""

from typing import Any

from asgiref.sync import sync_to_async
from django.http import Http404, HttpResponse
from django.shortcuts import render

from explorer.pages.submission import as_yaml, plain
from explorer.pages.visit import Visit, frame, on_cluster, show
from explorer.scenes.kinds import grouped
from explorer.scenes.pod import pod_item
from explorer.scenes.table import Table, table_of

Manifest = dict[str, Any]
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
OWNED = ("replicasets.apps", "pods", "controllerrevisions.apps", "endpointslices.discovery.k8s.io", "jobs.batch", "persistentvolumeclaims")
MOST_ROWS = 500
NO_NAMESPACE = "-"


def root_of(kind: Any) -> str:
    version = kind.versions[0]
    return f"/apis/{kind.group}/{version}" if kind.group else f"/api/{version}"


def list_path(kind: Any, namespace: str = "") -> str:
    return f"{root_of(kind)}/namespaces/{namespace}/{kind.plural}" if kind.namespaced and namespace else f"{root_of(kind)}/{kind.plural}"


def object_path(kind: Any, namespace: str, name: str) -> str:
    return f"{list_path(kind, '' if namespace == NO_NAMESPACE else namespace)}/{name}"


def kind_of(visit: Visit, resource: str) -> Any:
    """The kind that a page is about. Raises Http404."""
    kind = visit.hosted.api.registry.get(resource)
    if kind is None or "list" not in kind.verbs:
        raise Http404(f"the API serves no {resource}")
    return kind


def kinds_shown(visit: Visit) -> list[dict[str, Any]]:
    return grouped([k for k in visit.hosted.api.registry if "list" in k.verbs], lambda k: visit.hosted.store.count(f"/registry/{k.storage_prefix}/"))


@on_cluster
async def kinds(visit: Visit) -> HttpResponse:
    """The page without a kind chosen opens on pods."""
    return await _table(visit, "pods")


@on_cluster
async def table(visit: Visit, resource: str) -> HttpResponse:
    return await _table(visit, resource)


def printed(visit: Visit, kind: Any, namespace: str, labels: str) -> tuple[Table, str]:
    """The API's own table and, where it refuses, its words."""
    query = {"limit": str(MOST_ROWS)} | ({"labelSelector": labels} if labels else {})
    answer = visit.call("GET", list_path(kind, namespace), b"", accept=TABLE, **query)
    return (table_of(answer.json()), "") if answer.ok else (Table((), ()), answer.message)


async def _table(visit: Visit, resource: str) -> HttpResponse:
    kind = kind_of(visit, resource)
    query = visit.request.GET
    namespace, labels = query.get("namespace", ""), query.get("labels", "")
    rows, refusal = printed(visit, kind, namespace, labels)
    context: dict[str, Any] = {
        "cluster": visit.row, "kind": kind, "table": rows, "refusal": refusal, "namespace": namespace, "labels": labels, "no_namespace": NO_NAMESPACE,
        "all_namespaces": kind.namespaced and not namespace,
    }  # fmt: skip
    if visit.request.htmx and not visit.request.htmx.boosted:  # type: ignore[attr-defined]
        return await sync_to_async(render)(visit.request, "objects/_rows.html", context)
    names = sorted(n["metadata"]["name"] for n in visit.get("/api/v1/namespaces").get("items") or [])
    return await show(visit, "objects/table.html", frame(visit, "Objects") | context | {"groups": kinds_shown(visit), "namespaces": names})


# -- one object


def fetched(visit: Visit, resource: str, namespace: str, name: str) -> tuple[Any, Manifest]:
    """The kind and the object. Raises Http404."""
    kind = kind_of(visit, resource)
    found = visit.get(object_path(kind, namespace, name))
    if not found:
        raise Http404(f"there is no {kind.kind} {name}")
    return kind, found


def owners(visit: Visit, manifest: Manifest) -> list[dict[str, str]]:
    """The chain of controlling owners, nearest first."""
    chain: list[dict[str, str]] = []
    namespace = manifest["metadata"].get("namespace", "")
    current = manifest
    while len(chain) < 8:
        owner = next((o for o in current["metadata"].get("ownerReferences") or ()), None)
        kind = visit.hosted.api.registry.by_kind(owner["apiVersion"], owner["kind"]) if owner else None
        if owner is None or kind is None:
            return chain
        place = namespace if kind.namespaced else NO_NAMESPACE
        chain.append({"kind": owner["kind"], "name": owner["name"], "resource": kind.name, "namespace": place})
        current = visit.get(object_path(kind, place, owner["name"]))
        if not current:
            return chain
    return chain


def dependants(visit: Visit, manifest: Manifest) -> list[dict[str, str]]:
    """What names the object as an owner, over all the kinds that usually do."""
    uid, found = manifest["metadata"]["uid"], []
    for resource in OWNED:
        kind = visit.hosted.api.registry.get(resource)
        if kind is None:
            continue
        for item in visit.get(list_path(kind, manifest["metadata"].get("namespace", ""))).get("items") or []:
            if any(o.get("uid") == uid for o in item["metadata"].get("ownerReferences") or ()):
                sign = pod_item(item)["sign"] if kind.kind == "Pod" else ""
                place = item["metadata"].get("namespace") or NO_NAMESPACE
                found.append({"kind": kind.kind, "name": item["metadata"]["name"], "resource": resource, "namespace": place, "sign": sign})
    return found


def events_of(visit: Visit, manifest: Manifest) -> list[Manifest]:
    found = visit.get("/api/v1/events", fieldSelector=f"involvedObject.uid={manifest['metadata']['uid']}").get("items") or []
    return sorted(found, key=lambda e: e.get("lastTimestamp") or e.get("eventTime") or "", reverse=True)


def facts(kind: Any, manifest: Manifest) -> dict[str, Any]:
    """What the page's head and side say of an object."""
    status, spec = manifest.get("status") or {}, manifest.get("spec") or {}
    return {
        "conditions": status.get("conditions") or [], "labels": manifest["metadata"].get("labels") or {},
        "pod": pod_item(manifest) if kind.kind == "Pod" else None, "scalable": kind.scale is not None, "replicas": spec.get("replicas"),
        "ready": status.get("readyReplicas", 0), "is_node": kind.kind == "Node", "terminating": "deletionTimestamp" in manifest["metadata"],
    }  # fmt: skip


def described(visit: Visit, resource: str, namespace: str, name: str) -> dict[str, Any]:
    kind, manifest = fetched(visit, resource, namespace, name)
    return facts(kind, manifest) | {
        "kind": kind, "object": manifest, "meta": manifest["metadata"], "resource": resource, "namespace": namespace, "name": name, "cluster": visit.row,
        "owners": owners(visit, manifest), "dependants": dependants(visit, manifest), "events": events_of(visit, manifest),
        "yaml": as_yaml(_without_managed(manifest)), "editable": as_yaml(_editable(manifest)),
    }  # fmt: skip


def _without_managed(manifest: Manifest) -> Manifest:
    return {**manifest, "metadata": {k: v for k, v in manifest["metadata"].items() if k != "managedFields"}}


def _editable(manifest: Manifest) -> Manifest:
    """What one may change, with the resourceVersion that guards against somebody else's change."""
    bare = plain(manifest)
    return {**bare, "metadata": {**bare["metadata"], "resourceVersion": manifest["metadata"].get("resourceVersion", "")}}


@on_cluster
async def one(visit: Visit, resource: str, namespace: str, object_name: str) -> HttpResponse:
    return await show(visit, "objects/object.html", frame(visit, "Objects") | described(visit, resource, namespace, object_name))


@on_cluster
async def panel(visit: Visit, resource: str, namespace: str, object_name: str, panel: str) -> HttpResponse:
    """The parts of an object's page that stay current."""
    if panel not in ("facts", "yaml"):
        raise Http404(panel)
    try:
        context = described(visit, resource, namespace, object_name)
    except Http404:
        return await show(visit, "objects/_gone.html", {"name": object_name, "cluster": visit.row, "resource": resource, "namespace": namespace})
    return await show(visit, f"objects/_{panel}.html", context)
