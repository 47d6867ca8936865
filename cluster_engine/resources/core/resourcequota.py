"""ResourceQuota: how much a namespace may use in all.

Models pkg/registry/core/resourcequota/strategy.go and pkg/printers (printResourceQuota).
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, NAME, age


def default(quota: Manifest) -> None:
    quota.setdefault("spec", {})
    quota.setdefault("status", {})


def prepare_create(quota: Manifest, request: Request) -> None:
    quota["status"] = {}


def prepare_update(quota: Manifest, old: Manifest, request: Request) -> None:
    quota["status"] = old.get("status", {})


def row(quota: Manifest, now: float) -> list[Any]:
    status = quota.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    requests, limits = [], []
    for name in sorted(hard):
        text = f"{name}: {used.get(name, '0')}/{hard[name]}"
        (limits if name.startswith("limits") else requests).append(text)
    return [quota["metadata"].get("name", ""), ", ".join(requests), ", ".join(limits), age(quota, now)]


KIND = Kind(
    group="",
    kind="ResourceQuota",
    plural="resourcequotas",
    returns_deleted=True,
    short_names=("quota",),
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    columns=(
        NAME,
        Column("Request", "Request represents a minimum amount of cpu/memory that a container may consume."),
        Column("Limit", "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node."),
        AGE,
    ),
    row=row,
    subresources={"status": status_subresource()},
)
