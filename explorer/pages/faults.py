"""The page of trouble: break something, mend it again, and be told what to look for."""

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cluster_engine.cluster import Cluster
from cluster_engine.faults import COMPONENTS, FAULTS, UnknownTarget, cause, mend
from cluster_engine.machinery.status import ApiError
from explorer.pages.visit import Visit, frame, on_cluster, show
from explorer.scenes.fault import troubles_of

MOST_PODS = 400
REGISTRY = "docker.io"
# Whether a machine has power is kept in the store, so that it survives a restart: without a leader of etcd it cannot be changed.
KEPT = ("power-off",)


def targets_of(visit: Visit) -> dict[str, list[str]]:
    """What may be broken, by what faults ask for."""
    cluster: Cluster = visit.hosted.cluster
    pods = sorted(visit.get("/api/v1/pods", limit=str(MOST_PODS)).get("items") or [], key=_own_first)
    names = [f"{p['metadata']['namespace']}/{p['metadata']['name']}" for p in pods]
    return {
        "pod": names,
        "container": [f"{name}/{c['name']}" for name, p in zip(names, pods, strict=True) if p["spec"].get("nodeName") for c in p["spec"]["containers"]],
        "node": sorted(cluster.fleet.machines), "component": [c for c in COMPONENTS if c in cluster.components], "member": sorted(cluster.etcd.disks),
        "registry": sorted({name.partition("/")[0] for name in cluster.fleet.images.images} | {REGISTRY}),
    }  # fmt: skip


def _own_first(pod: dict[str, dict[str, str]]) -> tuple[bool, str, str]:
    meta = pod["metadata"]
    return meta["namespace"] == "kube-system", meta["namespace"], meta["name"]


def broken_of(cluster: Cluster) -> dict[str, list[str]]:
    """What suffers from which fault now; [""] for one that strikes nothing in particular."""
    fleet, etcd = cluster.fleet, cluster.etcd
    off = [n for n in sorted(fleet.machines) if f"runtime/{n}" in fleet.turns.held]
    return {
        "power-off": off,
        "stop-kubelet": [n for n in sorted(fleet.machines) if f"kubelet/{n}" in fleet.turns.held and n not in off],
        "stop-component": [c for c in COMPONENTS if c in cluster.turns.held],
        "stop-etcd": sorted(etcd.down),
        "isolate-etcd": sorted(m for m in etcd.disks if etcd.cut and all(frozenset({m, o}) in etcd.cut for o in etcd.disks if o != m)),
        "lossy-etcd": [""] if etcd.loss else [],
        "registry-down": sorted(fleet.images.down),
        "memory-pressure": [n for n, m in sorted(fleet.machines.items()) if m.runtime.pressure_memory],
        "slow-registry": [""] if fleet.images.slow > 1 else [],
    }


async def _page(visit: Visit, status: int = 200, **more: str) -> HttpResponse:
    troubles = troubles_of(FAULTS, targets_of(visit), broken_of(visit.hosted.cluster))
    return await show(visit, "faults.html", frame(visit, "Trouble") | {"groups": troubles} | more, status=status)


@on_cluster
async def faults(visit: Visit) -> HttpResponse:
    return await _page(visit)


def work(visit: Visit, what: str, name: str, target: str) -> tuple[str, str]:
    """Cause or mend; returns (what to look for, what is wrong with the wish)."""
    if name not in FAULTS or what not in ("cause", "mend"):
        return "", f"do is cause or mend, and fault is one of {', '.join(FAULTS)}"
    refusal = visit.hosted.cluster.etcd.refusal()
    if name in KEPT and refusal:
        return "", f"a machine's power is kept in the store, and nothing can be written now ({refusal}); mend etcd first"
    fault, whom = FAULTS[name], f" ({target})" if target else ""
    try:
        if what == "cause":
            said = f"{fault.about}{whom}: done. {cause(visit.hosted.cluster, name, target)}"
        else:
            mend(visit.hosted.cluster, name, target)
            said = f"{fault.about}{whom}: mended. Look how the cluster finds its way back."
    except ApiError as error:
        return "", error.message
    except (UnknownTarget, ValueError) as error:
        return "", str(error)
    visit.hosted.ring()
    return said, ""


@require_POST
@on_cluster
async def act(visit: Visit) -> HttpResponse:
    sent = visit.request.POST
    said, wrong = work(visit, sent.get("do", ""), sent.get("fault", ""), sent.get("target", ""))
    if wrong:
        return await _page(visit, 422, wrong=wrong)
    if not visit.hosted.cluster.etcd.refusal():
        await visit.hosted.durable()
    await sync_to_async(messages.add_message)(visit.request, messages.SUCCESS, said, extra_tags="good")
    return redirect("faults", visit.row.name)
