"""IPAddress: one address that a service holds. Models pkg/registry/networking/ipaddress and validation.ValidateIPAddress."""

from typing import Any

from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.resources.addresses import strict_ip_messages
from cluster_engine.resources.checks import IMMUTABLE, subdomain
from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import NAME

PARENT = "spec.parentRef"


def validate_name(name: str, generated: bool) -> list[str]:
    return strict_ip_messages(name)


def validate(address: Manifest) -> Errors:
    found: Errors = []
    parent = (address.get("spec") or {}).get("parentRef")
    if not parent:
        return [required(PARENT)]
    if parent.get("group"):
        subdomain(f"{PARENT}.group", parent["group"], found)
    for name in ("resource", "name"):
        if not parent.get(name):
            found.append(required(f"{PARENT}.{name}"))
    for name in ("resource", "name", "namespace"):
        for bad in "/%":
            if bad in (parent.get(name) or ""):
                found.append(invalid(f"{PARENT}.{name}", parent[name], f"may not contain '{bad}'"))
    return found


def validate_update(address: Manifest, old: Manifest) -> Errors:
    new, before = (address.get("spec") or {}).get("parentRef"), (old.get("spec") or {}).get("parentRef")
    return [invalid(PARENT, _shown(new or {}), IMMUTABLE)] if new != before else []


def _shown(parent: Manifest) -> Manifest:
    return {name: parent.get(name.lower(), "") for name in ("Group", "Resource", "Namespace", "Name")}


def row(address: Manifest, now: float) -> list[Any]:
    parent = (address.get("spec") or {}).get("parentRef") or {}
    shown = "/".join(p for p in (parent.get("group"), parent.get("resource"), parent.get("namespace"), parent.get("name")) if p)
    if parent.get("group"):
        shown = f"{parent['resource']}.{parent['group']}/" + "/".join(p for p in (parent.get("namespace"), parent.get("name")) if p)
    return [address["metadata"].get("name", ""), shown]


KIND = Kind(
    group="networking.k8s.io",
    kind="IPAddress",
    plural="ipaddresses",
    namespaced=False,
    short_names=("ip",),
    validate_name=validate_name,
    validate=validate,
    validate_update=validate_update,
    columns=(NAME, Column("ParentRef", described_by="io.k8s.api.networking.v1.IPAddressSpec.parentRef")),
    row=row,
)
