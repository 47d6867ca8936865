"""Lease: a claim that must be renewed, by which leaders are elected and nodes show that they live.

Models pkg/registry/coordination/lease/strategy.go.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, invalid, not_supported, required
from cluster_engine.resources.checks import non_negative
from cluster_engine.resources.kind import Column, Kind, Manifest, Request
from cluster_engine.resources.table import AGE, NAME, age


def default(lease: Manifest) -> None:
    lease.setdefault("spec", {})


STRATEGIES = ("OldestEmulationVersion",)


def prepare_create(lease: Manifest, request: Request) -> None:
    """Coordinated leader election is switched off by default, so its fields are dropped."""
    for name in ("strategy", "preferredHolder"):
        lease["spec"].pop(name, None)


def prepare_update(lease: Manifest, old: Manifest, request: Request) -> None:
    prepare_create(lease, request)


def validate(lease: Manifest) -> Errors:
    found: Errors = []
    spec = lease.get("spec") or {}
    duration = spec.get("leaseDurationSeconds")
    if duration is not None and duration <= 0:
        found.append(invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"))
    non_negative("spec.leaseTransitions", spec.get("leaseTransitions"), found)
    strategy = spec.get("strategy")
    if strategy is not None and strategy not in STRATEGIES and "/" not in strategy:
        found.append(not_supported("spec.strategy", strategy, STRATEGIES))
    if spec.get("preferredHolder") and not strategy:
        found.append(required("spec.strategy", "must be specified when preferredHolder is set"))
    return found


def row(lease: Manifest, now: float) -> list[Any]:
    return [lease["metadata"].get("name", ""), (lease.get("spec") or {}).get("holderIdentity") or "", age(lease, now)]


KIND = Kind(
    group="coordination.k8s.io",
    kind="Lease",
    plural="leases",
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    columns=(NAME, Column("Holder", described_by="io.k8s.api.coordination.v1.LeaseSpec.holderIdentity"), AGE),
    row=row,
    allow_create_on_update=True,
    allow_unconditional_update=False,
)
