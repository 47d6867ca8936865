"""Delete: preconditions, grace, propagation and finalizers decide whether an object goes now or only begins to go.

Models k8s.io/apiserver/pkg/registry/{rest/delete.go,generic/registry/store.go} and endpoints/handlers/delete.go.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cluster_engine.apiserver import admit, storage
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.kernel.clock import parse_time, timestamp
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError, conflict
from cluster_engine.resources.kind import Kind
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
KEEPS_UNTIL_EMPTY = (
    "The system is ensuring all content is removed from this namespace.  Upon completion, this namespace will automatically be purged by the system."
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a delete does: write `next` first (None: nothing to write), then remove the object when `remove`."""

    next: Manifest | None
    remove: bool


def delete(server: "APIServer", call: Call) -> Outcome:
    """Delete one object, or begin to."""
    old = storage.find(server, call.kind, call.namespace, call.name)
    return delete_record(server, call, old)


def delete_record(server: "APIServer", call: Call, old: Record) -> Outcome:
    request = admit.request_for(server, call, "DELETE", None, old.object)
    admit.mutate(server, request)
    check_preconditions(call, old.object)
    _warn_of_orphans(call)
    plan = plan_for(call.kind, old.object, call.delete_options, call.now)
    admit.judge(server, request)
    call.trace.passed("validate", "may go", server.stopwatch)
    return _carry_out(server, call, old, plan)


def _warn_of_orphans(call: Call) -> None:
    """Where a delete leaves dependents behind by default, whoever did not say so is told."""
    options = call.delete_options
    if call.kind.delete_warning and not options.get("propagationPolicy") and options.get("orphanDependents") is None:
        call.warnings.append(call.kind.delete_warning)


def _carry_out(server: "APIServer", call: Call, old: Record, plan: Plan) -> Outcome:
    last: Manifest = plan.next if plan.next is not None else old.object
    if call.options.dry_run:
        return _answer(call.kind, old, Outcome(manifest=last), gone=plan.remove)
    if plan.next is not None:
        old = storage.write(server, call, plan.next, old)
        if not plan.remove:
            return _accepted(call, Outcome(record=old))
    elif not plan.remove:
        return _accepted(call, Outcome(record=old))
    removed = server.gone(call, old)
    return _answer(call.kind, old, Outcome(manifest=storage.last_state(removed)), gone=True)


def _accepted(call: Call, outcome: Outcome) -> Outcome:
    """202 when the client asked for dependents to go first by the old flag."""
    outcome.code = 202 if call.delete_options.get("orphanDependents") is False else 200
    return outcome


def _answer(kind: Kind, old: Record, outcome: Outcome, *, gone: bool) -> Outcome:
    if gone and not kind.returns_deleted:
        outcome.manifest = success(kind, old.object["metadata"]["name"], old.object["metadata"].get("uid", ""))
        outcome.extra = "Status"
    return outcome


def success(kind: Kind, name: str, uid: str) -> Manifest:
    """The Status of a finished delete."""
    details = {"name": name} | ({"group": kind.group} if kind.group else {}) | {"kind": kind.plural} | ({"uid": uid} if uid else {})
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def check_preconditions(call: Call, obj: Manifest) -> None:
    """Raises 409 when uid or resourceVersion are not as the client expects."""
    wanted, meta = call.delete_options.get("preconditions") or {}, obj["metadata"]
    uid, version = wanted.get("uid"), wanted.get("resourceVersion")
    if uid is not None and uid != meta.get("uid"):
        why = f"the UID in the precondition ({uid}) does not match the UID in record ({meta.get('uid')}). The object might have been deleted and then recreated"
        raise conflict(call.kind.group, call.kind.kind, call.name, why)
    if version is not None and version != meta.get("resourceVersion"):
        found = meta.get("resourceVersion")
        why = f"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({found}). The object might have been modified"
        raise conflict(call.kind.group, call.kind.kind, call.name, why)


def plan_for(kind: Kind, obj: Manifest, options: Manifest, now: float) -> Plan:
    """Decide what deleting `obj` does. Pure."""
    if kind.kind == "Namespace" and not kind.group:
        return namespace_plan(obj, options, now)
    if kind.default_grace is not None:
        return _graceful_plan(kind, obj, options, now)
    return _plain_plan(kind, obj, options, now)


def _plain_plan(kind: Kind, obj: Manifest, options: Manifest, now: float) -> Plan:
    """Kinds without grace go at once, unless finalizers hold them."""
    if kind.prepare_delete is not None and not obj["metadata"].get("deletionTimestamp"):
        obj = kind.prepare_delete(obj, now)
    finalizers = wanted_finalizers(kind, obj, options)
    meta = obj["metadata"]
    if not finalizers:
        return Plan(None, True)
    if meta.get("deletionTimestamp") and finalizers == meta.get("finalizers", []):
        return Plan(None, False)
    return Plan(_marked(obj, finalizers, 0, now), False)


def _graceful_plan(kind: Kind, obj: Manifest, options: Manifest, now: float) -> Plan:
    """Pods: told first, gone when their kubelet says so or when nobody runs them."""
    meta = obj["metadata"]
    asked = options.get("gracePeriodSeconds")
    if meta.get("deletionTimestamp"):
        return _shorter_plan(obj, asked)
    default = kind.default_grace(obj) if kind.default_grace else 0
    grace = default if asked is None or default == 0 else max(asked, 1) if asked < 0 else asked
    finalizers = wanted_finalizers(kind, obj, options)
    return Plan(_marked(obj, finalizers, grace, now), not finalizers and grace == 0)


def _shorter_plan(obj: Manifest, asked: int | None) -> Plan:
    """A second delete may only shorten the grace."""
    meta = obj["metadata"]
    left = meta.get("deletionGracePeriodSeconds") or 0
    if asked is None or asked >= left:
        return Plan(None, False) if left or meta.get("finalizers") else Plan(None, True)
    grace = max(asked, 0) if asked >= 0 else 1
    moment = parse_time(meta["deletionTimestamp"]) - left + grace
    shorter = {**meta, "deletionTimestamp": timestamp(moment), "deletionGracePeriodSeconds": grace}
    return Plan({**obj, "metadata": shorter}, grace == 0 and not meta.get("finalizers"))


def _marked(obj: Manifest, finalizers: list[str], grace: int, now: float) -> Manifest:
    """The object with its end begun."""
    meta = {k: v for k, v in obj["metadata"].items() if k != "finalizers"}
    if finalizers:
        meta["finalizers"] = finalizers
    meta["deletionGracePeriodSeconds"] = grace
    if not meta.get("deletionTimestamp"):
        meta["deletionTimestamp"] = timestamp(now + grace)
        if meta.get("generation"):
            meta["generation"] += 1
    return {**obj, "metadata": meta}


def namespace_plan(obj: Manifest, options: Manifest, now: float) -> Plan:
    """A namespace turns Terminating and stays until the namespace controller has emptied it."""
    meta, held = obj["metadata"], (obj.get("spec") or {}).get("finalizers")
    if not meta.get("deletionTimestamp"):
        marked = {**meta, "deletionTimestamp": timestamp(now)}
        finalizers = _policy_finalizers(meta.get("finalizers") or [], options, "Background")
        marked.pop("finalizers", None)
        if finalizers:
            marked["finalizers"] = finalizers
        status = {**(obj.get("status") or {}), "phase": "Terminating"}
        return Plan({**obj, "metadata": marked, "status": status}, False)
    if held:
        raise conflict("", "namespaces", meta["name"], KEEPS_UNTIL_EMPTY)
    return Plan(None, not meta.get("finalizers"))


def wanted_finalizers(kind: Kind, obj: Manifest, options: Manifest) -> list[str]:
    """The finalizers after the propagation policy had its say."""
    found = obj["metadata"].get("finalizers") or []
    if kind.storage_prefix == storage.EVENTS_PREFIX or obj["metadata"].get("deletionTimestamp"):
        return list(found)
    return _policy_finalizers(found, options, kind.default_propagation)


def _policy_finalizers(found: list[str], options: Manifest, default: str) -> list[str]:
    policy, orphan = options.get("propagationPolicy"), options.get("orphanDependents")
    if orphan is not None:
        policy = "Orphan" if orphan else "Background"
    if policy is None:
        policy = "Orphan" if ORPHAN in found else "Foreground" if FOREGROUND in found else default
    kept = [f for f in found if f not in (ORPHAN, FOREGROUND)]
    added = {"Orphan": [ORPHAN], "Foreground": [FOREGROUND]}.get(policy, [])
    return kept + added


def unknown_options(kind: str, version: str) -> ApiError:
    """The body of a delete was an object of another kind."""
    scheme = "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"
    return ApiError(400, "BadRequest", f'no kind "{kind}" is registered for version "{version}" in scheme "{scheme}"')
