"""etcd's page: the members and how they agree, the tree of keys, and a hand on every member."""

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cluster_engine.faults import UnknownTarget, cause, mend
from cluster_engine.raft.node import NotLeader
from explorer.pages.visit import Visit, frame, on_cluster, show
from explorer.scenes.etcd import group_of, tree_of

# What a button does: the fault, and whether it is caused or mended.
FAULTS = {
    "stop": ("stop-etcd", cause), "start": ("stop-etcd", mend), "isolate": ("isolate-etcd", cause), "heal": ("isolate-etcd", mend),
}  # fmt: skip
SAID = {
    "stop": "{0} is stopped. Look whether a majority is left.",
    "start": "{0} starts from its disk. Look how it catches up.",
    "isolate": "{0} is cut off from all others. Look whom they elect, and whether it can win a vote.",
    "heal": "All links are whole again. Look how the members find one leader and one log.",
    "lead": "The lead is handed to {0}. Look at the new term.",
}
MOST_NAMESPACES = 40


@on_cluster
async def etcd(visit: Visit) -> HttpResponse:
    """The page, or what moves in it when htmx asks."""
    live = bool(getattr(visit.request, "htmx", False))
    context = frame(visit, "etcd") | {"live": live, "group": group_of(visit.hosted.cluster.etcd.inspect())} | _stored(visit)
    return await show(visit, "etcd-live.html" if live else "etcd.html", context)


def _stored(visit: Visit) -> dict[str, object]:
    store = visit.hosted.store
    kinds = [(kind.storage_prefix, kind.namespaced) for kind in visit.hosted.api.registry]
    namespaces = [r.key.rpartition("/")[2] for r in store.range("/registry/namespaces/", limit=MOST_NAMESPACES).records]
    watched = [watch.prefix for watch in store.watchers]
    return {
        "tree": tree_of(store.count, kinds, namespaces, watched), "keys": store.count("/registry/"), "watchers": len(watched),
        "durable": store.durable_revision, "leases": len(store.leases), "kept_from": store.compacted + 1,
    }  # fmt: skip


def work(visit: Visit, what: str, member: str) -> str:
    """Do it; returns what is wrong with the wish, or nothing."""
    cluster = visit.hosted.cluster
    try:
        if what in FAULTS:
            fault, act = FAULTS[what]
            act(cluster, fault, member)
        elif what == "lead":
            if member not in cluster.etcd.nodes:
                return f"{member or 'nobody'} is not up, so it cannot lead"
            cluster.etcd.move_leader(member)
        else:
            return f"do is one of {', '.join(SAID)}"
    except UnknownTarget as error:
        return str(error)
    except NotLeader as error:
        return f"{error.leader} leads already" if error.leader else "there is no leader that could hand the lead over"
    visit.hosted.ring()
    return ""


@require_POST
@on_cluster
async def act(visit: Visit) -> HttpResponse:
    what, member = visit.request.POST.get("do", ""), visit.request.POST.get("member", "")
    wrong = work(visit, what, member)
    if wrong:
        context = frame(visit, "etcd") | {"group": group_of(visit.hosted.cluster.etcd.inspect()), "wrong": wrong} | _stored(visit)
        return await show(visit, "etcd.html", context, status=422)
    await sync_to_async(messages.add_message)(visit.request, messages.SUCCESS, SAID[what].format(member), extra_tags="good")
    return redirect("etcd", visit.row.name)
