"""managedFields entries: who wrote which fields, with which operation, in which version, when.

Models k8s.io/apimachinery/pkg/util/managedfields/internal/{managedfields,managers,capmanagers}.go.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from cluster_engine.machinery.apply.sets import Set, union

Manifest = dict[str, Any]
APPLY, UPDATE = "Apply", "Update"
MOST_UPDATERS = 10
ANCIENT = "ancient-changes"


@dataclass(frozen=True, slots=True)
class Who:
    """What tells managers apart. An applier is the same in every version, so `api_version` is empty for it."""

    manager: str
    operation: str
    api_version: str = ""
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class Owned:
    """The fields of one manager, in the version that they were written in; `time` is RFC 3339 or ""."""

    fields: Set
    api_version: str
    time: str = ""


Managers = dict[Who, Owned]


def decode(entries: Sequence[Manifest] | None) -> Managers:
    """Managers of an object. Raises ValueError for entries that no server wrote."""
    found: Managers = {}
    for entry in entries or ():
        operation = entry.get("operation", "")
        if operation not in (APPLY, UPDATE) or entry.get("fieldsType") != "FieldsV1":
            raise ValueError("managedFields entry is malformed")
        version = entry.get("apiVersion", "")
        who = Who(entry.get("manager", ""), operation, "" if operation == APPLY else version, entry.get("subresource", ""))
        found[who] = Owned(entry.get("fieldsV1") or {}, version, entry.get("time") or "")
    return found


def encode(managers: Managers) -> list[Manifest]:
    """Entries in upstream's order: operation, time, manager, version, subresource."""
    made = [_entry(who, owned) for who, owned in managers.items()]
    made.sort(key=lambda e: (e["operation"], e.get("time", ""), e["manager"], e["apiVersion"], e.get("subresource", "")))
    return made


def _entry(who: Who, owned: Owned) -> Manifest:
    entry: Manifest = {"manager": who.manager, "operation": who.operation, "apiVersion": owned.api_version}
    if owned.time:
        entry["time"] = owned.time
    entry |= {"fieldsType": "FieldsV1", "fieldsV1": owned.fields}
    if who.subresource:
        entry["subresource"] = who.subresource
    return entry


def capped(managers: Managers) -> Managers:
    """At most MOST_UPDATERS managers that update: the oldest of more become one, "ancient-changes"."""
    updaters = [w for w in managers if w.operation == UPDATE and not w.subresource]
    if len(updaters) <= MOST_UPDATERS:
        return managers
    oldest = sorted(updaters, key=lambda w: (managers[w].time, w.manager))
    found = dict(managers)
    for who in oldest[: len(updaters) - MOST_UPDATERS + 1]:
        owned = found.pop(who)
        bucket = Who(ANCIENT, UPDATE, owned.api_version)
        earlier = found.get(bucket)
        fields = union(earlier.fields, owned.fields) if earlier else owned.fields
        found[bucket] = replace(owned, fields=fields)
    return found
