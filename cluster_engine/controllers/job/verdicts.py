"""Whether a job has succeeded or failed: the conditions it gets, in the order in which upstream looks for them.

Models syncJob of pkg/controller/job/job_controller.go.
"""

from typing import Any

from cluster_engine.controllers.job.policy import success, verdict
from cluster_engine.controllers.job.state import State
from cluster_engine.kernel.clock import parse_time, timestamp
from cluster_engine.reconcile.pods import condition, phase

Manifest = dict[str, Any]
SUCCESS, FAILURE = "SuccessCriteriaMet", "FailureTarget"


def entry(type_: str, status: str, reason: str, message: str, now: float) -> Manifest:
    times = {"lastProbeTime": timestamp(now), "lastTransitionTime": timestamp(now)}
    return {"type": type_, "status": status} | times | {"reason": reason, "message": message}


def standing(job: Manifest, *types: str) -> Manifest | None:
    """The first true condition of these types."""
    for type_ in types:
        found = condition(job, type_)
        if found is not None and found["status"] == "True":
            return found
    return None


def finished(job: Manifest) -> bool:
    return standing(job, "Complete", "Failed") is not None


def target(state: State) -> Manifest | None:
    """The condition that decides the job: it stands already, or is due now."""
    return standing(state.job, FAILURE, SUCCESS) or _failure(state) or _success(state)


def _failure(state: State) -> Manifest | None:
    now = state.now
    by_policy = next((v.message for p in state.pods if state.failed(p) and (v := verdict(state.job, p)).action == "FailJob"), "")
    if by_policy:
        return entry(FAILURE, "True", "PodFailurePolicy", by_policy, now)
    if state.total_failed > state.job["spec"].get("backoffLimit", 6) or _too_many_restarts(state):
        return entry(FAILURE, "True", "BackoffLimitExceeded", "Job has reached the specified backoff limit", now)
    due = deadline(state)
    if due is not None and now >= due:
        return entry(FAILURE, "True", "DeadlineExceeded", "Job was active longer than specified deadline", now)
    most = state.job["spec"].get("maxFailedIndexes")
    if most is not None and len(state.failed_indexes) > most:
        return entry(FAILURE, "True", "MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes", now)
    return None


def _too_many_restarts(state: State) -> bool:
    """With restartPolicy OnFailure it is the restarts in place that count."""
    spec = state.job["spec"]
    if spec["template"]["spec"].get("restartPolicy") != "OnFailure":
        return False
    restarts = 0
    for pod in state.pods:
        if phase(pod) in ("Running", "Pending"):
            status = pod.get("status") or {}
            statuses = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
            restarts += sum(s.get("restartCount", 0) for s in statuses)
    limit = spec.get("backoffLimit", 6)
    return bool(restarts >= limit if limit else restarts > 0)


def deadline(state: State) -> float | None:
    seconds, started = state.job["spec"].get("activeDeadlineSeconds"), state.status.get("startTime")
    if seconds is None or not started or state.suspended:
        return None
    return parse_time(started) + float(seconds)


def _success(state: State) -> Manifest | None:
    message = success(state.job, state.succeeded_indexes) if state.indexed else ""
    if message:
        return entry(SUCCESS, "True", "SuccessPolicy", message, state.now)
    if state.active:
        return None
    if state.completions is None:
        done = state.total_succeeded > 0
    else:
        done = state.total_succeeded >= state.completions
        if state.failed_indexes and len(state.succeeded_indexes | state.failed_indexes) >= state.completions:
            return entry(FAILURE, "True", "FailedIndexes", "Job has failed indexes", state.now)
    return entry(SUCCESS, "True", "CompletionsReached", "Reached expected number of succeeded pods", state.now) if done else None
