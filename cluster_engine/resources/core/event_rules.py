"""The rules of events: loose for the old form, which anybody may write, strict for the new one.

Models pkg/apis/core/validation/events.go. Both forms are judged as they are stored, in the old one.
"""

from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.resources.checks import IMMUTABLE, qualified_name
from cluster_engine.resources.kind import Manifest

LIMITS = (("reason", "reason", 128), ("action", "action", 128), ("message", "message", 1024), ("reportingInstance", "reportingInstance", 128))
SHOWN = ("Kind", "Namespace", "Name", "UID", "APIVersion", "ResourceVersion", "FieldPath")
JSON_NAMES = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")


def validate_old(event: Manifest) -> Errors:
    """Of the core group: only the namespace, and the new fields where they are used at all."""
    found: Errors = []
    _validate_basics(event, "reportingComponent", found)
    return found


def _validate_basics(event: Manifest, reporter: str, found: Errors) -> None:
    """`reporter`: how the request's version calls who saw it."""
    _validate_namespace(event, found)
    if event.get("eventTime"):
        _validate_reporter(event, reporter, found)
        _validate_sizes(event, found)


def _validate_namespace(event: Manifest, found: Errors) -> None:
    """An event lies beside what it is about, in its new form not always; one about the cluster's own objects in `default`."""
    about, own = (event.get("involvedObject") or {}).get("namespace") or "", event["metadata"].get("namespace", "")
    if event.get("eventTime"):
        apart = not about and own not in ("default", "kube-system")
    else:
        apart = own != about if about else own not in ("", "default")
    if apart:
        found.append(invalid("involvedObject.namespace", about, "does not match event.namespace"))


def _validate_reporter(event: Manifest, path: str, found: Errors) -> None:
    reporter = event.get("reportingComponent") or ""
    if not reporter:
        found.append(required(path))
    qualified_name(path, reporter, found)
    for name in ("reportingInstance", "action", "reason"):
        if not event.get(name):
            found.append(required(name))


def _validate_sizes(event: Manifest, found: Errors) -> None:
    for field, shown, most in LIMITS:
        if len(event.get(field) or "") > most:
            found.append(invalid(shown, "", f"can have at most {most} characters"))


def validate_new(event: Manifest) -> Errors:
    """Of events.k8s.io: who saw what, when and where must be told; the old fields stay empty."""
    found: Errors = []
    _validate_basics(event, "reportingController", found)
    if not event.get("eventTime"):
        found.append(required("eventTime"))
    if event.get("type") not in ("Normal", "Warning"):
        found.append(invalid("type", "", f"has invalid value: {event.get('type') or ''}"))
    for field, absent in (("firstTimestamp", None), ("lastTimestamp", None), ("count", 0), ("source", {})):
        if (event.get(field) or absent) != absent:
            found.append(invalid(field, "", "needs to be unset"))
    _validate_series(event, found)
    return found


def _validate_series(event: Manifest, found: Errors) -> None:
    series = event.get("series")
    if series is None:
        return
    if series.get("count", 0) < 2:
        found.append(invalid("series.count", "", "should be at least 2"))
    if not series.get("lastObservedTime"):
        found.append(required("series.lastObservedTime"))


def validate_new_update(event: Manifest, old: Manifest) -> Errors:
    """Only the series, the count of how often it happened, may go on."""
    found: Errors = []
    for field in ("involvedObject", "reason", "reason", "message", "firstTimestamp", "lastTimestamp", "count", "source", "type", "eventTime"):
        new, before = event.get(field) or None, old.get(field) or None
        if new != before:
            shown = _shown(new or {}) if field == "involvedObject" else new
            found.append(invalid(field, shown, IMMUTABLE))
    for field, path in (
        ("action", "action"),
        ("related", "related"),
        ("reportingComponent", "reportingController"),
        ("reportingInstance", "reportingInstance"),
    ):
        if (event.get(field) or None) != (old.get(field) or None):
            found.append(invalid(path, event.get(field) or "", IMMUTABLE))
    return found


def _shown(reference: Manifest) -> Manifest:
    return {go: reference.get(name, "") for go, name in zip(SHOWN, JSON_NAMES, strict=True)}
