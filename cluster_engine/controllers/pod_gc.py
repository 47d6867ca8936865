"""Pod garbage collector: removes pods that nobody will ever finish: on nodes that are gone, unbound and deleted, or too many done.

Models pkg/controller/podgc/gc_controller.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.kernel.clock import timestamp
from cluster_engine.reconcile.actions import Action, Delete, Patch, WakeAt
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.pods import condition, created, finished
from cluster_engine.reconcile.settings import Settings
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
QUARANTINE = 40.0
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
ORPHANED = "PodGC: node no longer exists"


def finished_index(pod: Manifest) -> tuple[str, ...]:
    """Index: all finished pods."""
    return ("yes",) if finished(pod) else ()


def controllers(settings: Settings) -> tuple[Controller, ...]:
    def reconcile(pod: Manifest, view: View, now: float) -> Iterator[Action]:
        node = pod["spec"].get("nodeName", "")
        if not node:
            if deleting(pod):
                yield from _remove(pod, now, "it is being deleted and was never bound to a node")
        elif view.get("nodes", "", node) is None:
            yield from _orphan(pod, node, view, now)
        else:
            view.memory.pop(node, None)
            if deleting(pod) and _out_of_service(view.get("nodes", "", node) or {}):
                yield from _remove(pod, now, f"its node {node} is out of service")
        if finished(pod) and not deleting(pod):
            yield from _surplus(pod, view, settings.terminated_pod_gc_threshold)

    watches = (Watches("nodes", keys_of_node),)
    return (Controller("pod-garbage-collector", "pods", reconcile, watches=watches, indices=(("pods", "finished", finished_index),)),)


def _orphan(pod: Manifest, node: str, view: View, now: float) -> Iterator[Action]:
    due = view.memory.setdefault(node, now) + QUARANTINE
    if now < due:
        yield WakeAt(due, f"node {node} may come back until then")
    else:
        yield from _remove(pod, now, f"its node {node} is gone", orphaned=True)


def _out_of_service(node: Manifest) -> bool:
    ready = condition(node, "Ready")
    tainted = any(t["key"] == OUT_OF_SERVICE for t in (node.get("spec") or {}).get("taints") or ())
    return tainted and (ready is None or ready["status"] != "True")


def _remove(pod: Manifest, now: float, why: str, orphaned: bool = False) -> Iterator[Action]:
    """Mark a pod as failed, since nobody else will, and delete it at once."""
    meta = pod["metadata"]
    if not finished(pod):
        status: Manifest = {"phase": "Failed"}
        if orphaned:
            entry = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC", "message": ORPHANED}
            status["conditions"] = [entry | {"lastTransitionTime": timestamp(now), "observedGeneration": meta.get("generation", 0)}]
        patch = {"metadata": {"uid": meta["uid"]}, "status": status}
        told = f"{why}, so nobody else will say that it has failed"
        yield Patch("pods", meta["namespace"], meta["name"], patch, told, type="strategic", subresource="status", or_gone=True)
    if not deleting(pod) or meta.get("deletionGracePeriodSeconds", 0) != 0:
        yield Delete("pods", meta["namespace"], meta["name"], why, meta["uid"], grace=0)


def _surplus(pod: Manifest, view: View, threshold: int) -> Iterator[Action]:
    """The oldest finished pods go when more than `threshold` of them stand around."""
    done = view.by_index("pods", "finished", "yes")
    if len(done) <= threshold:
        return
    oldest = sorted(done, key=lambda p: (created(p), key_of(p)))[: len(done) - threshold]
    if any(p is pod for p in oldest):
        meta = pod["metadata"]
        yield Delete("pods", meta["namespace"], meta["name"], f"{len(done)} finished pods stand around, {threshold} may", meta["uid"], grace=0)


def keys_of_node(event: WatchEvent, view: View) -> Iterable[str]:
    name = event.object["metadata"]["name"]
    return [key_of(pod) for pod in view.by_index("pods", "node", name)] if event.type == "DELETED" or event.previous is None else ()
