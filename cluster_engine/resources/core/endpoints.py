"""Endpoints: the older list of addresses behind a Service.

Models pkg/registry/core/endpoint/strategy.go.
"""

from typing import Any

from cluster_engine.machinery.field import Errors, required
from cluster_engine.resources.addresses import check_ip, check_non_special_ip, ip_warnings
from cluster_engine.resources.checks import label, port_number, qualified_name, required_one_of, subdomain
from cluster_engine.resources.core.pod.ports import PROTOCOLS
from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, CORE, NAME, NONE, age

SHOWN = 3


def default(endpoints: Manifest) -> None:
    for subset in endpoints.get("subsets") or ():
        for port in subset.get("ports") or ():
            if not port.get("protocol"):
                port["protocol"] = "TCP"


def validate(endpoints: Manifest) -> Errors:
    found: Errors = []
    for i, subset in enumerate(endpoints.get("subsets") or ()):
        path, ports = f"subsets[{i}]", subset.get("ports") or []
        if not subset.get("addresses") and not subset.get("notReadyAddresses"):
            found.append(required(path, "must specify `addresses` or `notReadyAddresses`"))
        for name in ("addresses", "notReadyAddresses"):
            for j, address in enumerate(subset.get(name) or ()):
                _validate_address(address, f"{path}.{name}[{j}]", found)
        for j, port in enumerate(ports):
            _validate_port(port, len(ports) > 1, f"{path}.ports[{j}]", found)
    return found


def _validate_address(address: Manifest, path: str, found: Errors) -> None:
    ip = address.get("ip", "")
    check_ip(f"{path}.ip", ip, found)
    if host := address.get("hostname"):
        label(f"{path}.hostname", host, found)
    if (node := address.get("nodeName")) is not None:
        subdomain(f"{path}.nodeName", node, found)
    check_non_special_ip(f"{path}.ip", ip, found)


def _validate_port(port: Manifest, name_required: bool, path: str, found: Errors) -> None:
    if name := port.get("name"):
        label(f"{path}.name", name, found)
    elif name_required:
        found.append(required(f"{path}.name"))
    port_number(f"{path}.port", port.get("port", 0), found)
    required_one_of(f"{path}.protocol", port.get("protocol"), PROTOCOLS, found)
    if (protocol := port.get("appProtocol")) is not None:
        qualified_name(f"{path}.appProtocol", protocol, found)


def warnings(endpoints: Manifest, old: Manifest | None) -> list[str]:
    """Addresses spelled in a way that will not be taken for ever; the cluster's own controller spells well."""
    if (endpoints["metadata"].get("labels") or {}).get("endpoints.kubernetes.io/managed-by") == "endpoint-controller":
        return []
    return [
        warning
        for i, subset in enumerate(endpoints.get("subsets") or ())
        for name in ("addresses", "notReadyAddresses")
        for j, address in enumerate(subset.get(name) or ())
        for warning in ip_warnings(f"subsets[{i}].{name}[{j}].ip", address.get("ip", ""))
    ]


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
    deprecated="v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    allow_create_on_update=True,
    default=default,
    validate=validate,
    warnings=warnings,
    columns=(NAME, Column("Endpoints", described_by=CORE + "Endpoints.subsets"), AGE),
    row=row,
)
