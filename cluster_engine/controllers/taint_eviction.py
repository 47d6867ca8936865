"""Taint eviction: deletes the pods of a node that do not bear its NoExecute taints, at once or when their patience ends.

Models pkg/controller/tainteviction/taint_eviction.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.manifest import changed
from cluster_engine.reconcile.actions import Action, Delete, Event, UpdateStatus, WakeAt
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.taints import taints_of, tolerates
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]


def reconcile(pod: Manifest, view: View, now: float) -> Iterator[Action]:
    meta, node = pod["metadata"], view.get("nodes", "", pod["spec"].get("nodeName", ""))
    taints = [t for t in taints_of(node or {}) if t["effect"] == "NoExecute"]
    started = view.memory
    if deleting(pod) or not taints:
        if started.pop(meta["uid"], None) is not None and not deleting(pod):
            yield Event(pod, "Normal", "TaintManagerEviction", f"Cancelling deletion of Pod {key_of(pod)}")
        return
    patience = _patience(taints, pod["spec"].get("tolerations") or ())
    if patience is None:
        started.pop(meta["uid"], None)
        return
    since = started.setdefault(meta["uid"], now) if patience else now
    if now < since + patience:
        yield WakeAt(since + patience, f"it bears the taint {taints[0]['key']} for {patience:.0f} s")
        return
    started.pop(meta["uid"], None)
    yield from _evict(pod, taints, now)


def _patience(taints: list[Manifest], tolerations: Iterable[Manifest]) -> float | None:
    """How many seconds the pod may stay: None for ever, 0 if it does not bear one of the taints."""
    borne = list(tolerations)
    if not all(any(tolerates(b, t) for b in borne) for t in taints):
        return 0.0
    used = [b for b in borne if any(tolerates(b, t) for t in taints)]
    limits = [float(max(0, b["tolerationSeconds"])) for b in used if b.get("tolerationSeconds") is not None]
    return min(limits, default=None)


def _evict(pod: Manifest, taints: list[Manifest], now: float) -> Iterator[Action]:
    meta = pod["metadata"]
    why = f"it does not bear the taint {taints[0]['key']} of its node {pod['spec']['nodeName']} any longer"
    yield Event(pod, "Normal", "TaintManagerEviction", f"Marking for deletion Pod {key_of(pod)}")
    kept = [c for c in (pod.get("status") or {}).get("conditions") or () if c["type"] != "DisruptionTarget"]
    entry = {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager", "message": "Taint manager: deleting due to NoExecute taint"}
    stamped = entry | {"lastTransitionTime": timestamp(now), "observedGeneration": meta.get("generation", 0)}
    yield UpdateStatus("pods", changed(pod, "status.conditions", [*kept, stamped]), why)
    yield Delete("pods", meta["namespace"], meta["name"], why, meta["uid"])


def keys_of_node(event: WatchEvent, view: View) -> Iterable[str]:
    """The pods of a node whose taints changed."""
    before = taints_of(event.previous) if event.previous is not None else []
    if before == taints_of(event.object) and event.previous is not None:
        return ()
    return [key_of(pod) for pod in view.by_index("pods", "node", event.object["metadata"]["name"])]


CONTROLLER = Controller("taint-eviction-controller", "pods", reconcile, watches=(Watches("nodes", keys_of_node),), account="node-controller")
