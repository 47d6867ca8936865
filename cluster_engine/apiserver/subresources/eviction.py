"""Eviction: a delete that asks the pod's disruption budgets first.

Models pkg/registry/core/pod/storage/eviction.go.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from cluster_engine.apiserver import admit, managed, storage
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.subresources.binding import created
from cluster_engine.apiserver.verbs.delete import check_preconditions, delete_record
from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery import selectors
from cluster_engine.machinery.manifest import Manifest, at
from cluster_engine.machinery.status import ApiError, bad_request
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

BUDGETS = "poddisruptionbudgets.policy"
EVICTION_KIND = ("policy", "v1", "Eviction")
VIOLATES = "Cannot evict pod as it would violate the pod's disruption budget."
MOST_DISRUPTED = 2_000


def evict(server: "APIServer", call: Call) -> Outcome:
    """Delete the pod if its budgets allow it. Raises 429 when they do not."""
    eviction: Manifest = call.body
    if (eviction.get("metadata") or {}).get("name", "") != call.name:
        raise bad_request("name in URL does not match name in Eviction object")
    request = admit.request_for(server, call, "CREATE", eviction, None, EVICTION_KIND)
    admit.mutate(server, request)
    admit.judge(server, request)
    options = eviction.get("deleteOptions") or {}
    if options.get("dryRun") == ["All"]:
        call.options = replace(call.options, dry_run=True)
    old = storage.find(server, call.kind, call.namespace, call.name)
    check_preconditions(replace(call, delete_options=options), old.object)
    if not _may_ignore_budgets(old.object):
        _take_from_budget(server, call, old.object)
    _delete(server, call, old, options)
    return Outcome(201, manifest=created())


def _may_ignore_budgets(pod: Manifest) -> bool:
    """Pods that have ended, that nobody runs yet, or that are going anyway disrupt nobody."""
    phase = at(pod, "status.phase")
    return phase in ("Succeeded", "Failed", "Pending") or bool(pod["metadata"].get("deletionTimestamp"))


def _is_ready(pod: Manifest) -> bool:
    return any(c.get("type") == "Ready" and c.get("status") == "True" for c in at(pod, "status.conditions") or ())


def _take_from_budget(server: "APIServer", call: Call, pod: Manifest) -> None:
    """Count the eviction in the pod's budget. Raises 429 when it allows none now, 500 when there are several."""
    kind = server.registry.get(BUDGETS)
    if kind is None:
        return
    records = server.store.range(kind.prefix(call.namespace)).records
    covering = [r for r in records if _covers(r.object, pod)]
    if not covering:
        return
    if len(covering) > 1:
        raise ApiError(500, "InternalError", "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
    budget = covering[0]
    if not _is_ready(pod) and _unhealthy_may_go(budget.object):
        return
    _count(server, call, budget, pod)


def _covers(budget: Manifest, pod: Manifest) -> bool:
    selector = at(budget, "spec.selector")
    return selector is not None and selectors.from_object(selector).matches(pod["metadata"].get("labels") or {})


def _unhealthy_may_go(budget: Manifest) -> bool:
    if at(budget, "spec.unhealthyPodEvictionPolicy") == "AlwaysAllow":
        return True
    healthy, desired = at(budget, "status.currentHealthy", 0), at(budget, "status.desiredHealthy", 0)
    return bool(healthy >= desired and desired > 0)


def _count(server: "APIServer", call: Call, budget: Record, pod: Manifest) -> None:
    obj: Manifest = budget.object
    status: Manifest = obj.get("status") or {}
    if status.get("observedGeneration", 0) < obj["metadata"].get("generation", 0):
        cause = f"The disruption budget {obj['metadata']['name']} is still being processed by the server."
        raise _refusal(cause, retry=10)
    allowed = status.get("disruptionsAllowed", 0)
    if allowed < 0:
        raise ApiError(403, "Forbidden", "pdb disruptions allowed is negative")
    disrupted = status.get("disruptedPods") or {}
    if len(disrupted) > MOST_DISRUPTED:
        raise ApiError(403, "Forbidden", "DisruptedPods map too big - too many evictions not confirmed by PDB controller")
    if allowed == 0:
        raise _refusal(_why_not(obj["metadata"]["name"], status))
    if call.options.dry_run:
        return
    entry = {**disrupted, pod["metadata"]["name"]: timestamp(call.now)}
    _write_budget(server, call, budget, {**obj, "status": {**status, "disruptionsAllowed": allowed - 1, "disruptedPods": entry}})


def _why_not(name: str, status: Manifest) -> str:
    """Why a budget allows no disruption."""
    needed, healthy = status.get("desiredHealthy", 0), status.get("currentHealthy", 0)
    failed = [c for c in status.get("conditions") or () if c.get("type") == "DisruptionAllowed" and c.get("reason") == "SyncFailed"]
    if failed:
        return f"The disruption budget {name} does not allow evicting pods currently because it failed sync: {failed[0].get('message', '')}"
    if healthy <= needed:
        return f"The disruption budget {name} needs {needed} healthy pods and has {healthy} currently"
    return f"The disruption budget {name} does not allow evicting pods currently"


def _refusal(cause: str, retry: int = 0) -> ApiError:
    details: Manifest = {"causes": [{"reason": "DisruptionBudget", "message": cause}]}
    error = ApiError(429, "TooManyRequests", VIOLATES, details)
    if retry:
        error.details = details | {"retryAfterSeconds": retry}
        error.headers["Retry-After"] = str(retry)
    return error


def _write_budget(server: "APIServer", call: Call, budget: Record, changed: Manifest) -> None:
    kind = server.registry[BUDGETS]
    meta = changed["metadata"]
    note = replace(call, kind=kind, version=kind.storage_version, name=meta["name"], subresource="status", why="an eviction uses up one allowed disruption")
    new = {**changed, "metadata": {**meta}}
    managed.on_update(server, note, budget.object, new)
    storage.write(server, note, new, budget)


def _delete(server: "APIServer", call: Call, old: Record, options: Manifest) -> None:
    """Mark the pod as a disruption target, then delete it as asked."""
    if not call.options.dry_run and not old.object["metadata"].get("deletionTimestamp"):
        marked = _marked(old.object, call.now)
        note = replace(call, subresource="eviction")
        managed.on_update(server, note, old.object, marked)
        old = storage.write(server, note, marked, old)
    delete = replace(call, verb="delete", subresource="", delete_options={k: v for k, v in options.items() if k != "preconditions"})
    delete_record(server, delete, old)


def _marked(pod: Manifest, now: float) -> Manifest:
    condition = {
        "type": "DisruptionTarget", "status": "True", "lastProbeTime": None, "lastTransitionTime": timestamp(now),
        "reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting",
    }  # fmt: skip
    status: Manifest = pod.get("status") or {}
    others = [c for c in status.get("conditions") or () if c.get("type") != "DisruptionTarget"]
    return {**pod, "metadata": {**pod["metadata"]}, "status": {**status, "conditions": [*others, condition]}}
