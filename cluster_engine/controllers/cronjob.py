"""CronJob: makes jobs by the clock, sees that they do not pile up, and clears the old ones away.

Models pkg/controller/cronjob/cronjob_controllerv2.go and utils.go.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from cluster_engine.client.client import WatchEvent
from cluster_engine.kernel.clock import parse_time, timestamp
from cluster_engine.machinery.manifest import changed
from cluster_engine.reconcile.actions import Action, Create, Delete, Event, UpdateStatus, WakeAt
from cluster_engine.reconcile.controller import Controller, Watches, controller_key
from cluster_engine.reconcile.ownership import deleting, reference_to
from cluster_engine.reconcile.pods import created
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
RESOURCE, JOBS = "cronjobs.batch", "jobs.batch"
SCHEDULED_AT = "batch.kubernetes.io/cronjob-scheduled-timestamp"
MACROS = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}  # fmt: skip
TOO_MANY = 100


def reconcile(cron: Manifest, view: View, now: float) -> Iterator[Action]:
    jobs = view.controlled_by(JOBS, cron["metadata"]["uid"])
    noted = _note_jobs(cron, jobs, view)
    status = noted.pop(0)
    yield from noted
    if deleting(cron):
        return
    yield from _history(cron, jobs)
    made: list[Action] = [] if cron["spec"].get("suspend") else list(_schedule(cron, jobs, status, now))
    creates = [a for a in made if isinstance(a, Create)]
    if not creates and status != (cron.get("status") or {}):
        yield UpdateStatus(RESOURCE, cron | {"status": status}, f"{len(status.get('active') or ())} of its jobs are active")
    yield from made


# -- its jobs


def _ended(job: Manifest) -> str:
    """Complete, Failed, or "" while it runs."""
    conditions = (job.get("status") or {}).get("conditions") or ()
    return next((str(c["type"]) for c in conditions if c["type"] in ("Complete", "Failed") and c["status"] == "True"), "")


def _note_jobs(cron: Manifest, jobs: list[Manifest], view: View) -> list[Any]:
    """The status without jobs that have ended or are gone, then the events that tell of them."""
    status, by_uid = dict(cron.get("status") or {}), {j["metadata"]["uid"]: j for j in jobs}
    active, told = list(status.get("active") or ()), list[Action]()
    known = {r["uid"] for r in active}
    for job in jobs:
        outcome, name = _ended(job), job["metadata"]["name"]
        if outcome and job["metadata"]["uid"] in known:
            told.append(Event(cron, "Normal", "SawCompletedJob", f"Saw completed job: {name}, condition: {outcome}"))
        elif not outcome and job["metadata"]["uid"] not in known:
            told.append(Event(cron, "Warning", "UnexpectedJob", f"Saw a job that the controller did not create or forgot: {name}"))
        if outcome == "Complete" and (ended := (job.get("status") or {}).get("completionTime")):
            status["lastSuccessfulTime"] = max(ended, status.get("lastSuccessfulTime") or "")
    for reference in active:
        if reference["uid"] not in by_uid:
            told.append(Event(cron, "Normal", "MissingJob", f"Active job went missing: {reference['name']}"))
    running = [r for r in active if r["uid"] in by_uid and not _ended(by_uid[r["uid"]])]
    status = {k: v for k, v in status.items() if k != "active"} | ({"active": running} if running else {})
    return [status, *told]


def _history(cron: Manifest, jobs: list[Manifest]) -> Iterator[Action]:
    for outcome, field, default in (("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1)):
        limit = cron["spec"].get(field, default)
        old = sorted((j for j in jobs if _ended(j) == outcome and not deleting(j)), key=lambda j: (created(j), j["metadata"]["name"]))
        for job in old[: max(0, len(old) - limit)]:
            yield from _delete(cron, job, f"{len(old)} jobs that are {outcome} are kept, {limit} may be")


def _delete(cron: Manifest, job: Manifest, why: str) -> Iterator[Action]:
    meta = job["metadata"]
    yield Delete(JOBS, meta["namespace"], meta["name"], why, meta["uid"], propagation="Background")
    yield Event(cron, "Normal", "SuccessfulDelete", f"Deleted job {meta['name']}")


# -- the clock


def times_after(schedule: str, zone: str, moment: float) -> Iterator[float]:
    """The times of a schedule after `moment`. Raises CronSimError (or KeyError for an unknown zone)."""
    place: tzinfo = ZoneInfo(zone) if zone else UTC
    for found in CronSim(MACROS.get(schedule, schedule), datetime.fromtimestamp(moment, place)):
        yield found.timestamp()


def _schedule(cron: Manifest, jobs: list[Manifest], status: Manifest, now: float) -> Iterator[Action]:
    spec = cron["spec"]
    try:
        upcoming = next(times_after(spec["schedule"], spec.get("timeZone") or "", now), None)
        due = _due(cron, now)
    except (CronSimError, KeyError, ValueError) as error:
        yield Event(cron, "Warning", "UnparseableCronJobSchedule", f'unparseable schedule: "{spec["schedule"]}" : {error}')
        return
    if upcoming is not None:
        yield WakeAt(upcoming, "the next time of its schedule")
    if due.missed > TOO_MANY:
        message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
        yield Event(cron, "Warning", "TooManyMissedTimes", message)
    if due.time is not None:
        yield from _start(cron, jobs, status, due.time, now)


class _Due:
    """The latest time that has passed without its job, and how many did."""

    def __init__(self, time: float | None, missed: int) -> None:
        self.time, self.missed = time, missed


def _due(cron: Manifest, now: float) -> _Due:
    spec = cron["spec"]
    last = (cron.get("status") or {}).get("lastScheduleTime")
    earliest = parse_time(last) if last else created(cron)
    if (patience := spec.get("startingDeadlineSeconds")) is not None:
        earliest = max(earliest, now - patience)
    missed = 0
    for moment in times_after(spec["schedule"], spec.get("timeZone") or "", earliest):
        if moment > now or missed > TOO_MANY:
            break
        missed += 1
    return _Due(_latest(spec["schedule"], spec.get("timeZone") or "", now) if missed else None, missed)


def _latest(schedule: str, zone: str, now: float) -> float:
    """The last time of a schedule that is not after `now`, however long the cluster was away."""
    place: tzinfo = ZoneInfo(zone) if zone else UTC
    return next(CronSim(MACROS.get(schedule, schedule), datetime.fromtimestamp(int(now) + 1, place), reverse=True)).timestamp()


def _start(cron: Manifest, jobs: list[Manifest], status: Manifest, moment: float, now: float) -> Iterator[Action]:
    spec, name = cron["spec"], _job_name(cron, moment)
    if any(j["metadata"]["name"] == name for j in jobs) or status.get("lastScheduleTime") == timestamp(moment):
        return
    patience = spec.get("startingDeadlineSeconds")
    if patience is not None and moment + patience < now:
        yield Event(cron, "Warning", "MissSchedule", f"Missed scheduled time to start a job: {timestamp(moment)}")
        return
    running = [j for j in jobs if not _ended(j) and not deleting(j)]
    policy = spec.get("concurrencyPolicy", "Allow")
    if policy == "Forbid" and status.get("active"):
        yield Event(cron, "Normal", "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid")
        return
    if policy == "Replace":
        for job in running:
            yield from _delete(cron, job, "the next run replaces it")
        status = {k: v for k, v in status.items() if k != "active"}
    yield _create(cron, status, name, moment)


def _job_name(cron: Manifest, moment: float) -> str:
    return f"{cron['metadata']['name']}-{int(moment) // 60}"


def _create(cron: Manifest, status: Manifest, name: str, moment: float) -> Create:
    template = cron["spec"]["jobTemplate"]
    given = template.get("metadata") or {}
    zone = cron["spec"].get("timeZone")
    shown = datetime.fromtimestamp(moment, ZoneInfo(zone) if zone else UTC).isoformat().replace("+00:00", "Z")
    meta: Manifest = {"name": name, "namespace": cron["metadata"]["namespace"], "annotations": {**(given.get("annotations") or {}), SCHEDULED_AT: shown}}
    meta["ownerReferences"] = [reference_to(cron, "batch/v1", "CronJob")]
    if given.get("labels"):
        meta["labels"] = given["labels"]
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": template["spec"]}

    def then(made: Manifest) -> list[Action]:
        body = made["metadata"]
        reference = {"kind": "Job", "apiVersion": "batch/v1", "namespace": body["namespace"], "name": name, "uid": body["uid"]}
        reference["resourceVersion"] = body["resourceVersion"]
        started = status | {"active": [*(status.get("active") or ()), reference], "lastScheduleTime": timestamp(moment)}
        return [
            Event(cron, "Normal", "SuccessfulCreate", f"Created job {name}"),
            UpdateStatus(RESOURCE, changed(cron, "status", started), f"job {name} was started for {timestamp(moment)}"),
        ]

    def refused(error: Any) -> list[Action]:
        return [Event(cron, "Warning", "FailedCreate", f"Error creating job: {error.message}")]

    return Create(JOBS, job, f"its schedule was due at {timestamp(moment)}", then=then, refused=refused)


def keys_of_job(event: WatchEvent, view: View) -> Iterable[str]:
    return controller_key("CronJob")(event, view)


CONTROLLER = Controller("cronjob-controller", RESOURCE, reconcile, watches=(Watches(JOBS, keys_of_job),))
