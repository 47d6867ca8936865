"""ServiceCIDR: a range from which services get their addresses. Models pkg/registry/networking/servicecidr and its validation."""

from typing import Any

from cluster_engine.machinery.field import Errors, FieldError, invalid, required, shown
from cluster_engine.resources.addresses import dual_stack_cidrs, parse_cidr, strict_cidr_messages
from cluster_engine.resources.checks import IMMUTABLE, each
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, NAME, age

ONE_EACH = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"


def default(cidr: Manifest) -> None:
    cidr.setdefault("spec", {})
    cidr.setdefault("status", {})


def prepare_create(cidr: Manifest, request: Request) -> None:
    cidr["status"] = {}


def prepare_update(cidr: Manifest, old: Manifest, request: Request) -> None:
    cidr["status"] = old.get("status", {})


def validate(cidr: Manifest) -> Errors:
    found: Errors = []
    spec = cidr.get("spec") or {}
    ranges = spec.get("cidrs") or []
    if not ranges:
        return [required("spec.cidrs", "at least one CIDR required")]
    if len(ranges) > 2:
        return [FieldError("spec.cidrs", "Invalid value", f"Invalid value: {shown({'CIDRs': ranges})}: may only hold up to 2 values")]
    if len(ranges) == 2 and all(parse_cidr(r) for r in ranges) and not dual_stack_cidrs(ranges):
        found.append(invalid("spec.cidrs", ranges, ONE_EACH))
    for index, text in enumerate(ranges):
        each(f"spec.cidrs[{index}]", text, strict_cidr_messages(text), found)
    return found


def validate_update(cidr: Manifest, old: Manifest) -> Errors:
    new, before = (cidr.get("spec") or {}).get("cidrs") or [], (old.get("spec") or {}).get("cidrs") or []
    if new[: len(before)] != before:
        return [invalid("spec.cidrs", new, IMMUTABLE)]
    return []


def row(cidr: Manifest, now: float) -> list[Any]:
    return [cidr["metadata"].get("name", ""), ",".join((cidr.get("spec") or {}).get("cidrs") or ()), age(cidr, now)]


KIND = Kind(
    group="networking.k8s.io",
    kind="ServiceCIDR",
    plural="servicecidrs",
    namespaced=False,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    columns=(NAME, Column("CIDRs", described_by="io.k8s.api.networking.v1.ServiceCIDRSpec.cidrs"), AGE),
    row=row,
    subresources={"status": status_subresource()},
)
