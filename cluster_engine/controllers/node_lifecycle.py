"""Node lifecycle: notices nodes that stop reporting, says so in their conditions and taints, and in the readiness of their pods.

Models pkg/controller/nodelifecycle/node_lifecycle_controller.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.kernel.clock import parse_time, timestamp
from cluster_engine.machinery.manifest import changed
from cluster_engine.reconcile.actions import Action, Event, Patch, UpdateStatus, WakeAt
from cluster_engine.reconcile.controller import Controller, Watches
from cluster_engine.reconcile.ownership import deleting
from cluster_engine.reconcile.pods import condition, created, ready
from cluster_engine.reconcile.selection import labels_of
from cluster_engine.reconcile.settings import Settings
from cluster_engine.reconcile.taints import NOT_READY, UNREACHABLE, UNSCHEDULABLE, taints_of, with_taints
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
LEASES, LEASE_NAMESPACE = "leases.coordination.k8s.io", "kube-node-lease"
TAINT_OF = {
    ("Ready", "False"): NOT_READY,
    ("Ready", "Unknown"): UNREACHABLE,
    ("MemoryPressure", "True"): "node.kubernetes.io/memory-pressure",
    ("DiskPressure", "True"): "node.kubernetes.io/disk-pressure",
    ("NetworkUnavailable", "True"): "node.kubernetes.io/network-unavailable",
    ("PIDPressure", "True"): "node.kubernetes.io/pid-pressure",
}
NO_SCHEDULE = [(key, "NoSchedule") for key in (*TAINT_OF.values(), UNSCHEDULABLE)]
NO_EXECUTE = [(NOT_READY, "NoExecute"), (UNREACHABLE, "NoExecute")]
WATCHED = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure")
OLD_LABELS = {"kubernetes.io/os": "beta.kubernetes.io/os", "kubernetes.io/arch": "beta.kubernetes.io/arch"}
SKEW = 60.0


def controllers(settings: Settings) -> tuple[Controller, ...]:
    def reconcile(node: Manifest, view: View, now: float) -> Iterator[Action]:
        yield from _registered(node, view)
        due = _last_sign(node, view, now) + _grace(node, settings)
        if now >= due:
            silent = _silenced(node, now)
            if silent["status"] != node.get("status"):
                yield UpdateStatus("nodes", silent, f"no heartbeat of node {node['metadata']['name']} for {_grace(node, settings):.0f} s")
                yield from _not_ready(node, "NodeNotReady") if ready(node) else ()
                return
        else:
            yield WakeAt(due, "without another heartbeat the node counts as lost then")
        yield from _labels(node)
        yield from _taints(node, view, settings, now)
        if not ready(node):
            yield from _pods_not_ready(node, view, now)

    def gone(key: str, view: View, now: float) -> Iterator[Action]:
        uid = view.memory.setdefault("known", {}).pop(key, None)
        view.memory.setdefault("signs", {}).pop(key, None)
        if uid is not None:
            about = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": key, "uid": uid}}
            yield Event(about, "Normal", "RemovingNode", f"Node {key} event: Removing Node {key} from Controller")

    watches = (Watches("pods", keys_of_pod),)
    return (Controller("node-controller", "nodes", reconcile, watches=watches, reads=(LEASES,), gone=gone),)


def _registered(node: Manifest, view: View) -> Iterator[Action]:
    known, meta = view.memory.setdefault("known", {}), node["metadata"]
    if meta["name"] not in known:
        known[meta["name"]] = meta["uid"]
        yield Event(_named(node), "Normal", "RegisteredNode", f"Node {meta['name']} event: Registered Node {meta['name']} in Controller")


def _named(node: Manifest) -> Manifest:
    """The node as events of this loop refer to it: without a version."""
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": node["metadata"]["name"], "uid": node["metadata"]["uid"]}}


# -- signs of life


def _last_sign(node: Manifest, view: View, now: float) -> float:
    """When the node last gave a sign: it renewed its lease or reported its status. A clock that is far off is not believed."""
    name, entry = node["metadata"]["name"], condition(node, "Ready")
    lease = view.get(LEASES, LEASE_NAMESPACE, name)
    renewed = (lease or {}).get("spec", {}).get("renewTime")
    seen = (renewed, (entry or {}).get("lastHeartbeatTime"))
    signs = view.memory.setdefault("signs", {})
    before = signs.get(name)
    if before is None or before[0] != seen:
        moments = [parse_time(text) for text in seen if text]
        told = max(moments, default=created(node))
        signs[name] = (seen, told if before is not None and now - SKEW < told <= now + 1 else now)
        if not moments:
            signs[name] = (seen, created(node))
    return float(signs[name][1])


def _grace(node: Manifest, settings: Settings) -> float:
    return settings.node_monitor_grace_period if condition(node, "Ready") else settings.node_startup_grace_period


def _silenced(node: Manifest, now: float) -> Manifest:
    """The node with all that it would report itself turned Unknown."""
    conditions = [dict(c) for c in (node.get("status") or {}).get("conditions") or ()]
    stopped = {"status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}
    for entry in conditions:
        if entry["type"] in WATCHED and entry["status"] != "Unknown":
            entry |= stopped | {"lastTransitionTime": timestamp(now)}
    for type_ in WATCHED:
        if not any(c["type"] == type_ for c in conditions):
            never = {"reason": "NodeStatusNeverUpdated", "message": "Kubelet never posted node status."}
            times = {"lastHeartbeatTime": node["metadata"]["creationTimestamp"], "lastTransitionTime": timestamp(now)}
            conditions.append({"type": type_, "status": "Unknown"} | never | times)
    return changed(node, "status.conditions", conditions)


def _not_ready(node: Manifest, status: str) -> Iterator[Action]:
    yield Event(_named(node), "Normal", status, f"Node {node['metadata']['name']} status is now: {status}")


def _pods_not_ready(node: Manifest, view: View, now: float) -> Iterator[Action]:
    """Pods on a node that is not ready serve nobody, whatever their last report says."""
    name = node["metadata"]["name"]
    for pod in view.by_index("pods", "node", name):
        if not ready(pod) or deleting(pod):
            continue
        conditions = [c | {"status": "False", "lastTransitionTime": timestamp(now)} if c["type"] == "Ready" else c for c in pod["status"]["conditions"]]
        yield UpdateStatus("pods", changed(pod, "status.conditions", conditions), f"its node {name} is not ready")
        yield Event(pod, "Warning", "NodeNotReady", "Node is not ready")


# -- taints and labels


def _labels(node: Manifest) -> Iterator[Action]:
    labels = labels_of(node)
    wanted = {old: labels[new] for new, old in OLD_LABELS.items() if new in labels and labels.get(old) != labels[new]}
    if wanted:
        yield Patch("nodes", "", node["metadata"]["name"], {"metadata": {"labels": wanted}}, "the older label names follow the newer ones", type="strategic")


def _taints(node: Manifest, view: View, settings: Settings, now: float) -> Iterator[Action]:
    old, meta = taints_of(node), node["metadata"]
    states = {(c["type"], c["status"]) for c in (node.get("status") or {}).get("conditions") or ()}
    wanted = [(TAINT_OF[state], "NoSchedule") for state in TAINT_OF if state in states]
    if node["spec"].get("unschedulable"):
        wanted.append((UNSCHEDULABLE, "NoSchedule"))
    taints = with_taints(old, wanted, NO_SCHEDULE, now)
    execute = [(TAINT_OF[s], "NoExecute") for s in (("Ready", "False"), ("Ready", "Unknown")) if s in states]
    allowed, wake = _may_evict(node, execute, view, settings, now)
    if allowed is not None:
        taints = with_taints(taints, allowed, NO_EXECUTE, now)
    if wake is not None:
        yield WakeAt(wake, "its zone may lose another node then")
    if taints != old:
        yield Patch("nodes", "", meta["name"], {"metadata": {"resourceVersion": meta["resourceVersion"]}, "spec": {"taints": taints or None}}, _why(node))


def _why(node: Manifest) -> str:
    bad = [f"{c['type']} is {c['status']}" for c in (node.get("status") or {}).get("conditions") or () if (c["type"], c["status"]) in TAINT_OF]
    bad += ["it is cordoned"] if node["spec"].get("unschedulable") else []
    return f"the taints follow the node's conditions: {', '.join(bad) or 'nothing is wrong with it'}"


def _may_evict(node: Manifest, execute: list[tuple[str, str]], view: View, settings: Settings, now: float) -> tuple[list[tuple[str, str]] | None, float | None]:
    """The NoExecute taints that the node may have now (None: leave them), and when to ask again. A zone loses nodes only slowly."""
    if not execute:
        return [], None
    if _all_disrupted(view):
        return [], None
    if any((t["key"], t["effect"]) in NO_EXECUTE for t in taints_of(node)):
        return execute, None
    zone = zone_of(node)
    rate = eviction_rate([n for n in view.all("nodes") if zone_of(n) == zone], settings)
    next_at = view.memory.setdefault("zones", {})
    if not rate:
        return None, now + settings.node_monitor_period
    if now < next_at.get(zone, 0.0):
        return None, next_at[zone]
    next_at[zone] = now + 1 / rate
    return execute, None


def zone_of(node: Manifest) -> tuple[str, str]:
    labels = labels_of(node)
    return labels.get("topology.kubernetes.io/region", ""), labels.get("topology.kubernetes.io/zone", "")


def eviction_rate(nodes: list[Manifest], settings: Settings) -> float:
    """Nodes a second that a zone may lose: fewer when much of a large zone is down, for then it is the network that fails."""
    bad = sum(not ready(n) for n in nodes)
    if bad == len(nodes) or bad <= 2 or bad / len(nodes) < settings.unhealthy_zone_threshold:
        return settings.node_eviction_rate
    return settings.secondary_node_eviction_rate if len(nodes) > settings.large_cluster_size_threshold else 0.0


def _all_disrupted(view: View) -> bool:
    """Whether no node at all is ready: then the fault is rather here, and nothing is evicted."""
    return not any(ready(n) for n in view.all("nodes"))


def keys_of_pod(event: WatchEvent, view: View) -> Iterable[str]:
    """A pod that is ready on a node that is not."""
    name = event.object["spec"].get("nodeName", "")
    node = view.get("nodes", "", name) if name and event.type != "DELETED" and ready(event.object) else None
    return (name,) if node is not None and not ready(node) else ()
