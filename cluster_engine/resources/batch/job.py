"""Job: runs pods until enough of them have succeeded.

Models pkg/registry/batch/job/strategy.go, pkg/apis/batch/v1/defaults.go and validation.ValidateJob.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.resources.batch.job_spec import validate_job_spec, validate_selector
from cluster_engine.resources.batch.job_status import validate_status
from cluster_engine.resources.checks import IMMUTABLE
from cluster_engine.resources.core.pod.features import drop_disabled
from cluster_engine.resources.core.pod.warnings import template_warnings
from cluster_engine.resources.core.pod_template import default_pod_template
from cluster_engine.resources.core.shape import printed
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, CONTAINERS, IMAGES, NAME, age, containers_text, epoch, human_duration, selector_text

BATCH = "io.k8s.api.batch.v1."
UID_LABEL, NAME_LABEL = "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"
LEGACY_UID_LABEL, LEGACY_NAME_LABEL = "controller-uid", "job-name"
MAX_INT32 = 2**31 - 1
SCHEDULING = ("nodeSelector", "affinity", "tolerations", "schedulingGates")


def default(job: Manifest) -> None:
    spec = job.setdefault("spec", {})
    default_pod_template(spec)
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = spec["parallelism"] = 1
    if spec.get("parallelism") is None:
        spec["parallelism"] = 1
    if spec.get("backoffLimit") is None:
        spec["backoffLimit"] = MAX_INT32 if spec.get("backoffLimitPerIndex") is not None else 6
    labels = (spec["template"].get("metadata") or {}).get("labels")
    if labels and not job["metadata"].get("labels"):
        job["metadata"]["labels"] = dict(labels)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    spec.setdefault("manualSelector", False)
    if spec.get("podReplacementPolicy") is None:
        spec["podReplacementPolicy"] = "Failed" if spec.get("podFailurePolicy") is not None else "TerminatingOrFailed"
    for rule in (spec.get("podFailurePolicy") or {}).get("rules") or ():
        for condition in rule.get("onPodConditions") or ():
            condition.setdefault("status", "True")
    job.setdefault("status", {})


def prepare_create(job: Manifest, request: Request) -> None:
    job["status"] = {}
    spec = job["spec"]
    drop_disabled(spec["template"]["spec"])
    if not spec.get("manualSelector"):
        _generate_selector(job)


def _generate_selector(job: Manifest) -> None:
    """Labels that no other job has, on the template and in the selector."""
    spec, uid, name = job["spec"], job["metadata"].get("uid", ""), job["metadata"].get("name", "")
    meta = spec["template"].setdefault("metadata", {})
    labels = {**(meta.get("labels") or {})}
    labels |= {UID_LABEL: uid, LEGACY_UID_LABEL: uid, NAME_LABEL: name, LEGACY_NAME_LABEL: name}
    meta["labels"] = labels
    selector = {**(spec.get("selector") or {})}
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), UID_LABEL: uid}
    spec["selector"] = selector
    if not job["metadata"].get("labels"):
        job["metadata"]["labels"] = dict(labels)


def prepare_update(job: Manifest, old: Manifest, request: Request) -> None:
    job["status"] = old.get("status", {})
    drop_disabled(job["spec"]["template"]["spec"])


def validate(job: Manifest) -> Errors:
    found: Errors = []
    spec = job.get("spec") or {}
    _validate_generated_selector(job, spec, found)
    validate_job_spec(spec, "spec", found)
    validate_selector(spec, "spec", found)
    return found


def _validate_generated_selector(job: Manifest, spec: Manifest, found: Errors) -> None:
    if spec.get("manualSelector"):
        return
    selector = spec.get("selector")
    if selector is None:
        return
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    uid, name = job["metadata"].get("uid", ""), job["metadata"].get("name", "")
    for key, value in ((UID_LABEL, uid), (LEGACY_UID_LABEL, uid), (NAME_LABEL, name), (LEGACY_NAME_LABEL, name)):
        if labels.get(key) != value:
            path = f"spec.template.metadata.labels[{key}]"
            found.append(invalid(path, labels.get(key, ""), f"must be '{value}'") if key in labels else required(path, f"must be '{value}'"))
    wanted = ({"matchLabels": {UID_LABEL: uid}}, {"matchLabels": {LEGACY_UID_LABEL: uid}})
    if selector not in wanted:
        found.append(invalid("spec.selector", selector, "`selector` not auto-generated"))


def validate_update(job: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    spec, old_spec = job["spec"], old["spec"]
    validate_job_spec(spec, "spec", found)
    validate_selector(spec, "spec", found)
    _validate_completions(spec, old_spec, found)
    _same("selector", spec, old_spec, found)
    _validate_template_update(spec, old_spec, _may_reschedule(old), found)
    for name in ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"):
        _same(name, spec, old_spec, found)
    return found


def _same(name: str, spec: Manifest, old: Manifest, found: Errors) -> None:
    if spec.get(name) != old.get(name):
        found.append(invalid(f"spec.{name}", spec.get(name), IMMUTABLE))


def _validate_completions(spec: Manifest, old: Manifest, found: Errors) -> None:
    """An indexed job may be stretched, with its parallelism."""
    if spec.get("completions") == old.get("completions"):
        return
    elastic = spec.get("completionMode") == "Indexed" and spec.get("completions") == spec.get("parallelism")
    if not elastic or old.get("completions") != old.get("parallelism"):
        found.append(invalid("spec.completions", spec.get("completions"), IMMUTABLE))


def _may_reschedule(old: Manifest) -> bool:
    """A suspended job that never ran may still be told where to run."""
    status = old.get("status") or {}
    return bool(old["spec"].get("suspend")) and not status.get("startTime") and not status.get("active")


def _validate_template_update(spec: Manifest, old: Manifest, mutable: bool, found: Errors) -> None:
    new, before = spec["template"], old["template"]
    if mutable:
        new, before = _fixed(new), _fixed(before)
    if new != before:
        whole = "spec.template.spec" if mutable or (new.get("metadata") or {}) == (before.get("metadata") or {}) else "spec.template"
        shown = spec["template"] if whole == "spec.template" else printed("PodSpec", spec["template"]["spec"])
        found.append(invalid(whole, shown, IMMUTABLE))


def _fixed(template: Manifest) -> Manifest:
    """The template without what says where its pods go."""
    spec = {k: v for k, v in template["spec"].items() if k not in SCHEDULING}
    meta = {k: v for k, v in (template.get("metadata") or {}).items() if k not in ("labels", "annotations")}
    return {**template, "metadata": meta, "spec": spec}


def row(job: Manifest, now: float) -> list[Any]:
    spec, status = job.get("spec") or {}, job.get("status") or {}
    names, images = containers_text((spec.get("template") or {}).get("spec") or {})
    name = job["metadata"].get("name", "")
    return [name, _state(status, job), _completions(spec, status), _duration(status, now), age(job, now), names, images, selector_text(spec.get("selector"))]


def _state(status: Manifest, job: Manifest) -> str:
    true = [c["type"] for c in status.get("conditions", ()) if c.get("status") == "True"]
    if "Complete" in true:
        return "Complete"
    if "Failed" in true:
        return "Failed"
    if job["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for name in ("Suspended", "FailureTarget", "SuccessCriteriaMet"):
        if name in true:
            return name
    return "Running"


def _completions(spec: Manifest, status: Manifest) -> str:
    succeeded = status.get("succeeded", 0)
    if spec.get("completions") is not None:
        return f"{succeeded}/{spec['completions']}"
    parallelism = spec.get("parallelism", 0)
    return f"{succeeded}/1 of {parallelism}" if parallelism > 1 else f"{succeeded}/1"


def _duration(status: Manifest, now: float) -> str:
    start, end = status.get("startTime"), status.get("completionTime")
    if not start:
        return ""
    return human_duration((epoch(end) if end else now) - epoch(start))


PODS_STAY = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them "
    "or set propagationPolicy=Orphan to suppress this warning"
)

KIND = Kind(
    group="batch",
    kind="Job",
    plural="jobs",
    categories=("all",),
    has_generation=True,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    warnings=template_warnings,
    default_propagation="Orphan",
    delete_warning=PODS_STAY,
    selectable={"status.successful": lambda job: str((job.get("status") or {}).get("succeeded", 0))},
    columns=(
        NAME,
        Column("Status", "Status of the job."),
        Column("Completions", described_by=BATCH + "JobStatus.succeeded"),
        Column("Duration", "Time required to complete the job."),
        AGE,
        CONTAINERS,
        IMAGES,
        Column("Selector", priority=1, described_by=BATCH + "JobSpec.selector"),
    ),
    row=row,
    subresources={"status": status_subresource(validate=validate_status)},
)
