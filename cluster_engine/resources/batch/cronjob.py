"""CronJob: makes a Job whenever its schedule says so.

Models pkg/registry/batch/cronjob/strategy.go, pkg/apis/batch/v1/defaults.go and validation.ValidateCronJobCreate.
"""

import zoneinfo
from functools import cache
from typing import Any

from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.machinery.object_meta import validate_annotations, validate_labels
from cluster_engine.resources.batch.job_spec import validate_job_spec
from cluster_engine.resources.batch.schedule import problem
from cluster_engine.resources.checks import non_negative, required_one_of
from cluster_engine.resources.core.pod.features import drop_disabled
from cluster_engine.resources.core.pod_template import default_pod_template
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, CONTAINERS, IMAGES, NAME, NONE, age, containers_text, selector_text, since

BATCH = "io.k8s.api.batch.v1."
LONGEST_NAME = 52
POLICIES = ("Allow", "Forbid", "Replace")
ZONE_IN_SCHEDULE = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"


@cache
def zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def default(cron_job: Manifest) -> None:
    spec = cron_job.setdefault("spec", {})
    spec["concurrencyPolicy"] = spec.get("concurrencyPolicy") or "Allow"
    for name, value in (("suspend", False), ("successfulJobsHistoryLimit", 3), ("failedJobsHistoryLimit", 1)):
        if spec.get(name) is None:
            spec[name] = value
    template = spec.setdefault("jobTemplate", {})
    template.setdefault("metadata", {})
    default_pod_template(template.setdefault("spec", {}))
    cron_job.setdefault("status", {})


def prepare_create(cron_job: Manifest, request: Request) -> None:
    cron_job["status"] = {}
    drop_disabled(cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"])


def prepare_update(cron_job: Manifest, old: Manifest, request: Request) -> None:
    cron_job["status"] = old.get("status", {})
    drop_disabled(cron_job["spec"]["jobTemplate"]["spec"]["template"]["spec"])


def validate(cron_job: Manifest) -> Errors:
    found: Errors = []
    spec = cron_job.get("spec") or {}
    _validate_schedule(spec, found)
    if spec.get("startingDeadlineSeconds") is not None:
        non_negative("spec.startingDeadlineSeconds", spec["startingDeadlineSeconds"], found)
    required_one_of("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), POLICIES, found)
    _validate_job_template(spec.get("jobTemplate") or {}, "spec.jobTemplate", found)
    for name in ("successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        non_negative(f"spec.{name}", spec.get(name), found)
    return found


def validate_create(cron_job: Manifest) -> Errors:
    name = cron_job["metadata"].get("name", "")
    if len(name) > LONGEST_NAME:
        return [invalid("metadata.name", name, f"must be no more than {LONGEST_NAME} characters")]
    return []


def _validate_schedule(spec: Manifest, found: Errors) -> None:
    schedule, zone = spec.get("schedule", ""), spec.get("timeZone")
    if not schedule:
        found.append(required("spec.schedule"))
    elif "TZ" in schedule:
        found.append(invalid("spec.schedule", schedule, ZONE_IN_SCHEDULE))
    elif why := problem(schedule):
        found.append(invalid("spec.schedule", schedule, why))
    if zone is None:
        return
    if not zone:
        found.append(invalid("spec.timeZone", zone, "timeZone must be nil or non-empty string"))
    elif zone.lower() == "local":
        found.append(invalid("spec.timeZone", zone, "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"))
    elif zone not in zones():
        found.append(invalid("spec.timeZone", zone, f"unknown time zone {zone}"))


def _validate_job_template(template: Manifest, path: str, found: Errors) -> None:
    meta, spec = template.get("metadata") or {}, template.get("spec") or {}
    if meta.get("labels"):
        found += validate_labels(meta["labels"], f"{path}.metadata.labels")
    if meta.get("annotations"):
        found += validate_annotations(meta["annotations"], f"{path}.metadata.annotations")
    validate_job_spec(spec, f"{path}.spec", found)
    if spec.get("selector") is not None:
        found.append(invalid(f"{path}.spec.selector", spec["selector"], "`selector` will be auto-generated"))
    if spec.get("manualSelector"):
        found.append(invalid(f"{path}.spec.manualSelector", True, "unsupported value"))


def row(cron_job: Manifest, now: float) -> list[Any]:
    spec, status = cron_job.get("spec") or {}, cron_job.get("status") or {}
    job = (spec.get("jobTemplate") or {}).get("spec") or {}
    names, images = containers_text((job.get("template") or {}).get("spec") or {})
    last = status.get("lastScheduleTime")
    return [
        cron_job["metadata"].get("name", ""), spec.get("schedule", ""), spec.get("timeZone") or NONE, str(bool(spec.get("suspend"))),
        len(status.get("active") or ()), since(last, now) if last else NONE, age(cron_job, now), names, images, selector_text(job.get("selector")),
    ]  # fmt: skip


KIND = Kind(
    group="batch",
    kind="CronJob",
    plural="cronjobs",
    short_names=("cj",),
    categories=("all",),
    has_generation=True,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_create=validate_create,
    columns=(
        NAME,
        Column("Schedule", described_by=BATCH + "CronJobSpec.schedule"),
        Column("Timezone", described_by=BATCH + "CronJobSpec.timeZone"),
        Column("Suspend", described_by=BATCH + "CronJobSpec.suspend", type="boolean"),
        Column("Active", described_by=BATCH + "CronJobStatus.active", type="integer"),
        Column("Last Schedule", described_by=BATCH + "CronJobStatus.lastScheduleTime"),
        AGE,
        CONTAINERS,
        IMAGES,
        Column("Selector", priority=1, described_by=BATCH + "JobSpec.selector"),
    ),
    row=row,
    subresources={"status": status_subresource()},
)
