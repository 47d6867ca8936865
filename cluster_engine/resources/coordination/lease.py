"""Lease: a claim that must be renewed, by which leaders are elected and nodes show that they live.

Models pkg/registry/coordination/lease/strategy.go.
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, NAME, age


def default(lease: Manifest) -> None:
    lease.setdefault("spec", {})


def row(lease: Manifest, now: float) -> list[Any]:
    return [lease["metadata"].get("name", ""), (lease.get("spec") or {}).get("holderIdentity") or "", age(lease, now)]


KIND = Kind(
    group="coordination.k8s.io",
    kind="Lease",
    plural="leases",
    default=default,
    columns=(NAME, Column("Holder", described_by="io.k8s.api.coordination.v1.LeaseSpec.holderIdentity"), AGE),
    row=row,
    allow_create_on_update=True,
    allow_unconditional_update=False,
)
