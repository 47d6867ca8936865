"""The inspector: what is chosen on the map, what it does now, its log and its numbers."""

from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpResponse
from django.template.loader import select_template

from explorer.api.inside import READER
from explorer.pages.about import KINDS, PARTS, About
from explorer.pages.objects import dependants, events_of, owners
from explorer.pages.visit import Visit, on_cluster
from explorer.scenes.cause import told
from explorer.scenes.node import node_item
from explorer.scenes.part import part_of
from explorer.scenes.pod import pod_item
from explorer.scenes.service import endpoints
from explorer.scenes.sign import BADNESS
from explorer.scenes.workload import KINDS as WORKLOADS
from explorer.scenes.workload import counts
from explorer.sockets.projector import projector_of

Context = dict[str, Any]
Manifest = dict[str, Any]
MOST = 8
TITLES = {"pods": "Pod", "nodes": "Node", "services": "Service"}


@on_cluster
async def inspect(visit: Visit, part: str) -> HttpResponse:
    tab = visit.request.GET.get("tab", "now")
    name, context = described(visit, part, tab)
    context |= {"cluster": visit.row, "part": part, "tab": tab, "now": visit.hosted.now}
    template = select_template([f"inspect/{name}.html", "inspect/part.html"])
    return HttpResponse(await sync_to_async(template.render)(context, visit.request))


def described(visit: Visit, part: str, tab: str) -> tuple[str, Context]:
    """(template, what it shows)."""
    kind, _, place = part.partition("/")
    if kind == "cluster":
        return "cluster", _cluster(visit)
    if kind in PARTS:
        return kind, _part(visit, kind, place, tab)
    return _object(visit, part, tab)


def _cluster(visit: Visit) -> Context:
    items = projector_of(visit.hosted).glance().items.values()
    nodes = [i for i in items if i["kind"] == "node"]
    pods = [i for i in items if i["kind"] == "pod"]
    troubled = [i for i in (*nodes, *pods) if BADNESS[i["sign"]] >= BADNESS["notready"]]
    troubled.sort(key=lambda i: (-BADNESS[i["sign"]], i["kind"], i["name"]))
    workloads = [i for i in items if i["kind"] == "workload" and i["type"] in ("Deployment", "StatefulSet", "DaemonSet")]
    ready = sum(p["sign"] in ("ready", "done") for p in pods)
    return {
        "nodes": nodes, "pods": pods, "ready": ready, "worst": troubled[:MOST], "more": max(0, len(troubled) - MOST),
        "workloads": sorted(workloads, key=lambda w: (w["namespace"], w["name"]))[:12], "revisions": _newest(visit),
        "about": _about_cluster(nodes, pods, troubled),
        "quiet": not any(p["namespace"] != "kube-system" for p in pods),
    }  # fmt: skip


def _about_cluster(nodes: list[Context], pods: list[Context], troubled: list[Context]) -> str:
    if not nodes:
        return "The control plane runs; no node has joined yet, so pods would wait for one."
    if troubled:
        return f"{len(troubled)} of {len(nodes) + len(pods)} nodes and pods are not as they should be. The worst come first."
    if on_way := sum(p["sign"] in ("pending", "pulling") for p in pods):
        return f"{on_way} of {len(pods)} pods are on their way: bound or waiting, their images coming. All nodes report."
    if not any(p["namespace"] != "kube-system" for p in pods):
        return "Healthy and empty: only the cluster's own pods run. Pods come from workloads such as a Deployment."
    return "All nodes report, all pods are ready. Change something and watch who answers."


def _newest(visit: Visit, component: str = "") -> list[Context]:
    """The newest revisions with their reasons, heartbeats left out."""
    store = visit.hosted.store
    rows: list[Context] = []
    for record in reversed(store.log_since(max(store.compacted + 1, store.durable_revision - 600, 1))):
        row = told(record)
        if row["resource"] in ("leases", "events") or (component and part_of(row["component"]) != component):
            continue
        rows.append(row)
        if len(rows) >= MOST:
            break
    return rows


# -- components


def _part(visit: Visit, kind: str, place: str, tab: str) -> Context:
    about = PARTS[kind]
    part = f"{kind}/{place}" if place else kind
    report = _report(visit, part)
    context: Context = {"about": about, "where": place or _master(visit), "report": report, "revisions": _newest(visit, part), "leads": True}
    context["metrics"] = {k: v for k, v in (report.get("metrics") or {}).items() if isinstance(v, int | float)}
    context["tabs"] = [("now", "Now"), ("log", "Log"), ("metrics", "Metrics")]
    extra = {"scheduler": _scheduler, "controller-manager": _loops, "etcd": _etcd, "apiserver": _apiserver, "user": _people, "proxy": _proxy}.get(kind)
    if kind == "proxy":
        context["rules"] = visit.hosted.cluster.fleet.proxies.rules(place)
    return context | (extra(visit, report) if extra else {"last": _last(report), "queue": _length(report.get("queue"))})


def _report(visit: Visit, part: str) -> Context:
    for name, component in visit.hosted.cluster.components.items():
        if part_of(name) == part:
            found: Context = component.inspect()
            return found
    kind, _, node = part.partition("/")
    machine = visit.hosted.cluster.fleet.machines.get(node)
    reporter = {"kubelet": machine.kubelet, "runtime": machine.runtime}.get(kind) if machine is not None else None
    inner: Context = reporter.inspect() if reporter is not None else {}
    return inner


def _master(visit: Visit) -> str:
    items = projector_of(visit.hosted).glance().items.values()
    return ", ".join(sorted(i["name"] for i in items if i["kind"] == "node" and i.get("master")))


def _length(queue: object) -> int:
    return len(queue) if isinstance(queue, list | dict) else int(queue) if isinstance(queue, int | float) else 0


def _last(report: Context) -> list[Context]:
    found = []
    for entry in (report.get("last") or [])[:MOST]:
        if isinstance(entry, dict):
            why = entry.get("why")
            text = "; ".join(str(w) for w in why) if isinstance(why, list) else str(why or entry.get("message") or entry.get("what") or "")
            found.append(entry | {"why": text, "key": entry.get("key") or entry.get("pod") or entry.get("name") or ""})
    return found


def _scheduler(visit: Visit, report: Context) -> Context:
    newest = report.get("newest") or {}
    nodes = sorted(newest.get("nodes") or [], key=lambda n: (bool(n.get("refused_by")), -(n.get("mean") or 0)))
    return {
        "newest": newest,
        "nodes": nodes[:6],
        "hidden": max(0, len(nodes) - 6),
        "places": report.get("places") or {},
        "decisions": (report.get("last") or [])[:MOST],
        "waiting": (report.get("waiting") or [])[:5],
    }


def _loops(visit: Visit, report: Context) -> Context:
    loops = report.get("loops") or []
    busy = sorted(loops, key=lambda loop: (-loop.get("depth", 0), -(loop["last"][0]["time"] if loop.get("last") else 0)))
    return {"loops": busy[:14], "count": len(loops), "queue": report.get("queue", 0), "last": _last(report)}


def _etcd(visit: Visit, report: Context) -> Context:
    store = visit.hosted.store
    tree: dict[str, int] = {}
    for kind in visit.hosted.api.registry:
        if (count := store.count(f"/registry/{kind.storage_prefix}/")) > 0:
            tree[kind.storage_prefix] = count
    return {
        "durable": store.durable_revision, "compacted": store.compacted, "watchers": len(store.watchers), "leases": len(store.leases),
        "keys": store.count("/registry/"), "tree": sorted(tree.items(), key=lambda e: -e[1])[:12], "revisions": _newest(visit),
    }  # fmt: skip


def _apiserver(visit: Visit, report: Context) -> Context:
    api = visit.hosted.api
    counts: dict[str, int] = {}
    refused = 0
    for (verb, _, code), count in api.audit.counts.items():
        if verb.islower():  # requests over HTTP are counted once more, by method and path
            counts[verb] = counts.get(verb, 0) + count
            refused += count if code >= 400 else 0
    people = _asked(visit)
    followed = people[0] if people else None
    stages = [{"name": s.name, "decision": s.decision, "ms": s.seconds * 1000} for s in followed.timed()] if followed else []
    return {
        "watching": api.watching,
        "counts": sorted(counts.items(), key=lambda e: -e[1]),
        "refused": refused,
        "people": people,
        "followed": followed,
        "stages": stages,
    }


def _asked(visit: Visit) -> list[Any]:
    """The newest requests of people and their programs; what this page itself reads is left out."""
    return [trace for trace in reversed(visit.hosted.api.audit.people) if trace.component != READER][:MOST]


def _people(visit: Visit, report: Context) -> Context:
    return {"people": _asked(visit)}


def _proxy(visit: Visit, report: Context) -> Context:
    return {"last": _last(report), "queue": _length(report.get("queue"))}


# -- objects


def _object(visit: Visit, uid: str, tab: str) -> tuple[str, Context]:
    found = projector_of(visit.hosted).glance().object(uid)
    if found is None:
        return "gone", {}
    resource, manifest = found
    meta = manifest["metadata"]
    context: Context = {
        "resource": resource, "meta": meta, "object": manifest, "namespace": meta.get("namespace") or "-", "name": meta["name"], "uid": uid,
        "events": events_of(visit, manifest)[:MOST], "kind": WORKLOADS.get(resource) or TITLES.get(resource, ""),
    }  # fmt: skip
    context["words"] = KINDS.get(context["kind"], "")
    more = {"pods": _pod, "nodes": _node, "services": _service}.get(resource, _workload)
    return {"pods": "pod", "nodes": "node", "services": "service"}.get(resource, "workload"), context | more(visit, manifest, tab)


def _pod(visit: Visit, manifest: Manifest, tab: str) -> Context:
    scene = projector_of(visit.hosted).glance()
    item = scene.items.get(manifest["metadata"]["uid"]) or pod_item(manifest)
    context: Context = {
        "item": item,
        "owners": owners(visit, manifest),
        "conditions": manifest.get("status", {}).get("conditions") or [],
        "tabs": [("now", "Now"), ("log", "Log"), ("events", "Events")],
    }
    if tab == "log":
        context["logs"] = [(c["name"], _log(visit, manifest, c["name"])) for c in item["containers"]]
    return context


def _log(visit: Visit, manifest: Manifest, container: str) -> str:
    meta = manifest["metadata"]
    path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}/log"
    answer = visit.call("GET", path, accept="*/*", container=container, tailLines="60")
    return answer.body.decode("utf-8", "replace") if answer.ok else answer.message


def _node(visit: Visit, manifest: Manifest, tab: str) -> Context:
    scene = projector_of(visit.hosted).glance()
    pods = [scene.items[uid] for uid in scene.pods_on(manifest["metadata"]["name"]) if uid in scene.items]
    pods.sort(key=lambda p: (-BADNESS[p["sign"]], p["name"]))
    item = scene.items.get(manifest["metadata"]["uid"]) or node_item(manifest, [])
    status = manifest.get("status", {})
    return {
        "item": item,
        "pods": pods[:20],
        "conditions": status.get("conditions") or [],
        "info": status.get("nodeInfo") or {},
        "capacity": status.get("allocatable") or {},
    }


def _service(visit: Visit, manifest: Manifest, tab: str) -> Context:
    scene = projector_of(visit.hosted).glance()
    item = scene.items.get(manifest["metadata"]["uid"]) or {}
    pods = [scene.items[uid] for uid in item.get("pods", ()) if uid in scene.items]
    ready, _ = endpoints([])
    return {"item": item, "pods": pods[:20], "ready": set(item.get("readyPods", ())) | ready, "spec": manifest.get("spec", {})}


def _workload(visit: Visit, manifest: Manifest, tab: str) -> Context:
    ready, wanted = counts(manifest.get("kind", "Deployment"), manifest)
    return {
        "ready": ready,
        "wanted": wanted,
        "owners": owners(visit, manifest),
        "dependants": dependants(visit, manifest),
        "conditions": manifest.get("status", {}).get("conditions") or [],
    }


__all__ = ["About", "inspect"]
