"""Endpoints: the older list of addresses behind a Service.

Models pkg/registry/core/endpoint/strategy.go.
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, CORE, NAME, NONE, age

SHOWN = 3


def default(endpoints: Manifest) -> None:
    for subset in endpoints.get("subsets") or ():
        for port in subset.get("ports") or ():
            if not port.get("protocol"):
                port["protocol"] = "TCP"


def row(endpoints: Manifest, now: float) -> list[Any]:
    return [endpoints["metadata"].get("name", ""), addresses(endpoints), age(endpoints, now)]


def addresses(endpoints: Manifest) -> str:
    """The first addresses with their ports, and how many more there are."""
    found: list[str] = []
    for subset in endpoints.get("subsets") or ():
        ips, ports = [a.get("ip", "") for a in subset.get("addresses") or ()], subset.get("ports") or ()
        found += [_joined(ip, port["port"]) for port in ports for ip in ips] if ports else ips
    if not found:
        return NONE
    more = f" + {len(found) - SHOWN} more..." if len(found) > SHOWN else ""
    return ",".join(found[:SHOWN]) + more


def _joined(ip: str, port: int) -> str:
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


KIND = Kind(
    group="",
    kind="Endpoints",
    plural="endpoints",
    singular="endpoints",
    short_names=("ep",),
    storage_prefix="services/endpoints",
    default=default,
    columns=(NAME, Column("Endpoints", described_by=CORE + "Endpoints.subsets"), AGE),
    row=row,
)
