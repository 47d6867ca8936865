"""Job and CronJob decisions."""

from typing import Any

import pytest

from cluster_engine.controllers.cronjob import CONTROLLER as CRON
from cluster_engine.controllers.job import CONTROLLER, indexes
from cluster_engine.controllers.ttl_after_finished import CONTROLLER as TTL
from cluster_engine.reconcile.actions import Create, Delete, Event, Patch, UpdateStatus, WakeAt
from tests.controllers.view import NOW, THEN, decide, named, of_type, pod, template, view_of

FINALIZER = "batch.kubernetes.io/job-tracking"


def job(status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    full = {"parallelism": 1, "completions": 1, "backoffLimit": 6, "selector": {"matchLabels": {"app": "web"}}, "template": template("busybox")} | spec
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": named("work"), "spec": full, "status": {"startTime": THEN} if status is None else status}


def worker(owner: dict[str, Any], name: str, phase: str = "Running", index: int | None = None, tracked: bool = True, **meta: Any) -> dict[str, Any]:
    notes = {} if index is None else {indexes.INDEX: str(index)}
    return pod(name, owner, phase=phase, ready=phase == "Running", finalizers=[FINALIZER] if tracked else [], annotations=notes, **meta)


def status_of(actions: list[Any]) -> dict[str, Any]:
    return dict(of_type(actions, UpdateStatus)[0].manifest["status"])


def test_a_job_starts_with_a_tracked_pod_and_its_time() -> None:
    actions = decide(CONTROLLER, job(status={}))
    assert of_type(actions, Create)[0].manifest["metadata"]["finalizers"] == [FINALIZER]
    assert status_of(actions)["startTime"] == THEN


def test_no_more_pods_run_than_are_still_needed() -> None:
    owner = job(parallelism=3, completions=4, status={"startTime": THEN, "succeeded": 2})
    assert len(of_type(decide(CONTROLLER, owner), Create)) == 2


def test_a_success_is_noted_then_untracked_then_counted() -> None:
    owner = job(completions=2)
    noted = decide(CONTROLLER, owner, {"pods": [worker(owner, "a", "Succeeded")]})
    assert status_of(noted)["uncountedTerminatedPods"] == {"succeeded": ["uid-a"]}
    assert of_type(noted, Patch) == []
    owner = job(completions=2, status={"startTime": THEN, "uncountedTerminatedPods": {"succeeded": ["uid-a"]}})
    assert len(of_type(decide(CONTROLLER, owner, {"pods": [worker(owner, "a", "Succeeded")]}), Patch)) == 1
    counted = status_of(decide(CONTROLLER, owner, {"pods": [worker(owner, "a", "Succeeded", tracked=False)]}))
    assert (counted["succeeded"], counted["uncountedTerminatedPods"]) == (1, {})


def test_a_job_is_complete_once_all_is_counted() -> None:
    met = {"type": "SuccessCriteriaMet", "status": "True", "reason": "CompletionsReached", "message": "Reached expected number of succeeded pods"}
    owner = job(status={"startTime": THEN, "uncountedTerminatedPods": {"succeeded": ["uid-a"]}, "conditions": [met]})
    actions = decide(CONTROLLER, owner, {"pods": [worker(owner, "a", "Succeeded", tracked=False)]})
    assert [c["type"] for c in status_of(actions)["conditions"]] == ["SuccessCriteriaMet", "Complete"]
    assert of_type(actions, Event)[-1].message == "Job completed"


def test_too_many_failures_fail_the_job_and_stop_what_runs() -> None:
    owner = job(backoffLimit=0, parallelism=2, completions=2)
    actions = decide(CONTROLLER, owner, {"pods": [worker(owner, "a", "Failed"), worker(owner, "b")]})
    assert status_of(actions)["conditions"][0]["reason"] == "BackoffLimitExceeded"
    assert sorted(status_of(actions)["uncountedTerminatedPods"]["failed"]) == ["uid-a", "uid-b"]
    assert [d.name for d in of_type(actions, Delete)] == ["b"]


def test_a_retry_waits_longer_with_each_failure() -> None:
    owner = job(status={"startTime": THEN, "failed": 2})
    pods = [worker(owner, n, "Failed", tracked=False) for n in ("a", "b")]
    assert of_type(decide(CONTROLLER, owner, {"pods": pods}), WakeAt)[0].moment == NOW + 20
    assert len(of_type(decide(CONTROLLER, owner, {"pods": pods}, NOW + 20), Create)) == 1


def test_an_active_deadline_fails_the_job() -> None:
    owner = job(activeDeadlineSeconds=30)
    assert NOW + 30 in [w.moment for w in of_type(decide(CONTROLLER, owner, {"pods": [worker(owner, "a")]}), WakeAt)]
    late = decide(CONTROLLER, owner, {"pods": [worker(owner, "a")]}, NOW + 30)
    assert status_of(late)["conditions"][0]["reason"] == "DeadlineExceeded"


def test_suspending_takes_pods_away_without_counting_them() -> None:
    owner = job(suspend=True)
    actions = decide(CONTROLLER, owner, {"pods": [worker(owner, "a")]})
    assert [type(a) for a in actions[:2]] == [Patch, Delete]
    status = status_of(actions)
    assert "startTime" not in status
    assert status["conditions"][0]["reason"] == "JobSuspended"


def test_an_indexed_job_gives_each_pod_its_index() -> None:
    owner = job(completionMode="Indexed", completions=3, parallelism=2)
    made = of_type(decide(CONTROLLER, owner, {"pods": [worker(owner, "a", "Succeeded", index=0)]}), Create)
    assert [c.manifest["metadata"]["annotations"][indexes.INDEX] for c in made] == ["1", "2"]
    assert made[0].manifest["spec"]["hostname"] == "work-1"
    assert made[0].manifest["spec"]["containers"][0]["env"][0]["name"] == "JOB_COMPLETION_INDEX"


def test_an_index_that_failed_too_often_is_given_up() -> None:
    owner = job(completionMode="Indexed", completions=2, parallelism=2, backoffLimitPerIndex=0, backoffLimit=2**31 - 1)
    actions = decide(CONTROLLER, owner, {"pods": [worker(owner, "a", "Failed", index=0), worker(owner, "b", index=1)]})
    assert status_of(actions)["failedIndexes"] == "0"
    assert of_type(actions, Create) == []


def failing(owner: dict[str, Any], code: int) -> dict[str, Any]:
    made = worker(owner, "a", "Failed")
    made["status"]["containerStatuses"] = [{"name": "c", "state": {"terminated": {"exitCode": code}}}]
    return made


def test_the_failure_policy_can_fail_the_job_or_ignore_the_failure() -> None:
    rule = {"onExitCodes": {"operator": "In", "values": [42]}}
    owner = job(podFailurePolicy={"rules": [{"action": "FailJob"} | rule]}, podReplacementPolicy="Failed")
    entry = status_of(decide(CONTROLLER, owner, {"pods": [failing(owner, 42)]}))["conditions"][0]
    assert entry["message"] == "Container c for pod default/a failed with exit code 42 matching FailJob rule at index 0"
    ignoring = job(podFailurePolicy={"rules": [{"action": "Ignore"} | rule]}, podReplacementPolicy="Failed")
    status = status_of(decide(CONTROLLER, ignoring, {"pods": [failing(ignoring, 42)]}))
    assert (status.get("failed"), status["uncountedTerminatedPods"]) == (None, {})


def test_a_success_policy_ends_the_job_early() -> None:
    owner = job(completionMode="Indexed", completions=3, parallelism=3, successPolicy={"rules": [{"succeededIndexes": "0"}]})
    pods = [worker(owner, "a", "Succeeded", index=0), worker(owner, "b", index=1)]
    actions = decide(CONTROLLER, owner, {"pods": pods})
    assert status_of(actions)["conditions"][0]["message"] == "Matched rules at index 0"
    assert [d.name for d in of_type(actions, Delete)] == ["b"]


def test_pods_of_a_job_that_is_gone_are_let_go() -> None:
    stray = worker(job(), "a")
    view = view_of(CONTROLLER, {"pods": [stray]})
    assert CONTROLLER.gone is not None
    assert [p.name for p in of_type(CONTROLLER.gone("default/work", view, NOW), Patch)] == ["a"]


@pytest.mark.parametrize(("numbers", "text"), [({0, 1, 2}, "0-2"), ({1, 3, 4}, "1,3,4"), ({0, 2, 3, 4, 9}, "0,2-4,9"), (set(), "")])
def test_indexes_are_written_as_ranges(numbers: set[int], text: str) -> None:
    assert indexes.text(numbers) == text
    assert indexes.parse(text) == numbers


def test_a_finished_job_goes_when_its_time_is_over() -> None:
    ended = {"type": "Complete", "status": "True", "lastTransitionTime": THEN}
    owner = job(ttlSecondsAfterFinished=60, status={"conditions": [ended]})
    assert of_type(decide(TTL, owner), WakeAt)[0].moment == NOW + 60
    assert of_type(decide(TTL, owner, now=NOW + 60), Delete)[0].propagation == "Foreground"


# -- by the clock


def cron(schedule: str = "*/5 * * * *", status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    full = {"schedule": schedule, "jobTemplate": {"spec": {"template": template("busybox")}}, "concurrencyPolicy": "Allow"} | spec
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": named("tick"), "spec": full, "status": status or {}}


def child(owner: dict[str, Any], name: str, ended: str = "", **meta: Any) -> dict[str, Any]:
    conditions = [{"type": ended, "status": "True"}] if ended else []
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": named(name, owner=owner, **meta), "spec": {}, "status": {"conditions": conditions}}


def test_a_job_is_made_when_the_schedule_is_due() -> None:
    assert of_type(decide(CRON, cron()), WakeAt)[0].moment == NOW + 300
    create = of_type(decide(CRON, cron(), now=NOW + 301), Create)[0]
    assert create.manifest["metadata"]["name"] == f"tick-{int(NOW + 300) // 60}"
    assert create.manifest["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] == "2026-01-01T00:05:00Z"
    event, update = create.then({"metadata": {"namespace": "default", "name": "x", "uid": "u", "resourceVersion": "9"}})
    assert event.reason == "SuccessfulCreate"
    assert update.manifest["status"]["lastScheduleTime"] == "2026-01-01T00:05:00Z"


def test_forbid_does_not_start_beside_a_running_job() -> None:
    owner = cron(concurrencyPolicy="Forbid", status={"active": [{"uid": "uid-one", "name": "one"}]})
    actions = decide(CRON, owner, {"jobs.batch": [child(owner, "one")]}, NOW + 301)
    assert of_type(actions, Create) == []
    assert of_type(actions, Event)[0].reason == "JobAlreadyActive"


def test_replace_deletes_the_running_job() -> None:
    owner = cron(concurrencyPolicy="Replace", status={"active": [{"uid": "uid-one", "name": "one"}]})
    actions = decide(CRON, owner, {"jobs.batch": [child(owner, "one")]}, NOW + 301)
    assert [d.name for d in of_type(actions, Delete)] == ["one"]
    assert len(of_type(actions, Create)) == 1


def test_a_suspended_cron_job_starts_nothing() -> None:
    assert of_type(decide(CRON, cron(suspend=True), now=NOW + 301), Create) == []


def test_a_time_zone_moves_the_schedule() -> None:
    owner = cron("0 3 * * *", timeZone="Europe/Berlin")
    assert of_type(decide(CRON, owner), WakeAt)[0].moment == NOW + 2 * 3600


def test_finished_jobs_beyond_the_history_are_deleted() -> None:
    owner = cron(successfulJobsHistoryLimit=1)
    jobs = [child(owner, n, "Complete", creationTimestamp=f"2025-12-3{n}T00:00:00Z") for n in ("0", "1")]
    assert [d.name for d in of_type(decide(CRON, owner, {"jobs.batch": jobs}), Delete)] == ["0"]


def test_a_schedule_that_is_none_is_told() -> None:
    assert of_type(decide(CRON, cron("every now and then")), Event)[0].reason == "UnparseableCronJobSchedule"


def test_after_a_long_absence_only_the_latest_time_counts() -> None:
    actions = decide(CRON, cron("* * * * *"), now=NOW + 90 * 86_400 + 30)
    assert of_type(actions, Create)[0].manifest["metadata"]["name"] == f"tick-{int(NOW + 90 * 86_400) // 60}"
    assert "TooManyMissedTimes" in [e.reason for e in of_type(actions, Event)]
