"""EndpointSlice: up to a hundred or so of the endpoints behind a Service.

Models pkg/registry/discovery/endpointslice/strategy.go and pkg/printers (printEndpointSlice).
"""

from typing import Any

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid, not_supported, required, too_many
from cluster_engine.resources.addresses import check_ip, check_non_special_ip, ip_warnings, parse_ip
from cluster_engine.resources.checks import IMMUTABLE, each, label, labels, qualified_name, subdomain
from cluster_engine.resources.core.pod.ports import PROTOCOLS
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, spec_differs
from cluster_engine.resources.lists import empty_as_null
from cluster_engine.resources.table import AGE, NAME, UNSET, age

SLICE = "io.k8s.api.discovery.v1.EndpointSlice"


def default(endpoint_slice: Manifest) -> None:
    for port in endpoint_slice.get("ports") or ():
        if port.get("name") is None:
            port["name"] = ""
        if port.get("protocol") is None:
            port["protocol"] = "TCP"
    for endpoint in endpoint_slice.setdefault("endpoints", None) or ():
        endpoint.setdefault("conditions", {})


ADDRESS_TYPES = frozenset({"IPv4", "IPv6", "FQDN"})
ENDPOINTS, PORTS, ADDRESSES, HINTS, TOPOLOGY = 1000, 20000, 100, 8, 16
HOSTNAME = "kubernetes.io/hostname"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"


def prepare_create(endpoint_slice: Manifest, request: Request) -> None:
    """Free topology went with v1beta1."""
    empty_as_null(endpoint_slice, "endpoints")
    for endpoint in endpoint_slice.get("endpoints") or ():
        endpoint.pop("deprecatedTopology", None)


def prepare_update(endpoint_slice: Manifest, old: Manifest, request: Request) -> None:
    empty_as_null(endpoint_slice, "endpoints")


def new_generation(new: Manifest, before: Manifest) -> bool:
    """Labels count: they say whose endpoints these are."""
    return spec_differs(new, before) or (new["metadata"].get("labels") or {}) != (before["metadata"].get("labels") or {})


def validate(endpoint_slice: Manifest) -> Errors:
    found: Errors = []
    kind = endpoint_slice.get("addressType", "")
    if not kind:
        found.append(required("addressType"))
    elif kind not in ADDRESS_TYPES:
        found.append(not_supported("addressType", kind, ADDRESS_TYPES))
    endpoints, ports = endpoint_slice.get("endpoints") or [], endpoint_slice.get("ports") or []
    if len(endpoints) > ENDPOINTS:
        found.append(too_many("endpoints", len(endpoints), ENDPOINTS))
    else:
        for i, endpoint in enumerate(endpoints):
            _validate_endpoint(endpoint, kind, f"endpoints[{i}]", found)
    if len(ports) > PORTS:
        found.append(too_many("ports", len(ports), PORTS))
    else:
        _validate_ports(ports, found)
    return found


def _validate_endpoint(endpoint: Manifest, kind: str, path: str, found: Errors) -> None:
    addresses = endpoint.get("addresses") or []
    if not addresses:
        found.append(required(f"{path}.addresses", "must contain at least 1 address"))
    elif len(addresses) > ADDRESSES:
        found.append(too_many(f"{path}.addresses", len(addresses), ADDRESSES))
    for i, address in enumerate(addresses):
        _validate_address(address, kind, f"{path}.addresses[{i}]", found)
    if (node := endpoint.get("nodeName")) is not None:
        subdomain(f"{path}.nodeName", node, found)
    topology = endpoint.get("deprecatedTopology") or {}
    if len(topology) > TOPOLOGY:
        found.append(too_many(f"{path}.deprecatedTopology", len(topology), TOPOLOGY))
    labels(f"{path}.deprecatedTopology", topology, found)
    if HOSTNAME in topology:
        found.append(forbidden(f"{path}.deprecatedTopology[{HOSTNAME}]", "may not be set; use `nodeName`"))
    if (host := endpoint.get("hostname")) is not None:
        label(f"{path}.hostname", host, found)
    if (hints := endpoint.get("hints")) is not None:
        for field in ("forZones", "forNodes"):
            _validate_hints(hints.get(field) or [], f"{path}.hints.{field}", found)


def _validate_address(address: str, kind: str, path: str, found: Errors) -> None:
    if kind == "FQDN":
        _validate_domain(address, path, found)
    elif kind in ADDRESS_TYPES:
        ip = parse_ip(address)
        if ip is None:
            check_ip(path, address, found)
        elif f"IPv{ip.version}" != kind:
            found.append(invalid(path, address, f"must be an {kind} address"))
        check_non_special_ip(path, address, found) if ip is not None else None


def _validate_domain(name: str, path: str, found: Errors) -> None:
    """A full name: at least two labels, with or without the last dot."""
    if not name:
        found.append(required(path))
        return
    name = name.removesuffix(".")
    if messages := names.is_dns1123_subdomain(name):
        found.append(invalid(path, name, ",".join(messages)))
    elif "." not in name:
        found.append(invalid(path, name, "should be a domain with at least two segments separated by dots"))


def _validate_hints(hints: list[Manifest], path: str, found: Errors) -> None:
    if len(hints) > HINTS:
        found.append(too_many(path, len(hints), HINTS))
        return
    seen: set[str] = set()
    for i, hint in enumerate(hints):
        name = hint.get("name", "")
        if name in seen:
            found.append(duplicate(f"{path}[{i}].name", name))
        seen.add(name)
        messages = names.is_label_value(name) if path.endswith("forZones") else names.is_dns1123_subdomain(name)
        each(f"{path}[{i}].name", name, messages, found)


def _validate_ports(ports: list[Manifest], found: Errors) -> None:
    seen: set[str] = set()
    for i, port in enumerate(ports):
        name = port.get("name") or ""
        if name:
            label(f"ports[{i}].name", name, found)
        if name in seen:
            found.append(duplicate(f"ports[{i}].name", name))
        seen.add(name)
        protocol = port.get("protocol")
        if protocol is None:
            found.append(required(f"ports[{i}].protocol"))
        elif protocol not in PROTOCOLS:
            found.append(not_supported(f"ports[{i}].protocol", protocol, PROTOCOLS))
        if (application := port.get("appProtocol")) is not None:
            qualified_name(f"ports[{i}].appProtocol", application, found)


def validate_update(endpoint_slice: Manifest, old: Manifest) -> Errors:
    if endpoint_slice.get("addressType") == old.get("addressType"):
        return []
    return [invalid("addressType", endpoint_slice.get("addressType", ""), IMMUTABLE)]


def warnings(endpoint_slice: Manifest, old: Manifest | None) -> list[str]:
    kind = endpoint_slice.get("addressType")
    if kind == "FQDN":
        return ["spec.addressType: FQDN endpoints are deprecated"] if old is None else []
    if (endpoint_slice["metadata"].get("labels") or {}).get(MANAGED_BY) == "endpointslice-controller.k8s.io":
        return []
    endpoints = endpoint_slice.get("endpoints") or ()
    return [w for i, e in enumerate(endpoints) for j, ip in enumerate(e.get("addresses") or ()) for w in ip_warnings(f"endpoints[{i}].addresses[{j}]", ip)]


def row(endpoint_slice: Manifest, now: float) -> list[Any]:
    ports = [str(p["port"]) if p.get("port") is not None else "*" for p in endpoint_slice.get("ports") or ()]
    addresses = [address for endpoint in endpoint_slice.get("endpoints") or () for address in endpoint.get("addresses") or ()]
    return [
        endpoint_slice["metadata"].get("name", ""),
        endpoint_slice.get("addressType", ""),
        _short(ports),
        _short(addresses),
        age(endpoint_slice, now),
    ]


def _short(texts: list[str]) -> str:
    if not texts:
        return UNSET
    more = f" + {len(texts) - 3} more..." if len(texts) > 3 else ""
    return ",".join(texts[:3]) + more


KIND = Kind(
    group="discovery.k8s.io",
    kind="EndpointSlice",
    plural="endpointslices",
    has_generation=True,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    new_generation=new_generation,
    validate=validate,
    validate_update=validate_update,
    warnings=warnings,
    columns=(
        NAME,
        Column("AddressType", described_by=SLICE + ".addressType"),
        Column("Ports", described_by=SLICE + ".ports"),
        Column("Endpoints", described_by=SLICE + ".endpoints"),
        AGE,
    ),
    row=row,
)
