"""HorizontalPodAutoscaler: every fifteen seconds compares what pods use with what they should, and sets the size of their set.

Models pkg/controller/podautoscaler/horizontal.go.
"""

from collections.abc import Iterator
from typing import Any

from cluster_engine.controllers.horizontalpodautoscaler.limits import Past, limit
from cluster_engine.controllers.horizontalpodautoscaler.metrics import REASONS, Asked, Target, ask
from cluster_engine.controllers.horizontalpodautoscaler.proposal import NoMetric
from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery import selectors
from cluster_engine.machinery.manifest import at
from cluster_engine.machinery.status import not_found
from cluster_engine.reconcile.actions import Action, Event, Update, UpdateStatus, WakeAt
from cluster_engine.reconcile.controller import Controller
from cluster_engine.reconcile.selection import labels_of
from cluster_engine.reconcile.settings import Settings
from cluster_engine.reconcile.view import View
from cluster_engine.resources.kind import Kind

Manifest = dict[str, Any]
RESOURCE, PERIOD = "horizontalpodautoscalers.autoscaling", 15.0


def controllers(settings: Settings) -> tuple[Controller, ...]:
    def reconcile(hpa: Manifest, view: View, now: float) -> Iterator[Action]:
        state = State(hpa, view, now, settings)
        due = state.next_look()
        if due > now:
            yield WakeAt(due, "metrics are looked at every fifteen seconds")
            return
        yield from state.decide()
        yield WakeAt(now + PERIOD, "metrics are looked at every fifteen seconds")

    def gone(key: str, view: View, now: float) -> Iterator[Action]:
        view.memory.pop(key, None)
        yield from ()

    return (Controller("horizontal-pod-autoscaler", RESOURCE, reconcile, reads=("pods",), gone=gone),)


class State:
    """One look at one autoscaler: the status and the actions as they come about."""

    def __init__(self, hpa: Manifest, view: View, now: float, settings: Settings) -> None:
        self.hpa, self.view, self.now, self.settings = hpa, view, now, settings
        self.conditions = [dict(c) for c in at(hpa, "status.conditions") or ()]
        self.told: list[Action] = []

    def next_look(self) -> float:
        """Once a period, however often its status changes; a change of its spec is looked at when that comes."""
        meta = self.hpa["metadata"]
        looks = self.view.memory
        key = f"{meta['namespace']}/{meta['name']}"
        if looks.get(key, (0.0, ""))[0] > self.now - PERIOD and looks[key][1] == meta["uid"]:
            return float(looks[key][0]) + PERIOD
        looks[key] = (self.now, meta["uid"])
        return self.now

    @property
    def past(self) -> Past:
        found = self.view.memory.setdefault("past", {}).setdefault(self.hpa["metadata"]["uid"], Past())
        assert isinstance(found, Past)
        return found

    def decide(self) -> Iterator[Action]:
        reference = self.hpa["spec"]["scaleTargetRef"]
        kind = self.view.kinds.by_kind(reference["apiVersion"], reference["kind"])
        target = self.view.get(kind.name, self.hpa["metadata"]["namespace"], reference["name"]) if kind is not None else None
        if kind is None or kind.scale is None or target is None:
            error = not_found(kind.group, kind.plural, reference["name"]).message if kind else f'no matches for kind "{reference["kind"]}"'
            self.told.append(Event(self.hpa, "Warning", "FailedGetScale", error))
            self.set("AbleToScale", "False", "FailedGetScale", f"the HPA controller was unable to get the target's current scale: {error}")
            yield from self.report(None, int(at(self.hpa, "status.desiredReplicas", 0)), None, False)
            return
        self.set("AbleToScale", "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale")
        yield from self._scale(kind, target)

    def _scale(self, kind: Kind, target: Manifest) -> Iterator[Action]:
        assert kind.scale is not None
        spec, current = self.hpa["spec"], int(at(target, kind.scale.replicas, 1))
        least = int(spec.get("minReplicas", 1))
        shown: list[Manifest] | None = at(self.hpa, "status.currentMetrics")
        if current == 0 and least != 0:
            self.set("ScalingActive", "False", "ScalingDisabled", "scaling is disabled since the replica count of the target is zero")
            desired, reason = 0, ""
        elif current > spec["maxReplicas"]:
            desired, reason = int(spec["maxReplicas"]), "Current number of replicas above Spec.MaxReplicas"
        elif current < least:
            desired, reason = least, "Current number of replicas below Spec.MinReplicas"
        else:
            wanted = self._from_metrics(kind, target, current)
            if wanted is None:
                yield from self.report(current, int(at(self.hpa, "status.desiredReplicas", 0)), [{"type": ""} for _ in spec.get("metrics") or ()], False)
                return
            (desired, reason), shown = wanted
        if desired != current:
            yield from self._resize(kind, target, current, desired, reason)
        yield from self.report(current, desired, shown, desired != current)

    # -- metrics

    def _from_metrics(self, kind: Kind, target: Manifest, current: int) -> tuple[tuple[int, str], list[Manifest]] | None:
        assert kind.scale is not None
        selector = selectors.to_text(_as_selector(at(target, kind.scale.selector)))
        chosen = selectors.parse(selector)
        namespace = self.hpa["metadata"]["namespace"]
        pods = [p for p in self.view.all("pods", namespace) if chosen.matches(labels_of(p))]
        about = Target(namespace, selector, current, pods, self.now)
        answers, failures = list[Asked](), list[tuple[str, str]]()
        for metric in self.hpa["spec"].get("metrics") or ():
            try:
                answers.append(ask(metric, about, self.settings))
            except NoMetric as error:
                failures.append((REASONS[metric["type"]], str(error)))
                self.told.append(Event(self.hpa, "Warning", *failures[-1]))
        best = max(answers, key=lambda a: a.replicas, default=None)
        if best is None or (failures and best.replicas < current):
            self._no_metrics(failures)
            return None
        self.set("ScalingActive", "True", "ValidMetricFound", f"the HPA was able to successfully calculate a replica count from {best.name}")
        limited = limit(self.hpa, current, best.replicas, self.past, self.now)
        self.set("AbleToScale", "True", *limited.able)
        self.set("ScalingLimited", *limited.limited)
        reason = f"{best.name} above target" if limited.replicas > current else "All metrics below target"
        return (limited.replicas, reason), [a.status for a in answers]

    def _no_metrics(self, failures: list[tuple[str, str]]) -> None:
        reason, message = failures[0]
        self.set("ScalingActive", "False", reason, f"the HPA was unable to compute the replica count: {message}")
        total = len(self.hpa["spec"].get("metrics") or ())
        told = f"invalid metrics ({len(failures)} invalid out of {total}), first error is: {_long(self.hpa, message)}"
        self.told.append(Event(self.hpa, "Warning", "FailedComputeMetricsReplicas", told))

    # -- effects

    def _resize(self, kind: Kind, target: Manifest, current: int, desired: int, reason: str) -> Iterator[Action]:
        meta = target["metadata"]
        scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": meta["name"], "namespace": meta["namespace"]}}
        yield Update(kind.name, scale | {"spec": {"replicas": desired}}, f"{current} replicas: {reason}", subresource="scale")
        self.past.changes = [(t, c) for t, c in self.past.changes if t > self.now - 3600] + [(self.now, desired - current)]
        self.set("AbleToScale", "True", "SucceededRescale", f"the HPA controller was able to update the target scale to {desired}")
        self.told.append(Event(self.hpa, "Normal", "SuccessfulRescale", f"New size: {desired}; reason: {reason}"))

    def set(self, type_: str, status: str, reason: str, message: str) -> None:
        entry = next((c for c in self.conditions if c["type"] == type_), None)
        if entry is None:
            entry = {"type": type_, "status": ""}
            self.conditions.append(entry)
        if entry["status"] != status:
            entry["lastTransitionTime"] = timestamp(self.now)
        entry |= {"status": status, "reason": reason, "message": message}

    def report(self, current: int | None, desired: int, metrics: list[Manifest] | None, rescaled: bool) -> Iterator[Action]:
        old = self.hpa.get("status") or {}
        status: Manifest = {"desiredReplicas": desired, "currentMetrics": metrics, "conditions": self.conditions}
        if current is not None and current:
            status["currentReplicas"] = current
        if rescaled:
            status["lastScaleTime"] = timestamp(self.now)
        elif "lastScaleTime" in old:
            status["lastScaleTime"] = old["lastScaleTime"]
        if "observedGeneration" in old:
            status["observedGeneration"] = old["observedGeneration"]
        if status != old:
            yield UpdateStatus(RESOURCE, self.hpa | {"status": status}, f"{desired} replicas are desired")
        yield from self.told


def _as_selector(found: Any) -> Manifest:
    """A selector as an object, whether it stands as one or as a plain map."""
    if not isinstance(found, dict):
        return {}
    return found if "matchLabels" in found or "matchExpressions" in found else {"matchLabels": found}


def _long(hpa: Manifest, message: str) -> str:
    metric = (hpa["spec"].get("metrics") or [{}])[0]
    name = at(metric, "resource.name")
    return f"failed to get {name} resource metric value: {message}" if name else message
