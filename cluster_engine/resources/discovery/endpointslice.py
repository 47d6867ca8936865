"""EndpointSlice: up to a hundred or so of the endpoints behind a Service.

Models pkg/registry/discovery/endpointslice/strategy.go and pkg/printers (printEndpointSlice).
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, NAME, UNSET, age

SLICE = "io.k8s.api.discovery.v1.EndpointSlice"


def default(endpoint_slice: Manifest) -> None:
    for port in endpoint_slice.get("ports") or ():
        if port.get("name") is None:
            port["name"] = ""
        if port.get("protocol") is None:
            port["protocol"] = "TCP"
    for endpoint in endpoint_slice.get("endpoints") or ():
        endpoint.setdefault("conditions", {})


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
    columns=(
        NAME,
        Column("AddressType", described_by=SLICE + ".addressType"),
        Column("Ports", described_by=SLICE + ".ports"),
        Column("Endpoints", described_by=SLICE + ".endpoints"),
        AGE,
    ),
    row=row,
)
