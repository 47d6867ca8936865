"""Event: what happened to an object, told by the component that did or saw it.

Models pkg/registry/core/event/strategy.go and pkg/printers (printEvent).
"""

from collections.abc import Callable
from typing import Any

from cluster_engine.machinery.names import path_segment_name
from cluster_engine.resources.core.event_rules import validate_old
from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import CORE, META, since

COLUMNS = (
    Column("Last Seen", described_by=CORE + "Event.lastTimestamp"),
    Column("Type", described_by=CORE + "Event.type"),
    Column("Reason", described_by=CORE + "Event.reason"),
    Column("Object", described_by=CORE + "Event.involvedObject"),
    Column("Subobject", priority=1, described_by=CORE + "ObjectReference.fieldPath"),
    Column("Source", priority=1, described_by=CORE + "Event.source"),
    Column("Message", described_by=CORE + "Event.message"),
    Column("First Seen", priority=1, described_by=CORE + "Event.firstTimestamp"),
    Column("Count", priority=1, described_by=CORE + "Event.count"),
    Column("Name", format="name", priority=1, described_by=META + "name"),
)


def default(event: Manifest) -> None:
    event.setdefault("source", {})
    event.setdefault("involvedObject", {})
    for name in ("firstTimestamp", "lastTimestamp", "eventTime"):
        event.setdefault(name, None)
    event.setdefault("reportingComponent", "")
    event.setdefault("reportingInstance", "")


def row(event: Manifest, now: float) -> list[Any]:
    first = event.get("firstTimestamp") or event.get("eventTime")
    series = event.get("series")
    last = (series or {}).get("lastObservedTime") or event.get("lastTimestamp") or first
    about = event.get("involvedObject") or {}
    target = about.get("kind", "").lower()
    if about.get("name"):
        target = f"{target}/{about['name']}"
    count = series.get("count", 0) if series else event.get("count") or 1
    return [
        since(last, now),
        event.get("type", ""),
        event.get("reason", ""),
        target,
        about.get("fieldPath", ""),
        _source(event),
        event.get("message", "").strip(),
        since(first, now),
        count,
        event["metadata"].get("name", ""),
    ]


def _source(event: Manifest) -> str:
    source = event.get("source") or {}
    parts = (source.get("component") or event.get("reportingComponent"), source.get("host") or event.get("reportingInstance"))
    return ", ".join(p for p in parts if p)


def _about(name: str) -> Callable[[Manifest], str]:
    return lambda event: str((event.get("involvedObject") or {}).get(name, ""))


def _own(name: str) -> Callable[[Manifest], str]:
    return lambda event: str(event.get(name) or "")


SELECTABLE = {
    **{f"involvedObject.{n}": _about(n) for n in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")},
    **{n: _own(n) for n in ("reason", "reportingComponent", "type")},
    "source": lambda event: str((event.get("source") or {}).get("component") or event.get("reportingComponent") or ""),
}

KIND = Kind(
    group="",
    kind="Event",
    plural="events",
    short_names=("ev",),
    default=default,
    validate=validate_old,
    columns=COLUMNS,
    row=row,
    selectable=SELECTABLE,
    allow_create_on_update=True,
    validate_name=path_segment_name,
    free_finalizers=True,
)
