"""Addresses and ports of services: handed out before a service is validated, written down with it, given back with it.

Models pkg/registry/core/service/storage/{storage,alloc}.go, ipallocator and portallocator. Every address in use is an IPAddress
object; every node port in use stands in a service.
"""

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cluster_engine.apiserver.bootstrap import SERVICE_CIDR
from cluster_engine.apiserver.call import Call
from cluster_engine.machinery import field
from cluster_engine.machinery.field import FieldError
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError, invalid
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

NETWORK = ipaddress.IPv4Network(SERVICE_CIDR)
ADDRESSES = "ipaddresses.networking.k8s.io"
STATIC_ADDRESSES = 256
FIRST_PORT, LAST_PORT, STATIC_PORTS = 30000, 32767, 86
EXPOSED = ("NodePort", "LoadBalancer")
WITH_ADDRESS = ("ClusterIP", "NodePort", "LoadBalancer")
FAMILIES = ("IPv4", "IPv6")
POLICIES = ("SingleStack", "PreferDualStack", "RequireDualStack")
NONE = "None"
MANAGED = {"ipaddress.kubernetes.io/ip-family": "IPv4", "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io"}


def before_create(server: "APIServer", call: Call, service: Manifest) -> None:
    """Give a new service its families, address and ports. Raises 422."""
    spec = service["spec"] = {**service.get("spec", {})}
    if spec.get("type") not in (*WITH_ADDRESS, "ExternalName"):
        return
    normalize(spec, None)
    _allocate(server, call, spec, {}, service["metadata"].get("name", ""))


def before_update(server: "APIServer", call: Call, service: Manifest, before: Manifest) -> None:
    """Keep what the old service had where the new one does not say, and allocate what is missing. Raises 422."""
    spec, old = {**service.get("spec", {})}, before.get("spec", {})
    service["spec"] = spec
    if spec.get("type") not in (*WITH_ADDRESS, "ExternalName"):
        return
    normalize(spec, old)
    keep_allocated(spec, old)
    drop_unneeded(spec, old)
    _allocate(server, call, spec, old, service["metadata"].get("name", ""))


def normalize(spec: Manifest, old: Manifest | None) -> None:
    """clusterIP and the first of clusterIPs say the same; an old client that sets only the first means both."""
    address, addresses = spec.get("clusterIP", ""), spec.get("clusterIPs") or []
    if old is None:
        if address and not addresses:
            spec["clusterIPs"] = [address]
        return
    was = old.get("clusterIP", "")
    same_list = addresses == (old.get("clusterIPs") or [])
    if was and not address and same_list and spec.get("type") == "ExternalName":
        spec.pop("clusterIPs", None)
    elif address and address != was and same_list:
        spec["clusterIPs"] = [address]


def keep_allocated(spec: Manifest, old: Manifest) -> None:
    """Models patchAllocatedValues."""
    if old.get("type") in WITH_ADDRESS and spec.get("type") in WITH_ADDRESS:
        if not spec.get("clusterIP") and old.get("clusterIP") and not spec.get("clusterIPs"):
            spec["clusterIP"] = old["clusterIP"]
        if not spec.get("clusterIPs") and spec.get("clusterIP") == old.get("clusterIP") and old.get("clusterIPs"):
            spec["clusterIPs"] = list(old["clusterIPs"])
    if old.get("type") in EXPOSED and spec.get("type") in EXPOSED:
        known = {(p.get("protocol"), p.get("port")): p["nodePort"] for p in old.get("ports") or () if p.get("nodePort")}
        spec["ports"] = [_with_port(p, known) for p in spec.get("ports") or ()]
    if _needs_health_port(old) and _needs_health_port(spec) and not spec.get("healthCheckNodePort") and old.get("healthCheckNodePort"):
        spec["healthCheckNodePort"] = old["healthCheckNodePort"]


def _with_port(port: Manifest, known: dict[tuple[str | None, int | None], int]) -> Manifest:
    kept = known.get((port.get("protocol"), port.get("port")))
    return {**port, "nodePort": kept} if kept and not port.get("nodePort") else port


def _needs_health_port(spec: Manifest) -> bool:
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def drop_unneeded(spec: Manifest, old: Manifest) -> None:
    """What the new type has no use for goes, unless it was changed by hand. Models dropTypeDependentFields."""
    if spec["type"] == "ExternalName" and old.get("type") in WITH_ADDRESS:
        for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if spec.get(name) == old.get(name):
                spec.pop(name, None)
    if old.get("type") in EXPOSED and spec["type"] not in EXPOSED:
        was = {p.get("nodePort") for p in old.get("ports") or ()}
        spec["ports"] = [{k: v for k, v in p.items() if k != "nodePort"} if p.get("nodePort") in was else p for p in spec.get("ports") or ()]
        if not spec.get("ports"):
            spec.pop("ports")
    if _needs_health_port(old) and not _needs_health_port(spec) and spec.get("healthCheckNodePort") == old.get("healthCheckNodePort"):
        spec.pop("healthCheckNodePort", None)
    for name, kinds in (("allocateLoadBalancerNodePorts", ("LoadBalancer",)), ("loadBalancerClass", ("LoadBalancer",)), ("externalTrafficPolicy", EXPOSED)):
        if spec["type"] not in kinds and old.get("type") in kinds and spec.get(name) == old.get(name):
            spec.pop(name, None)


def _allocate(server: "APIServer", call: Call, spec: Manifest, old: Manifest, name: str) -> None:
    if spec["type"] != "ExternalName":
        _families(spec, name)
        _address(server, call, spec, old, name)
    if spec["type"] == "NodePort" or (spec["type"] == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is not False):
        spec["ports"] = _ports(server, call, spec, old, name)
    elif spec["type"] == "LoadBalancer" and any(p.get("nodePort") for p in spec.get("ports") or ()):
        _ports(server, call, {**spec, "ports": [p for p in spec["ports"] if p.get("nodePort")]}, old, name)
    if _needs_health_port(spec):
        _health_port(server, call, spec, old, name)


def _refused(name: str, error: FieldError) -> ApiError:
    return invalid("", "Service", name, [error])


def _families(spec: Manifest, name: str) -> None:
    """This cluster has IPv4 only; selectorless headless services may name both."""
    families, policy = list(spec.get("ipFamilies") or ()), spec.get("ipFamilyPolicy")
    if any(f not in FAMILIES for f in families) or (policy is not None and policy not in POLICIES) or len(set(families)) < len(families):
        return
    headless = (spec.get("clusterIPs") or [spec.get("clusterIP")])[0] == NONE
    for position, address in enumerate(spec.get("clusterIPs") or ()):
        if ":" in address and _parsed(address):
            raise _refused(name, field.invalid(f"spec.clusterIPs[{position}]", list(spec["clusterIPs"]), "IPv6 is not configured on this cluster"))
    if headless and not spec.get("selector"):
        spec["ipFamilyPolicy"] = policy or ("SingleStack" if len(families) == 1 else "RequireDualStack")
        families = families or ["IPv4"]
        if spec["ipFamilyPolicy"] != "SingleStack" and len(families) == 1:
            families.append("IPv6" if families[0] == "IPv4" else "IPv4")
        spec["ipFamilies"] = families
        return
    if policy == "RequireDualStack":
        raise _refused(name, field.invalid("spec.ipFamilyPolicy", policy, "this cluster is not configured for dual-stack services"))
    for position, family in enumerate(families):
        if family == "IPv6":
            raise _refused(name, field.invalid(f"spec.ipFamilies[{position}]", family, "not configured on this cluster"))
    spec["ipFamilyPolicy"], spec["ipFamilies"] = policy or "SingleStack", families or ["IPv4"]


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def _address(server: "APIServer", call: Call, spec: Manifest, old: Manifest, name: str) -> None:
    addresses = spec.get("clusterIPs") or ([spec["clusterIP"]] if spec.get("clusterIP") else [])
    if not addresses:
        free = str(NETWORK.network_address) if call.options.dry_run else _free_address(server)
        spec["clusterIP"], spec["clusterIPs"] = free, [free]
        return
    spec.setdefault("clusterIP", addresses[0])
    if addresses[0] == NONE or addresses == (old.get("clusterIPs") or []) or _parsed(addresses[0]) is None or len(addresses) > 1:
        return
    _claim(server, call, addresses[0], name)


def _claim(server: "APIServer", call: Call, address: str, name: str) -> None:
    """Raises 422 when a wanted address cannot be had."""
    parsed = ipaddress.ip_address(address)
    if parsed.version != 4:
        raise _refused(name, field.invalid("spec.clusterIPs[0]", [address], "IPv6 is not configured on this cluster"))
    problem = ""
    if parsed not in NETWORK:
        problem = "the provided network does not match the current range"
        if call.options.dry_run:
            problem = f"the provided IP ({address}) is not in the valid range. The range of valid IPs is {NETWORK}"
    elif parsed in (NETWORK.network_address, NETWORK.broadcast_address) and not call.options.dry_run:
        problem = "the provided network does not match the current range"
    elif not call.options.dry_run and taken(server, address):
        problem = "provided IP is already allocated"
    if problem:
        raise _refused(name, field.invalid("spec.clusterIPs", [address], f"failed to allocate IP {address}: {problem}"))


def taken(server: "APIServer", address: str) -> bool:
    kind = server.registry.get(ADDRESSES)
    if kind is not None:
        return server.store.get(kind.key("", address)) is not None
    return any(address in (s.get("clusterIPs") or ()) for s in _specs(server))


def _specs(server: "APIServer") -> Iterator[Manifest]:
    for record in server.store.range(server.registry["services"].prefix()).records:
        yield record.object.get("spec") or {}


def _free_address(server: "APIServer") -> str:
    """A random one of the upper part of the range; the lower is left to those who choose."""
    size = NETWORK.num_addresses
    for _ in range(64):
        address = str(NETWORK.network_address + server.chance.below(size - STATIC_ADDRESSES - 1) + STATIC_ADDRESSES)
        if not taken(server, address):
            return address
    for offset in range(1, size - 1):
        if not taken(server, address := str(NETWORK.network_address + offset)):
            return address
    raise ApiError(500, "InternalError", "Internal error occurred: failed to allocate a serviceIP: range is full")


def used_ports(server: "APIServer") -> set[tuple[int, str]]:
    """Every node port in use, with its protocol; a health check's port belongs to all protocols."""
    found: set[tuple[int, str]] = set()
    for spec in _specs(server):
        found |= {(p["nodePort"], p.get("protocol", "TCP")) for p in spec.get("ports") or () if p.get("nodePort")}
        if spec.get("healthCheckNodePort"):
            found |= {(spec["healthCheckNodePort"], protocol) for protocol in ("TCP", "UDP", "SCTP")}
    return found


def _ports(server: "APIServer", call: Call, spec: Manifest, old: Manifest, name: str) -> list[Manifest]:
    """The ports, each with its node port. Raises 422 for one that cannot be had."""
    own = {(p["nodePort"], p.get("protocol", "TCP")) for p in old.get("ports") or () if p.get("nodePort")}
    used = used_ports(server) - own
    made: list[Manifest] = []
    chosen: dict[int, int] = {}
    for position, port in enumerate(spec.get("ports") or ()):
        protocol, wanted = port.get("protocol", "TCP"), port.get("nodePort")
        if wanted:
            _check_port(f"spec.ports[{position}].nodePort", wanted, protocol, used, own, name)
        else:
            shared = [n for n, number in chosen.items() if number == port.get("port") and (n, protocol) not in used]
            wanted = shared[0] if shared else _free_port(server, used, protocol)
        chosen[wanted] = port.get("port", 0)
        used.add((wanted, protocol))
        made.append({**port, "nodePort": wanted})
    return made


def _check_port(path: str, port: int, protocol: str, used: set[tuple[int, str]], own: set[tuple[int, str]], name: str) -> None:
    if (port, protocol) in own:
        return
    if not FIRST_PORT <= port <= LAST_PORT:
        why = f"provided port is not in the valid range. The range of valid ports is {FIRST_PORT}-{LAST_PORT}"
        raise _refused(name, field.invalid(path, port, why))
    if (port, protocol) in used:
        raise _refused(name, field.invalid(path, port, "provided port is already allocated"))


def _free_port(server: "APIServer", used: set[tuple[int, str]], protocol: str) -> int:
    first = FIRST_PORT + STATIC_PORTS
    for _ in range(64):
        port = first + server.chance.below(LAST_PORT - first + 1)
        if (port, protocol) not in used:
            return port
    for port in range(FIRST_PORT, LAST_PORT + 1):
        if (port, protocol) not in used:
            return port
    raise ApiError(500, "InternalError", "Internal error occurred: failed to allocate a nodePort: range is full")


def _health_port(server: "APIServer", call: Call, spec: Manifest, old: Manifest, name: str) -> None:
    wanted, was = spec.get("healthCheckNodePort"), old.get("healthCheckNodePort")
    used = used_ports(server)
    if not wanted:
        spec["healthCheckNodePort"] = was or _free_port(server, used, "TCP")
    elif wanted != was:
        try:
            _check_port("spec.healthCheckNodePort", wanted, "TCP", used, set(), name)
        except ApiError:
            why = f"failed to allocate requested HealthCheck NodePort {wanted}: provided port is already allocated"
            raise ApiError(500, "InternalError", f"Internal error occurred: {why}") from None


def written(server: "APIServer", call: Call, record: Record) -> None:
    """Write down the addresses that the service now has, and give back those it no longer has."""
    before = record.previous.object if record.previous is not None else None
    _move(server, call, addresses_of(before), addresses_of(record.object), record.object)


def gone(server: "APIServer", call: Call, old: Record) -> None:
    """Give back what the deleted service had."""
    _move(server, call, addresses_of(old.object), set(), old.object)


def addresses_of(service: Manifest | None) -> set[str]:
    spec = (service or {}).get("spec") or {}
    return {a for a in spec.get("clusterIPs") or () if a != NONE}


def _move(server: "APIServer", call: Call, before: set[str], after: set[str], service: Manifest) -> None:
    kind = server.registry.get(ADDRESSES)
    if kind is None:
        return
    meta = service["metadata"]
    for address in sorted(before - after):
        if server.store.get(kind.key("", address)) is not None:
            server.loopback.delete(ADDRESSES, "", address, why=f"service {meta['name']} no longer uses the address")
    for address in sorted(after - before):
        if server.store.get(kind.key("", address)) is None:
            ref = {"group": "", "resource": "services", "namespace": meta["namespace"], "name": meta["name"]}
            manifest = {
                "apiVersion": "networking.k8s.io/v1", "kind": "IPAddress", "metadata": {"name": address, "labels": dict(MANAGED)},
                "spec": {"parentRef": {k: v for k, v in ref.items() if v}},
            }  # fmt: skip
            server.loopback.create(ADDRESSES, manifest, why=f"service {meta['name']} uses the address")
