"""What a Job's status may say, and what it may not take back. Models validation.ValidateJobUpdateStatus and strategy.go."""

from cluster_engine.machinery.field import Errors, FieldError, invalid, required
from cluster_engine.resources.checks import NEGATIVE
from cluster_engine.resources.kind import Manifest

COUNTS = ("active", "succeeded", "failed", "ready", "terminating")


def validate_status(job: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    status, before = job.get("status") or {}, old.get("status") or {}
    for name in COUNTS:
        if (status.get(name) or 0) < 0:
            found.append(invalid(f"status.{name}", status[name], NEGATIVE))
    ready = status.get("ready")
    if ready is not None and ready > status.get("active", 0):
        found.append(invalid("status.ready", ready, "cannot set more ready pods than active"))
    _validate_conditions(status, found)
    _validate_finished(status, before, found)
    _validate_counters(status, before, found)
    return found


def _true(status: Manifest, type_: str) -> bool:
    return any(c.get("type") == type_ and c.get("status") == "True" for c in status.get("conditions") or ())


def _at_conditions(detail: str) -> FieldError:
    return FieldError("status.conditions", "Invalid value", f"Invalid value: {detail}")


def _validate_conditions(status: Manifest, found: Errors) -> None:
    complete, failed = _true(status, "Complete"), _true(status, "Failed")
    if complete and failed:
        found.append(_at_conditions("cannot set Complete=True and Failed=true conditions"))
    if complete and not status.get("completionTime"):
        found.append(required("status.completionTime", "completionTime is required for Complete jobs"))
    if status.get("completionTime") and not complete:
        found.append(invalid("status.completionTime", status["completionTime"], "cannot set completionTime when there is no Complete=True condition"))
    if failed and not _true(status, "FailureTarget"):
        found.append(_at_conditions("cannot set Failed=True condition without the FailureTarget=true condition"))
    if complete and not _true(status, "SuccessCriteriaMet"):
        found.append(_at_conditions("cannot set Complete=True condition without the SuccessCriteriaMet=true condition"))


def _validate_finished(status: Manifest, before: Manifest, found: Errors) -> None:
    finished = _true(status, "Complete") or _true(status, "Failed")
    if finished:
        if not status.get("startTime"):
            found.append(required("status.startTime", "startTime is required for finished job"))
        for name, why in (("active", "active>0 is invalid for finished job"), ("terminating", "terminating>0 is invalid for finished job")):
            if (status.get(name) or 0) > 0:
                found.append(invalid(f"status.{name}", status[name], why))
    for name in ("Complete", "Failed", "SuccessCriteriaMet", "FailureTarget"):
        if _true(before, name) and not _true(status, name):
            found.append(
                _at_conditions(
                    f"cannot disable the terminal {name}=True condition" if name in ("Complete", "Failed") else f"cannot disable the {name}=True condition"
                )
            )


def _validate_counters(status: Manifest, before: Manifest, found: Errors) -> None:
    for name in ("succeeded", "failed"):
        if status.get(name, 0) < before.get(name, 0):
            found.append(invalid(f"status.{name}", status.get(name, 0), f"cannot decrease the {name} counter"))
