"""Job: runs pods until enough of them have succeeded, counting each end exactly once.

Models pkg/controller/job/job_controller.go.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.controllers.job import indexes
from cluster_engine.controllers.job.pods import delete, manage, untrack
from cluster_engine.controllers.job.state import FINALIZER, State, tracked, uid
from cluster_engine.controllers.job.verdicts import FAILURE, SUCCESS, deadline, entry, finished, target
from cluster_engine.kernel.clock import timestamp
from cluster_engine.reconcile.actions import Action, Event, Patch, UpdateStatus, WakeAt
from cluster_engine.reconcile.controller import Controller, Watches, controller_key
from cluster_engine.reconcile.ownership import ORPHAN_INDEX, controller_of, deleting, reference_to, release
from cluster_engine.reconcile.pods import POD_ORPHANS, condition, phase
from cluster_engine.reconcile.selection import fits, labels_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
RESOURCE, TRACKED = "jobs.batch", "job-tracked"
OURS = "kubernetes.io/job-controller"


def reconcile(job: Manifest, view: View, now: float) -> Iterator[Action]:
    yield from _strays(job, view)
    if finished(job) or job["spec"].get("managedBy", OURS) != OURS:
        return
    pods, claims = _claimed(job, view)
    yield from claims
    state = State(job, pods, now)
    decided = None if deleting(job) else target(state)
    if decided is not None:
        yield from _wind_up(state, decided)
    elif not deleting(job):
        yield from manage(state)
    yield from untrack(_counted(state), "its end stands in the job's status")
    yield from _report(state, decided)
    due = deadline(state)
    if due is not None and due > now and decided is None:
        yield WakeAt(due, "the job's deadline")


def gone(key: str, view: View, now: float) -> Iterator[Action]:
    yield from untrack(view.by_index("pods", TRACKED, key), "its job is gone, nobody counts it any more")


# -- pods


def _claimed(job: Manifest, view: View) -> tuple[list[Manifest], list[Action]]:
    """The job's pods; orphans that it selects are adopted together with the tracking finalizer."""
    meta, selector = job["metadata"], job["spec"]["selector"]
    reference, pods, actions = reference_to(job, "batch/v1", "Job"), list[Manifest](), list[Action]()
    for pod in view.controlled_by("pods", meta["uid"]):
        if fits(selector, labels_of(pod)):
            pods.append(pod)
        elif not deleting(job):
            actions.append(release("pods", pod, reference))
    for pod in view.by_index("pods", ORPHAN_INDEX, meta["namespace"]):
        if not deleting(job) and not deleting(pod) and fits(selector, labels_of(pod)):
            pods.append(pod)
            name = pod["metadata"]["name"]
            patch = {"metadata": {"uid": uid(pod), "ownerReferences": [reference], "finalizers": [FINALIZER]}}
            actions.append(Patch("pods", meta["namespace"], name, patch, f"{name} matches the job's selector and has no owner", type="strategic", or_gone=True))
    return pods, actions


def _strays(job: Manifest, view: View) -> Iterator[Action]:
    """Pods that carry the tracking finalizer for a job of this name that is no more, or whose job has finished."""
    for pod in view.by_index("pods", TRACKED, key_of(job)):
        owner = controller_of(pod)
        if owner is None or owner["uid"] != uid(job) or finished(job):
            yield from untrack([pod], "nobody counts it any more")


def _wind_up(state: State, decided: Manifest) -> Iterator[Action]:
    """Stop what still runs. After a success it is not held against the job, so it is let go uncounted."""
    why = f"the job is decided: {decided['message']}"
    yield from delete(state.job, state.active, why)
    if decided["type"] == SUCCESS:
        yield from untrack(state.active, why)


def _counted(state: State) -> list[Manifest]:
    """Pods whose end stands in the stored status, or need not stand there."""
    noted = {*(state.uncounted.get("succeeded") or ()), *(state.uncounted.get("failed") or ())}
    done = indexes.parse(state.status.get("completedIndexes"))
    found = []
    for pod in state.pods:
        ignored = state.failed(pod) and not state.counts(pod)
        if uid(pod) in noted or ignored or (state.indexed and phase(pod) == "Succeeded" and indexes.index_of(pod) in done):
            found.append(pod)
    return found


# -- status


def _report(state: State, decided: Manifest | None) -> Iterator[Action]:
    job = state.job
    status, conditions = _numbers(state, decided), list(state.status.get("conditions") or ())
    if decided is not None and decided not in conditions:
        conditions.append(decided)
    told = _suspension(state, conditions, decided)
    if "startTime" not in state.status and not state.suspended:
        status["startTime"] = timestamp(state.now)
    if decided is not None and _settled(state, status, decided):
        told.append(_finish(state, status, conditions, decided))
    status |= {"conditions": conditions} if conditions else {}
    if state.suspended and told:
        status.pop("startTime", None)
    if status != state.status:
        why = f"{status.get('active', 0)} pods are active, {status.get('succeeded', 0)} have succeeded, {status.get('failed', 0)} have failed"
        yield UpdateStatus(RESOURCE, job | {"status": status}, why)
    yield from told


def _numbers(state: State, decided: Manifest | None) -> Manifest:
    """The counts. A uid moves from the uncounted to the number once its pod has lost the finalizer."""
    held = {uid(p) for p in state.pods if tracked(p)}
    waiting = {outcome: list(state.uncounted.get(outcome) or ()) for outcome in ("succeeded", "failed")}
    gone_ = {outcome: [u for u in uids if u not in held] for outcome, uids in waiting.items()}
    numbers = {outcome: int(state.status.get(outcome, 0)) + len(gone_[outcome]) for outcome in waiting}
    failing = list(state.newly_failed)
    if decided is not None and decided["type"] == FAILURE:
        failing += [p for p in state.active if tracked(p) and p not in failing]
    known = set(waiting["failed"])
    waiting["failed"] = [u for u in waiting["failed"] if u in held] + [uid(p) for p in failing if uid(p) not in known]
    if state.indexed:
        numbers["succeeded"] = len(state.succeeded_indexes)
        waiting["succeeded"] = []
    else:
        waiting["succeeded"] = [u for u in waiting["succeeded"] if u in held] + [uid(p) for p in state.newly_succeeded]
    active = 0 if decided is not None else len(state.active)
    status: Manifest = {name: number for name, number in (("active", active), *numbers.items()) if number}
    status |= {"ready": 0 if decided is not None else state.ready, "terminating": state.terminating}
    status["uncountedTerminatedPods"] = {outcome: uids for outcome, uids in waiting.items() if uids}
    for name, found in (("completedIndexes", state.succeeded_indexes if state.indexed else ()), ("failedIndexes", state.failed_indexes)):
        if found:
            status[name] = indexes.text(found)
    return status | {name: state.status[name] for name in ("startTime", "completionTime") if name in state.status}


def _suspension(state: State, conditions: list[Manifest], decided: Manifest | None) -> list[Action]:
    """Say in a condition and an event that the job is suspended, or no longer."""
    current = condition(state.job, "Suspended")
    if decided is not None or state.suspended == (current is not None and current["status"] == "True"):
        return []
    if state.suspended:
        made, told = entry("Suspended", "True", "JobSuspended", "Job suspended", state.now), Event(state.job, "Normal", "Suspended", "Job suspended")
    else:
        made, told = entry("Suspended", "False", "JobResumed", "Job resumed", state.now), Event(state.job, "Normal", "Resumed", "Job resumed")
    if current is None:
        conditions.append(made)
    else:
        conditions[conditions.index(current)] = made
    return [told]


def _settled(state: State, status: Manifest, decided: Manifest) -> bool:
    """Whether every pod has ended and been counted; only then is the job complete or failed."""
    if state.active or state.terminating or status["uncountedTerminatedPods"]:
        return False
    return decided in (state.status.get("conditions") or ()) or not any(tracked(p) for p in state.pods)


def _finish(state: State, status: Manifest, conditions: list[Manifest], decided: Manifest) -> Action:
    type_ = "Complete" if decided["type"] == SUCCESS else "Failed"
    conditions.append(entry(type_, "True", decided["reason"], decided["message"], state.now))
    if type_ == "Failed":
        return Event(state.job, "Warning", decided["reason"], decided["message"])
    status["completionTime"] = timestamp(state.now)
    return Event(state.job, "Normal", "Completed", "Job completed")


# -- who wakes it


def tracked_for(pod: Manifest) -> tuple[str, ...]:
    """Index: the job whose tracking finalizer a pod carries, by its name."""
    if not tracked(pod):
        return ()
    owner, namespace = controller_of(pod), pod["metadata"]["namespace"]
    name = owner["name"] if owner is not None and owner["kind"] == "Job" else labels_of(pod).get("batch.kubernetes.io/job-name")
    return (f"{namespace}/{name}",) if name else ()


def keys_of_pod(event: WatchEvent, view: View) -> Iterable[str]:
    yield from controller_key("Job")(event, view)
    yield from tracked_for(event.object)
    pod = event.object
    if event.type == "DELETED" or controller_of(pod) is not None:
        return
    for job in view.all(RESOURCE, pod["metadata"]["namespace"]):
        if fits(job["spec"]["selector"], labels_of(pod)):
            yield key_of(job)


CONTROLLER = Controller(
    "job-controller",
    RESOURCE,
    reconcile,
    watches=(Watches("pods", keys_of_pod),),
    gone=gone,
    indices=(POD_ORPHANS, ("pods", TRACKED, tracked_for)),
)
