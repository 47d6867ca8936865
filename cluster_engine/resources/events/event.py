"""Event in its newer form: the same stored objects as the core group's events, under other names.

Models pkg/apis/events/v1/conversion.go.
"""

from cluster_engine.resources.core import event as core
from cluster_engine.resources.core.event_rules import validate_new, validate_new_update
from cluster_engine.resources.kind import Conversion, Kind, Manifest

RENAMED = (
    ("regarding", "involvedObject"),
    ("note", "message"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
)
TO_CORE = dict(RENAMED)
FROM_CORE = {there: here for here, there in RENAMED}


def to_storage(event: Manifest) -> Manifest:
    return {TO_CORE.get(name, name): value for name, value in event.items()} | {"apiVersion": "v1"}


def from_storage(event: Manifest) -> Manifest:
    """Reporters are left out where the old form has them empty."""
    renamed = {FROM_CORE.get(name, name): value for name, value in event.items()} | {"apiVersion": "events.k8s.io/v1"}
    for name in ("reportingController", "reportingInstance"):
        if not renamed.get(name):
            renamed.pop(name, None)
    return renamed


def _selector(name: str) -> str:
    """Field selectors go by the new names."""
    head, dot, rest = name.partition(".")
    return FROM_CORE.get(head, head) + dot + rest


KIND = Kind(
    group="events.k8s.io",
    kind="Event",
    plural="events",
    short_names=("ev",),
    storage_prefix="events",
    stored_api_version="v1",
    conversions={"v1": Conversion(to_storage, from_storage)},
    default=core.default,
    validate=validate_new,
    validate_update=validate_new_update,
    columns=core.COLUMNS,
    row=core.row,
    selectable={_selector(name): value for name, value in core.SELECTABLE.items() if name != "source"},
    allow_create_on_update=True,
)
