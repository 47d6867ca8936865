"""DaemonSet: one pod on every node that fits, following the nodes as they come, change and go.

Models pkg/controller/daemon/daemon_controller.go.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.controllers.daemonset.placement import placed_on, should_run
from cluster_engine.controllers.daemonset.update import GENERATION, REVISION, Replacement, bounds, replacement
from cluster_engine.reconcile.actions import Action, Delete, Event, UpdateStatus, WakeAt
from cluster_engine.reconcile.controller import Controller, Watches, controller_key
from cluster_engine.reconcile.history import History
from cluster_engine.reconcile.ownership import ORPHAN_INDEX, claim, controller_of, deleting, reference_to
from cluster_engine.reconcile.pods import BURST, POD_ORPHANS, available, create_pod, created, next_available, phase, pod_from, ready
from cluster_engine.reconcile.selection import annotations_of, fits, labels_of, selects_all
from cluster_engine.reconcile.taints import taints_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
RESOURCE = "daemonsets.apps"


@dataclass(frozen=True, slots=True)
class Daemons:
    """A daemon set at one moment: its pods by node, the nodes that should and that may run one, and its template's hash."""

    owner: Manifest
    by_node: dict[str, list[Manifest]]
    wanted: list[str]
    allowed: set[str]
    mark: str
    now: float


def reconcile(owner: Manifest, view: View, now: float) -> Iterator[Action]:
    selector = owner["spec"]["selector"]
    if selects_all(selector):
        yield Event(owner, "Warning", "SelectingAll", "This daemon set is selecting all pods. A non-empty selector is required.")
        return
    reference = reference_to(owner, "apps/v1", "DaemonSet")
    owned = view.controlled_by("pods", owner["metadata"]["uid"])
    orphans = view.by_index("pods", ORPHAN_INDEX, owner["metadata"]["namespace"])
    claimed = claim("pods", owner, reference, lambda p: fits(selector, labels_of(p)), owned, orphans)
    yield from claimed.actions
    history = History.of(owner, view, REVISION)
    if deleting(owner):
        return
    if writes := history.keep_up((owner.get("status") or {}).get("collisionCount", 0)):
        yield from writes
        return
    update = history.update
    assert update is not None
    state = _arranged(owner, claimed.objects, history.hash_of(update), view, now)
    yield from _manage(state)
    yield from _report(state)
    yield from history.truncated({labels_of(p).get(REVISION, "") for p in claimed.objects})


def _arranged(owner: Manifest, pods: list[Manifest], mark: str, view: View, now: float) -> Daemons:
    by_node: dict[str, list[Manifest]] = {}
    for pod in sorted(pods, key=created):
        if name := _node_of(pod):
            by_node.setdefault(name, []).append(pod)
    spec, wanted, allowed = owner["spec"]["template"]["spec"], list[str](), set[str]()
    for node in view.all("nodes"):
        runs, stays = should_run(spec, node)
        if runs:
            wanted.append(node["metadata"]["name"])
        if stays:
            allowed.add(node["metadata"]["name"])
    return Daemons(owner, by_node, wanted, allowed, mark, now)


def _node_of(pod: Manifest) -> str:
    """The node a pod is on, or meant for while it is not yet bound."""
    spec = pod["spec"]
    if spec.get("nodeName"):
        return str(spec["nodeName"])
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field["key"] == "metadata.name" and field.get("values"):
                return str(field["values"][0])
    return ""


# -- pods


def _manage(state: Daemons) -> Iterator[Action]:
    doomed: list[tuple[Manifest, str]] = []
    missing: list[str] = []
    for node in state.wanted:
        pods = state.by_node.get(node, [])
        if not pods:
            missing.append(node)
        for pod in pods:
            yield from _ended(state, pod)
        doomed += _spare(state, pods)
    for node, pods in state.by_node.items():
        if node not in state.allowed:
            doomed += [(p, f"node {node} should not run it") for p in pods if not deleting(p)]
    plan = _rolling(state)
    doomed += [(p, "its pod template is an older one") for p in plan.delete]
    yield from _create(state, missing + plan.surge)
    yield from _delete(state, doomed)


def _ended(state: Daemons, pod: Manifest) -> Iterator[Action]:
    """A daemon pod that ended is taken away, so that another can come."""
    if deleting(pod) or phase(pod) not in ("Failed", "Succeeded"):
        return
    failed = phase(pod) == "Failed"
    about = f"{key_of(pod)} on node {_node_of(pod)}, will try to {'kill' if failed else 'delete'} it"
    type_, reason = ("Warning", "FailedDaemonPod") if failed else ("Normal", "SucceededDaemonPod")
    yield Event(state.owner, type_, reason, f"Found {'failed' if failed else 'succeeded'} daemon pod {about}")
    yield from _delete(state, [(pod, "a daemon pod that has ended is replaced")])


def _spare(state: Daemons, pods: list[Manifest]) -> list[tuple[Manifest, str]]:
    """All but the oldest of several pods on a node, while no surge is under way."""
    running = [p for p in pods if not deleting(p) and phase(p) not in ("Failed", "Succeeded")]
    if bounds(state.owner, len(state.wanted))[0]:
        return []
    return [(p, "the node has another, older pod of the set") for p in running[1:]]


def _rolling(state: Daemons) -> Replacement:
    pods = {node: [p for p in state.by_node.get(node, []) if phase(p) not in ("Failed", "Succeeded")] for node in state.wanted}
    return replacement(state.owner, pods, len(state.wanted), state.mark, state.now)


def _create(state: Daemons, nodes: list[str]) -> Iterator[Action]:
    owner, template = state.owner, state.owner["spec"]["template"]
    pod = pod_from(template, owner, reference_to(owner, "apps/v1", "DaemonSet"))
    labels = {**(pod["metadata"].get("labels") or {}), REVISION: state.mark}
    if generation := annotations_of(owner).get(GENERATION):
        labels["pod-template-generation"] = generation
    for node in nodes[:BURST]:
        made = pod | {"metadata": pod["metadata"] | {"labels": labels}, "spec": placed_on(template["spec"], node)}
        yield create_pod(made, owner, f"node {node} fits and has no pod of the set")


def _delete(state: Daemons, doomed: list[tuple[Manifest, str]]) -> Iterator[Action]:
    seen: set[str] = set()
    for pod, why in doomed[:BURST]:
        meta = pod["metadata"]
        if meta["uid"] not in seen:
            seen.add(meta["uid"])
            yield Delete("pods", meta["namespace"], meta["name"], why, meta["uid"])
            yield Event(state.owner, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}")


# -- status


def _report(state: Daemons) -> Iterator[Action]:
    owner, status = state.owner, _status(state)
    if status != (owner.get("status") or {}):
        why = f"{status['currentNumberScheduled']} of {status['desiredNumberScheduled']} nodes have the pod, {status['numberReady']} are ready"
        yield UpdateStatus(RESOURCE, owner | {"status": status}, why)
    pods = [p for found in state.by_node.values() for p in found]
    moment = next_available(pods, owner["spec"].get("minReadySeconds", 0), state.now)
    if moment is not None:
        yield WakeAt(moment, "a ready pod becomes available")


def _status(state: Daemons) -> Manifest:
    owner, wanted = state.owner, set(state.wanted)
    first = {node: pods[0] for node, pods in state.by_node.items() if node in wanted and pods}
    able = sum(available(p, owner["spec"].get("minReadySeconds", 0), state.now) for p in first.values())
    counts = {
        "updatedNumberScheduled": sum(labels_of(p).get(REVISION) == state.mark for p in first.values()),
        "numberAvailable": able,
        "numberUnavailable": len(wanted) - able,
        "observedGeneration": owner["metadata"].get("generation", 0),
    }
    status: Manifest = {
        "currentNumberScheduled": len(first),
        "numberMisscheduled": sum(node not in wanted for node in state.by_node),
        "desiredNumberScheduled": len(wanted),
        "numberReady": sum(ready(p) for p in first.values()),
    } | {name: count for name, count in counts.items() if count}
    kept = {name: old for name, old in (owner.get("status") or {}).items() if name in ("collisionCount", "conditions")}
    return status | kept


# -- who wakes it


def keys_of_pod(event: WatchEvent, view: View) -> Iterable[str]:
    yield from controller_key("DaemonSet")(event, view)
    pod = event.object
    if event.type == "DELETED" or controller_of(pod) is not None:
        return
    for owner in view.all(RESOURCE, pod["metadata"]["namespace"]):
        if fits(owner["spec"]["selector"], labels_of(pod)):
            yield key_of(owner)


def keys_of_node(event: WatchEvent, view: View) -> Iterable[str]:
    """All daemon sets, when a node comes, goes, or changes in what decides about them."""
    before, node = event.previous, event.object
    if before is not None and event.type != "DELETED" and labels_of(before) == labels_of(node) and taints_of(before) == taints_of(node):
        return ()
    return [key_of(owner) for owner in view.all(RESOURCE)]


CONTROLLER = Controller(
    "daemon-set-controller",
    RESOURCE,
    reconcile,
    watches=(Watches("pods", keys_of_pod), Watches("nodes", keys_of_node), Watches("controllerrevisions.apps", controller_key("DaemonSet"))),
    indices=(POD_ORPHANS,),
    source="daemonset-controller",
)
