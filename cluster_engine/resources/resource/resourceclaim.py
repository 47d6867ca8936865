"""ResourceClaim: what devices a workload needs, and which it got. Models pkg/registry/resource/resourceclaim and its validation."""

from typing import Any

from cluster_engine.machinery.field import Errors, invalid
from cluster_engine.resources.checks import IMMUTABLE
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.resource.claim_spec import default_claim_spec, validate_claim_spec
from cluster_engine.resources.table import AGE, NAME, age


def default(claim: Manifest) -> None:
    default_claim_spec(claim.setdefault("spec", {}))
    claim.setdefault("status", {})


def prepare_create(claim: Manifest, request: Request) -> None:
    claim["status"] = {}


def prepare_update(claim: Manifest, old: Manifest, request: Request) -> None:
    claim["status"] = old.get("status", {})


def validate(claim: Manifest) -> Errors:
    found: Errors = []
    validate_claim_spec(claim.get("spec") or {}, "spec", found)
    return found


def validate_update(claim: Manifest, old: Manifest) -> Errors:
    return [invalid("spec", claim.get("spec"), IMMUTABLE)] if claim.get("spec") != old.get("spec") else []


def row(claim: Manifest, now: float) -> list[Any]:
    return [claim["metadata"].get("name", ""), state(claim), age(claim, now)]


def state(claim: Manifest) -> str:
    """`pending`, or what it has and what holds it: `allocated,reserved`."""
    status = claim.get("status") or {}
    states = ["deleted"] if claim["metadata"].get("deletionTimestamp") else []
    if status.get("allocation") is None:
        return ",".join([*states, "pending"]) if not states else ",".join(states)
    return ",".join([*states, "allocated", *(["reserved"] if status.get("reservedFor") else [])])


KIND = Kind(
    group="resource.k8s.io",
    kind="ResourceClaim",
    plural="resourceclaims",
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    columns=(NAME, Column("State", "A summary of the current state (allocated, pending, reserved, etc.)."), AGE),
    row=row,
    subresources={"status": status_subresource()},
)
