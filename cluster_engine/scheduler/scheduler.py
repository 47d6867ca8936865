"""The scheduler component: watches pods and nodes, places one pod a step, and writes one Binding for it.

Models pkg/scheduler/{scheduler,schedule_one,eventhandlers}.go.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from cluster_engine.client.client import Client, WatchEvent
from cluster_engine.kernel.chance import Chance
from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.selectors import Selector, from_object
from cluster_engine.machinery.status import ApiError
from cluster_engine.reconcile.view import Informers
from cluster_engine.scheduler.cycle import Cycle, Verdicts
from cluster_engine.scheduler.decision import Attempt, mean_score
from cluster_engine.scheduler.explain import summary
from cluster_engine.scheduler.framework import Code, CycleState
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.preemption import Candidate, preempt
from cluster_engine.scheduler.profile import DEFAULT_NAME, Profile
from cluster_engine.scheduler.queue import Queued, SchedulingQueue
from cluster_engine.scheduler.snapshot import Snapshot
from cluster_engine.scheduler.volumes import prepare_volumes

Manifest = dict[str, Any]
Record = Callable[[Manifest, str, str, str, str], None]
ATTEMPTS_KEPT = 200
RETRY = 1.0
NO_NODES = "no nodes available to schedule pods"
WATCHED = (
    "persistentvolumeclaims", "persistentvolumes", "storageclasses.storage.k8s.io", "csinodes.storage.k8s.io", "services", "namespaces",
    "replicasets.apps", "statefulsets.apps", "replicationcontrollers", "poddisruptionbudgets.policy",
)  # fmt: skip


class Scheduler:
    """A Component. `record(about, type, reason, action, message)` writes an events.k8s.io event."""

    def __init__(self, name: str, client: Client, record: Record, chance: Chance, profiles: Sequence[Profile] = (Profile(),)) -> None:
        self.name = name
        self._client, self._record, self._chance = client, record, chance
        self.profiles = tuple(profiles)
        self.start()

    def start(self) -> None:
        """Begin with empty caches, as a fresh process."""
        self.queue = SchedulingQueue()
        self.snapshot = Snapshot()
        self.attempts: deque[Attempt] = deque(maxlen=ATTEMPTS_KEPT)
        self.counts = {"scheduled": 0, "unschedulable": 0, "error": 0, "preemptions": 0}
        self._cycles = {p.name: Cycle(p, self._chance.fork(p.name)) for p in self.profiles}
        self._nominated: dict[str, tuple[PodInfo, str]] = {}
        self._now = 0.0
        self._retry_at: float | None = None
        self.informers = Informers(self._client)
        self._selectors: dict[str, Selector | None] = {}
        self._listen()

    def stop(self) -> None:
        self.informers.stop()
        self.start()

    def _listen(self) -> None:
        self.informers.of("nodes").add_handler(self._on_node)
        self.informers.of("pods").add_handler(self._on_pod)
        for resource in WATCHED:
            self.informers.of(resource).add_handler(self._other_handler(resource))
        self.snapshot.objects = {
            "lookup": lambda resource, namespace, name: self.informers.of(resource).get(namespace, name),
            "every": lambda resource: self.informers.of(resource).all(),
            "namespace_labels": self._namespace_labels,
            "fellows": self._fellows,
        }

    # -- what changes tell

    def _on_node(self, event: WatchEvent) -> None:
        name = event.object["metadata"]["name"]
        if event.type == "DELETED":
            self.snapshot.remove_node(name)
        elif event.previous is None or _node_changed(event.previous, event.object):
            self.snapshot.set_node(event.object)
        else:
            return
        self._wake("nodes", event)

    def _on_pod(self, event: WatchEvent) -> None:
        pod = event.object
        uid, spec = pod["metadata"].get("uid", ""), pod["spec"]
        if event.type == "DELETED" or pod.get("status", {}).get("phase") in ("Succeeded", "Failed"):
            was_placed = bool(spec.get("nodeName"))
            self.snapshot.forget(uid)
            self._drop(uid)
            if was_placed:
                self._wake("pods", WatchEvent("DELETED", pod, event.revision, event.previous))
        elif spec.get("nodeName"):
            self._drop(uid)
            self.snapshot.set_pod(PodInfo(pod))
            if event.previous is None or _pod_changed(event.previous, pod):
                self._wake("pods", event)
        elif spec.get("schedulerName", DEFAULT_NAME) in self._cycles:
            self._enqueue(PodInfo(pod), event)

    def _drop(self, uid: str) -> None:
        self.queue.remove(uid)
        self._nominated.pop(uid, None)

    def _enqueue(self, pod: PodInfo, event: WatchEvent) -> None:
        self._nominate(pod)
        queued = self.queue.find(pod.uid)
        if pod.terminating and queued is None:
            return
        if queued is not None and pod.uid not in self.queue.gated:
            changed = event.previous is not None and event.previous["spec"] != pod.spec
            queued.pod = pod
            if changed:
                self._wake("pods", event)
            return
        queued = Queued(pod, queued.since if queued else self._now)
        self.queue.remove(pod.uid)
        for plugin in self._cycle(pod).plugins:
            verdict = plugin.pre_enqueue(pod)
            if not verdict.ok:
                queued.message, queued.refused_by = verdict.reasons[0], frozenset({plugin.name})
                self.queue.gate(queued)
                return
        self.queue.activate(queued)

    def _nominate(self, pod: PodInfo) -> None:
        nominated = pod.manifest.get("status", {}).get("nominatedNodeName")
        if nominated:
            self._nominated[pod.uid] = (pod, nominated)
        else:
            self._nominated.pop(pod.uid, None)

    def _other_handler(self, resource: str) -> Callable[[WatchEvent], None]:
        def handle(event: WatchEvent) -> None:
            if resource in ("services", "replicasets.apps", "statefulsets.apps", "replicationcontrollers"):
                self._selectors.clear()
            else:
                self._wake(resource, event)

        return handle

    def _wake(self, resource: str, event: WatchEvent) -> None:
        if not self.queue.unschedulable:
            return
        change = {"ADDED": "added", "MODIFIED": "updated", "DELETED": "deleted"}[event.type]

        def helps(queued: Queued) -> bool:
            plugins = self._cycle(queued.pod).by_name
            return not queued.refused_by or any(
                plugins[name].helps(resource, change, queued.pod, event.previous, event.object) for name in queued.refused_by if name in plugins
            )

        self.queue.wake(helps, self._now)

    def _cycle(self, pod: PodInfo) -> Cycle:
        return self._cycles[pod.spec.get("schedulerName", DEFAULT_NAME)]

    def _namespace_labels(self, name: str) -> dict[str, str]:
        found = self.informers.of("namespaces").get("", name)
        return (found or {}).get("metadata", {}).get("labels") or {}

    def _fellows(self, pod: PodInfo) -> Selector | None:
        """What the pod's services and controller select together, for default spreading. Models helper.DefaultSelector."""
        owner = next((o for o in pod.manifest["metadata"].get("ownerReferences", ()) if o.get("controller")), None)
        key = f"{pod.namespace}/{owner['uid'] if owner else ''}/{sorted(pod.labels.items())}"
        if key not in self._selectors:
            self._selectors[key] = self._make_fellows(pod, owner)
        return self._selectors[key]

    def _make_fellows(self, pod: PodInfo, owner: Manifest | None) -> Selector | None:
        labels: dict[str, str] = {}
        expressions: list[Manifest] = []
        for service in self.informers.of("services").all(pod.namespace):
            selector = service["spec"].get("selector")
            if selector and all(pod.labels.get(k) == v for k, v in selector.items()):
                labels.update(selector)
        resource = {"ReplicaSet": "replicasets.apps", "StatefulSet": "statefulsets.apps", "ReplicationController": "replicationcontrollers"}
        if owner is not None and owner["kind"] in resource:
            found = self.informers.of(resource[owner["kind"]]).get(pod.namespace, owner["name"])
            selector = (found or {}).get("spec", {}).get("selector") or {}
            labels.update(selector if owner["kind"] == "ReplicationController" else selector.get("matchLabels") or {})
            expressions = [] if owner["kind"] == "ReplicationController" else list(selector.get("matchExpressions") or ())
        if not labels and not expressions:
            return None
        return from_object({"matchLabels": labels, "matchExpressions": expressions})

    # -- working

    def step(self, now: float) -> bool:
        """Take in changes and place the next pod."""
        self._now = now
        if self._retry_at is not None and now < self._retry_at:
            return False
        try:
            self.informers.pump()
        except ApiError:
            self._retry_at = now + RETRY
            return False
        self._retry_at = None
        self.queue.tick(now)
        queued = self.queue.pop()
        if queued is None:
            return False
        self._place(queued, now)
        return True

    def next_wake(self, now: float) -> float | None:
        if self._retry_at is not None:
            return self._retry_at
        due = self.queue.next_due()
        return None if due is None else max(now, due)

    def _place(self, queued: Queued, now: float) -> None:
        pod, cycle = queued.pod, self._cycle(queued.pod)
        queued.attempts += 1
        if pod.terminating:
            return
        nominated = [entry for uid, entry in self._nominated.items() if uid != pod.uid]
        verdicts, state = cycle.decide(pod, self.snapshot, nominated)
        if verdicts.chosen:
            self._bind(queued, cycle, state, verdicts, now)
        else:
            self._refuse(queued, cycle, state, verdicts, now)

    def _bind(self, queued: Queued, cycle: Cycle, state: CycleState, verdicts: Verdicts, now: float) -> None:
        pod, node = queued.pod, verdicts.chosen
        why = why_chosen(cycle.profile, verdicts)
        because = (int(pod.manifest["metadata"].get("resourceVersion") or 0),)
        binding = {
            "apiVersion": "v1", "kind": "Binding", "metadata": {"name": pod.name, "namespace": pod.namespace, "uid": pod.uid},
            "target": {"kind": "Node", "name": node},
        }  # fmt: skip
        self.snapshot.assume(pod, node)
        try:
            if not prepare_volumes(self._client, state, node, self.informers):
                self._wait_for_volumes(queued, now)
                return
            self._client.create("pods", binding, subresource="binding", why=why, because=because)
        except ApiError as error:
            self._fail(queued, cycle, verdicts, error, now)
            return
        self._nominated.pop(pod.uid, None)
        self.counts["scheduled"] += 1
        self._record(pod.manifest, "Normal", "Scheduled", "Binding", f"Successfully assigned {pod.key} to {node}")
        self._keep(queued, cycle, verdicts, "bound", "", why, now)

    def _wait_for_volumes(self, queued: Queued, now: float) -> None:
        self.snapshot.forget(queued.pod.uid)
        queued.refused_by = frozenset({"VolumeBinding"})
        queued.attempts -= 1
        self.queue.refuse(queued, now - queued.backoff)

    def _fail(self, queued: Queued, cycle: Cycle, verdicts: Verdicts, error: ApiError, now: float) -> None:
        self.snapshot.forget(queued.pod.uid)
        if error.code == 404:
            return
        self.counts["error"] += 1
        self.queue.back_off(queued, now)
        self._keep(queued, cycle, verdicts, "error", error.message, "the API server refused the Binding", now)

    def _refuse(self, queued: Queued, cycle: Cycle, state: CycleState, verdicts: Verdicts, now: float) -> None:
        pod = queued.pod
        outcome_message, candidate = "not found", None
        nodes = len(self.snapshot.nodes())
        if verdicts.pre_filter is None and nodes:
            budgets = self.informers.of("poddisruptionbudgets.policy").all(pod.namespace)
            outcome = preempt(cycle, state, pod, self.snapshot, verdicts, budgets)
            candidate, outcome_message = outcome.candidate, f"no new claims to deallocate, preemption: {outcome.message}"
        refusals = list(verdicts.failed.values())
        reasons = ", ".join(verdicts.pre_filter.reasons) if verdicts.pre_filter else ""
        message = summary(nodes, refusals, reasons, "" if candidate else outcome_message) if nodes else NO_NODES
        queued.message = message
        queued.refused_by = frozenset({verdicts.pre_filter.plugin} if verdicts.pre_filter else {v.plugin for v in refusals})
        self.counts["unschedulable"] += 1
        self.queue.refuse(queued, now)
        victims: tuple[str, ...] = ()
        try:
            if candidate is not None:
                victims = self._evict(pod, candidate, now)
            self._write_refusal(pod, message, candidate.node if candidate else "", now)
        except ApiError:
            self.queue.remove(pod.uid)
            self.queue.back_off(queued, now)
        self._record(pod.manifest, "Warning", "FailedScheduling", "Scheduling", message)
        result = "preempting" if candidate else "unschedulable"
        self._keep(queued, cycle, verdicts, result, message, f"no node passed every filter: {message}", now, victims)

    def _write_refusal(self, pod: PodInfo, message: str, nominated: str, now: float) -> None:
        status: Manifest = pod.manifest.get("status", {})
        old = next((c for c in status.get("conditions", ()) if c["type"] == "PodScheduled"), None)
        unchanged = old is not None and old.get("status") == "False" and old.get("message") == message and old.get("reason") == "Unschedulable"
        if unchanged and status.get("nominatedNodeName", "") == nominated:
            return
        transition = old["lastTransitionTime"] if old is not None and old.get("status") == "False" else timestamp(now)
        condition = {
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
            "lastProbeTime": None, "lastTransitionTime": transition,
        }  # fmt: skip
        patch = condition_patch(pod, condition)
        if nominated:
            patch["status"]["nominatedNodeName"] = nominated
        self._client.patch("pods", pod.namespace, pod.name, patch, type="strategic", subresource="status", why=f"no node fits: {message}")

    def _evict(self, pod: PodInfo, candidate: Candidate, now: float) -> tuple[str, ...]:
        """Ask the victims to go, and reserve the node."""
        message = f"{pod.spec.get('schedulerName', DEFAULT_NAME)}: preempting to accommodate a higher priority pod"
        why = f"{pod.key} has priority {pod.priority} and fits on {candidate.node} without this pod"
        condition = {
            "type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler", "message": message, "lastProbeTime": None,
            "lastTransitionTime": timestamp(now),
        }  # fmt: skip
        for victim in candidate.victims:
            if victim.terminating:
                continue
            try:
                patch = condition_patch(victim, condition)
                self._client.patch("pods", victim.namespace, victim.name, patch, type="strategic", subresource="status", why=why)
                self._client.delete("pods", victim.namespace, victim.name, uid=victim.uid, why=why)
            except ApiError as error:
                if error.code != 404:
                    raise
                continue
            self._record(victim.manifest, "Normal", "Preempted", "Preempting", f"Preempted by pod {pod.uid} on node {candidate.node}")
        self.counts["preemptions"] += 1
        self._nominated[pod.uid] = (pod, candidate.node)
        return tuple(v.key for v in candidate.victims)

    # -- for pages

    def _keep(self, queued: Queued, cycle: Cycle, verdicts: Verdicts, result: str, message: str, why: str, now: float, victims: tuple[str, ...] = ()) -> None:
        pod = queued.pod
        self.attempts.append(Attempt(now, pod.key, pod.uid, queued.attempts, result, message, why, verdicts, cycle.profile, victims))

    def explain(self, uid: str) -> Attempt | None:
        """The newest attempt for a pod."""
        return next((a for a in reversed(self.attempts) if a.uid == uid), None)

    def inspect(self) -> dict[str, Any]:
        waiting = [{"pod": q.pod.key, "uid": q.pod.uid, "place": place, "attempts": q.attempts, "message": q.message} for place, q in self.queue.waiting()]
        places = {p: len(getattr(self.queue, p)) for p in ("active", "backing_off", "unschedulable", "gated")}
        return {
            "queue": len(self.queue), "places": places, "waiting": waiting[:50], "last": [a.summary() for a in reversed(self.attempts)][:40],
            "newest": self.attempts[-1].matrix() if self.attempts else None, "profiles": [p.name for p in self.profiles], "metrics": dict(self.counts),
        }  # fmt: skip


def condition_patch(pod: PodInfo, condition: Manifest) -> Manifest:
    """A strategic merge patch that sets one condition and keeps the order of the others, a new one last."""
    order = [c["type"] for c in pod.manifest.get("status", {}).get("conditions", ())]
    if condition["type"] not in order:
        order.append(condition["type"])
    return {"status": {"$setElementOrder/conditions": [{"type": t} for t in order], "conditions": [condition]}}


def why_chosen(profile: Profile, verdicts: Verdicts) -> str:
    """One sentence on why this node won."""
    if not verdicts.totals:
        return f"{verdicts.chosen} is the only node that passed every filter"
    ranked = sorted(verdicts.totals.items(), key=lambda e: -e[1])
    best = verdicts.totals[verdicts.chosen]
    rivals = [(name, total) for name, total in ranked if name != verdicts.chosen]
    own = mean_score(best, verdicts, profile)
    if rivals[0][1] == best:
        return f"{verdicts.chosen} scored {own}, as well as {rivals[0][0]}; chance chose between them"
    return f"{verdicts.chosen} scored {own}, the next best, {rivals[0][0]}, {mean_score(rivals[0][1], verdicts, profile)}"


def _node_changed(old: Manifest, new: Manifest) -> bool:
    """Whether anything that a plugin looks at has changed; a heartbeat alone has not."""
    if old.get("spec") != new.get("spec") or old["metadata"].get("labels") != new["metadata"].get("labels"):
        return True
    before, after = old.get("status", {}), new.get("status", {})
    return bool(before.get("allocatable") != after.get("allocatable") or before.get("images") != after.get("images"))


def _pod_changed(old: Manifest, new: Manifest) -> bool:
    if old["spec"] != new["spec"] or old["metadata"].get("labels") != new["metadata"].get("labels"):
        return True
    return ("deletionTimestamp" in old["metadata"]) != ("deletionTimestamp" in new["metadata"])


__all__ = ["Code", "Scheduler", "why_chosen"]
