"""Service ports: each port of each service with the endpoints that stand behind it, as every node sees them.

Models pkg/proxy/{serviceport,endpoints,topology}.go.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One backend. `usable` is false for those that only serve while they terminate."""

    address: str
    port: int
    node: str
    ready: bool
    serving: bool = True
    terminating: bool = False

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class ServicePort:
    """`name` is namespace/name or namespace/name:port. `affinity` in seconds, 0 for none."""

    name: str
    protocol: str
    cluster_ip: str
    port: int
    node_port: int
    external_ips: tuple[str, ...]
    load_balancer_ips: tuple[str, ...]
    source_ranges: tuple[str, ...]
    affinity: int
    external_local: bool
    internal_local: bool
    endpoints: tuple[Endpoint, ...]

    def usable(self, node: str = "", local: bool = False) -> tuple[Endpoint, ...]:
        """The ready ones; if there are none, those that still serve while they end. `local`: only those on `node`."""
        candidates = [e for e in self.endpoints if not local or e.node == node]
        ready = tuple(e for e in candidates if e.ready)
        return ready or tuple(e for e in candidates if e.serving and e.terminating)


def service_ports(service: Manifest, slices: Iterable[Manifest]) -> list[ServicePort]:
    """The ports of one service; none for headless services and those by another name."""
    spec, meta = service["spec"], service["metadata"]
    address = spec.get("clusterIP", "")
    if not address or address == "None" or spec.get("type") == "ExternalName" or (meta.get("labels") or {}).get("service.kubernetes.io/service-proxy-name"):
        return []
    slices = [s for s in slices if s.get("addressType") == "IPv4"]
    affinity = 0
    if spec.get("sessionAffinity") == "ClientIP":
        affinity = int(((spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}).get("timeoutSeconds") or 10800)
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    result = []
    for port in spec.get("ports") or ():
        name = f"{meta['namespace']}/{meta['name']}" + (f":{port['name']}" if port.get("name") else "")
        result.append(
            ServicePort(
                name, port.get("protocol", "TCP").lower(), address, port["port"], port.get("nodePort", 0), tuple(spec.get("externalIPs") or ()),
                tuple(i["ip"] for i in ingress if i.get("ip") and i.get("ipMode", "VIP") == "VIP"), tuple(spec.get("loadBalancerSourceRanges") or ()), affinity,
                spec.get("externalTrafficPolicy") == "Local", spec.get("internalTrafficPolicy") == "Local", tuple(_endpoints(port, slices)),
            )
        )  # fmt: skip
    return result


def _endpoints(port: Manifest, slices: list[Manifest]) -> list[Endpoint]:
    found: dict[tuple[str, int], Endpoint] = {}
    for part in slices:
        number = next((p["port"] for p in part.get("ports") or () if (p.get("name") or "") == (port.get("name") or "") and p.get("port")), None)
        if number is None:
            continue
        for endpoint in part.get("endpoints") or ():
            conditions = endpoint.get("conditions") or {}
            terminating = bool(conditions.get("terminating"))
            ready = conditions.get("ready") is not False and not terminating
            for address in endpoint["addresses"][:1]:
                found[(address, number)] = Endpoint(address, number, endpoint.get("nodeName", ""), ready, conditions.get("serving") is not False, terminating)
    return sorted(found.values(), key=lambda e: (e.address, e.port))
