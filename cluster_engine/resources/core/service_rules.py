"""The rules of a Service: its ports, its addresses and families, and which fields go with which type.

Models validation.ValidateService and its parts.
"""

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid, not_supported, required
from cluster_engine.resources.addresses import check_cidr, check_ip, check_non_special_ip, dual_stack, parse_ip
from cluster_engine.resources.checks import label, labels, port_number, port_number_or_name, qualified_name, required_one_of, subdomain
from cluster_engine.resources.core.pod.ports import PROTOCOLS
from cluster_engine.resources.kind import Manifest

TYPES = frozenset({"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"})
AFFINITIES = frozenset({"ClientIP", "None"})
POLICIES = frozenset({"Cluster", "Local"})
FAMILIES = frozenset({"IPv4", "IPv6"})
FAMILY_POLICIES = frozenset({"SingleStack", "PreferDualStack", "RequireDualStack"})
DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")
MAX_AFFINITY = 86400
ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'"
RANGES_ANNOTATION = "service.beta.kubernetes.io/load-balancer-source-ranges"
TOPOLOGY_HINTS, TOPOLOGY_MODE = "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"
NOT_FOR_EXTERNAL_NAME = "may not be set for ExternalName services"


def is_headless(spec: Manifest) -> bool:
    return spec.get("clusterIPs") == ["None"]


def externally_accessible(spec: Manifest) -> bool:
    kind = spec.get("type")
    return kind in ("LoadBalancer", "NodePort") or (kind == "ClusterIP" and bool(spec.get("externalIPs")))


def needs_health_check(spec: Manifest) -> bool:
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def validate(service: Manifest) -> Errors:
    found: Errors = []
    spec, annotations = service.get("spec") or {}, service["metadata"].get("annotations") or {}
    _validate_topology(annotations, found)
    kind, headless = spec.get("type", ""), is_headless(spec)
    ports = spec.get("ports") or []
    if not ports and not headless and kind != "ExternalName":
        found.append(required("spec.ports"))
    if headless and kind in ("LoadBalancer", "NodePort"):
        found.append(invalid("spec.clusterIPs[0]", "None", f"may not be set to 'None' for {kind} services"))
    if kind == "ExternalName":
        _validate_external_name(spec, found)
    _validate_ports(ports, kind, found)
    labels("spec.selector", spec.get("selector"), found)
    _validate_affinity(spec, found)
    validate_addresses(spec, found)
    for i, ip in enumerate(spec.get("externalIPs") or ()):
        if check_ip(f"spec.externalIPs[{i}]", ip, found):
            check_non_special_ip(f"spec.externalIPs[{i}]", ip, found)
    required_one_of("spec.type", kind, TYPES, found)
    _validate_load_balancer(spec, kind, annotations, found)
    _validate_traffic(spec, kind, found)
    return found


def _validate_topology(annotations: dict[str, str], found: Errors) -> None:
    hints, mode = annotations.get(TOPOLOGY_HINTS), annotations.get(TOPOLOGY_MODE)
    if hints is not None and mode is not None and hints != mode:
        why = f"must match annotations[{TOPOLOGY_HINTS}] when both are specified"
        found.append(invalid(f"metadata.annotations[{TOPOLOGY_MODE}]", mode, why))


def _validate_external_name(spec: Manifest, found: Errors) -> None:
    for name in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(name):
            found.append(forbidden(f"spec.{name}", NOT_FOR_EXTERNAL_NAME))
    name = spec.get("externalName", "").removesuffix(".")
    if name:
        subdomain("spec.externalName", name, found)
    else:
        found.append(required("spec.externalName"))


def _validate_ports(ports: list[Manifest], kind: str, found: Errors) -> None:
    seen: set[str] = set()
    numbers: set[tuple[str, int]] = set()
    node_ports: set[tuple[str, int]] = set()
    for i, port in enumerate(ports):
        path = f"spec.ports[{i}]"
        _validate_port(port, len(ports) > 1, seen, path, found)
        protocol, number, node_port = port.get("protocol", ""), port.get("port", 0), port.get("nodePort", 0)
        if node_port and kind == "ClusterIP":
            found.append(forbidden(f"{path}.nodePort", "may not be used when `type` is 'ClusterIP'"))
        if node_port:
            if (protocol, node_port) in node_ports:
                found.append(duplicate(f"{path}.nodePort", node_port))
            node_ports.add((protocol, node_port))
        if (protocol, number) in numbers:
            shown = {"Name": "", "Protocol": protocol, "AppProtocol": None, "Port": number, "TargetPort": 0, "NodePort": 0}
            found.append(duplicate(path, shown))
        numbers.add((protocol, number))


def _validate_port(port: Manifest, name_required: bool, seen: set[str], path: str, found: Errors) -> None:
    name = port.get("name", "")
    if name:
        label(f"{path}.name", name, found)
        if name in seen:
            found.append(duplicate(f"{path}.name", name))
        seen.add(name)
    elif name_required:
        found.append(required(f"{path}.name"))
    port_number(f"{path}.port", port.get("port", 0), found)
    required_one_of(f"{path}.protocol", port.get("protocol"), PROTOCOLS, found)
    port_number_or_name(f"{path}.targetPort", port.get("targetPort"), found)
    if (protocol := port.get("appProtocol")) is not None:
        qualified_name(f"{path}.appProtocol", protocol, found)


def _validate_affinity(spec: Manifest, found: Errors) -> None:
    affinity, config = spec.get("sessionAffinity"), spec.get("sessionAffinityConfig")
    required_one_of("spec.sessionAffinity", affinity, AFFINITIES, found)
    path, why = "spec.sessionAffinityConfig", "when session affinity type is ClientIP"
    if affinity == "None" and config is not None:
        found.append(forbidden(path, "must not be set when session affinity is None"))
    if affinity != "ClientIP":
        return
    client = (config or {}).get("clientIP")
    timeout = (client or {}).get("timeoutSeconds")
    if config is None:
        found.append(required(path, why))
    elif client is None:
        found.append(required(f"{path}.clientIP", why))
    elif timeout is None:
        found.append(required(f"{path}.clientIP.timeoutSeconds", why))
    elif not 0 < timeout <= MAX_AFFINITY:
        found.append(invalid(f"{path}.clientIP.timeoutSeconds", timeout, f"must be greater than 0 and less than {MAX_AFFINITY}"))


def validate_addresses(spec: Manifest, found: Errors) -> None:
    """Cluster addresses and their families."""
    if spec.get("type") == "ExternalName":
        return
    address, addresses, families = spec.get("clusterIP", ""), spec.get("clusterIPs") or [], spec.get("ipFamilies") or []
    if address and not addresses:
        found.append(required("spec.clusterIPs"))
    elif address and addresses[0] != address:
        found.append(invalid("spec.clusterIPs", addresses, "first value must match `clusterIP`"))
    elif not address and addresses:
        found.append(invalid("spec.clusterIPs", addresses, "must be empty when `clusterIP` is not specified"))
    for i, family in enumerate(families):
        if family not in FAMILIES:
            found.append(not_supported(f"spec.ipFamilies[{i}]", family, FAMILIES))
        if family in families[:i]:
            found.append(duplicate(f"spec.ipFamilies[{i}]", family))
    policy = spec.get("ipFamilyPolicy")
    if policy is not None and policy not in FAMILY_POLICIES:
        found.append(not_supported("spec.ipFamilyPolicy", policy, FAMILY_POLICIES))
    _validate_cluster_ips(spec, addresses, families, found)


def _validate_cluster_ips(spec: Manifest, addresses: list[str], families: list[str], found: Errors) -> None:
    path, before = "spec.clusterIPs", len(found)
    for i, address in enumerate(addresses):
        if i == 0 and address == "None":
            if len(addresses) > 1:
                found.append(invalid(path, addresses, "'None' must be the first and only value"))
        else:
            check_ip(f"{path}[{i}]", address, found)
    wrong = len(found) > before
    if len(addresses) > 2:
        found.append(invalid(path, addresses, "may only hold up to 2 values"))
    if wrong:
        return
    if len(addresses) > 1 and not dual_stack(addresses):
        found.append(invalid(path, addresses, "may specify no more than one IP for each IP family"))
    if is_headless(spec):
        return
    for i, (address, family) in enumerate(zip(addresses, families, strict=False)):
        ip = parse_ip(address)
        if ip is not None and f"IPv{ip.version}" != family and family in FAMILIES:
            found.append(invalid(f"{path}[{i}]", address, f"expected an {family} value as indicated by `ipFamilies[{i}]`"))


def _validate_load_balancer(spec: Manifest, kind: str, annotations: dict[str, str], found: Errors) -> None:
    balancer = kind == "LoadBalancer"
    _validate_source_ranges(spec, balancer, annotations, found)
    allocate = spec.get("allocateLoadBalancerNodePorts")
    if allocate is not None and not balancer:
        found.append(forbidden("spec.allocateLoadBalancerNodePorts", ONLY_LOAD_BALANCER))
    if allocate is None and balancer:
        found.append(required("allocateLoadBalancerNodePorts"))
    name = spec.get("loadBalancerClass")
    if name is not None:
        if not balancer:
            found.append(forbidden("spec.loadBalancerClass", ONLY_LOAD_BALANCER))
        else:
            qualified_name("spec.loadBalancerClass", name, found)


def _validate_source_ranges(spec: Manifest, balancer: bool, annotations: dict[str, str], found: Errors) -> None:
    ranges = spec.get("loadBalancerSourceRanges")
    if ranges:
        if not balancer:
            found.append(forbidden("spec.LoadBalancerSourceRanges", ONLY_LOAD_BALANCER))
        for i, cidr in enumerate(ranges):
            check_cidr(f"spec.LoadBalancerSourceRanges[{i}]", cidr.strip(), found)
    elif (text := annotations.get(RANGES_ANNOTATION)) is not None:
        path = f"metadata.annotations[{RANGES_ANNOTATION}]"
        if not balancer:
            found.append(forbidden(path, ONLY_LOAD_BALANCER))
        for cidr in text.strip().split(",") if text.strip() else ():
            check_cidr(path, cidr.strip(), found)


def _validate_traffic(spec: Manifest, kind: str, found: Errors) -> None:
    external, internal = spec.get("externalTrafficPolicy", ""), spec.get("internalTrafficPolicy")
    if externally_accessible(spec):
        required_one_of("spec.externalTrafficPolicy", external, POLICIES, found)
    elif external:
        found.append(invalid("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services"))
    check = spec.get("healthCheckNodePort", 0)
    if check and not needs_health_check(spec):
        why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        found.append(invalid("spec.healthCheckNodePort", check, why))
    elif check:
        port_number("spec.healthCheckNodePort", check, found)
    if internal is None and kind in TYPES and kind != "ExternalName":
        found.append(required("spec.internalTrafficPolicy"))
    if internal is not None and internal not in POLICIES:
        found.append(not_supported("spec.internalTrafficPolicy", internal, POLICIES))
    distribution = spec.get("trafficDistribution")
    if distribution is not None and distribution not in DISTRIBUTIONS:
        found.append(not_supported("spec.trafficDistribution", distribution, DISTRIBUTIONS))


def validate_update(service: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    new, before = service.get("spec") or {}, old.get("spec") or {}
    if "ExternalName" not in (new.get("type"), before.get("type")):
        _validate_kept_addresses(new, before, found)
    _validate_kept_class(new, before, found)
    if needs_health_check(new) and needs_health_check(before) and new.get("healthCheckNodePort") != before.get("healthCheckNodePort"):
        found.append(forbidden("spec.healthCheckNodePort", "field is immutable"))
    return found


def _validate_kept_addresses(new: Manifest, old: Manifest, found: Errors) -> None:
    """The first address and family stay; a second may come, and go with the policy SingleStack."""
    if not (is_headless(new) and is_headless(old)):
        _validate_kept(new, "clusterIPs", new.get("clusterIPs") or [], old.get("clusterIPs") or [], "clusterIP", found)
    if is_headless(new) == is_headless(old) and not is_headless(new):
        _validate_kept(new, "ipFamilies", new.get("ipFamilies") or [], old.get("ipFamilies") or [], "ipFamily", found)


def _validate_kept(spec: Manifest, field: str, new: list[str], old: list[str], noun: str, found: Errors) -> None:
    if len(new) == len(old):
        for i, value in enumerate(old):
            if value != new[i]:
                found.append(invalid(f"spec.{field}[{i if field == 'clusterIPs' else 0}]", new, "may not change once set"))
        return
    if not new:
        found.append(invalid(f"spec.{field}[0]", new, f"primary {noun} can not be unset"))
    elif old and new[0] != old[0]:
        found.append(invalid(f"spec.{field}[0]", new, "may not change once set"))
    if len(new) == 1 < len(old) and spec.get("ipFamilyPolicy") != "SingleStack":
        why = f"must be set to 'SingleStack' when releasing the secondary {noun}"
        found.append(invalid("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), why))


def _validate_kept_class(new: Manifest, old: Manifest, found: Errors) -> None:
    if new.get("type") == old.get("type") == "LoadBalancer" and new.get("loadBalancerClass") != old.get("loadBalancerClass"):
        found.append(invalid("spec.loadBalancerClass", new.get("loadBalancerClass"), "may not change once set"))


def validate_status(service: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    for i, ingress in enumerate(((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()):
        _validate_ingress(ingress, f"status.loadBalancer.ingress[{i}]", found)
    return found


def _validate_ingress(ingress: Manifest, path: str, found: Errors) -> None:
    ip, mode, host = ingress.get("ip"), ingress.get("ipMode"), ingress.get("hostname")
    if ip:
        check_ip(f"{path}.ip", ip, found)
    if mode is None:
        if ip:
            found.append(required(f"{path}.ipMode", "must be specified when `ip` is set"))
    elif not ip:
        found.append(forbidden(f"{path}.ipMode", "may not be specified when `ip` is not set"))
    elif mode not in ("Proxy", "VIP"):
        found.append(not_supported(f"{path}.ipMode", mode, ("Proxy", "VIP")))
    if host:
        found += [invalid(f"{path}.hostname", host, m) for m in names.is_dns1123_subdomain(host)]
        if parse_ip(host) is not None:
            found.append(invalid(f"{path}.hostname", host, "must be a DNS name, not an IP address"))
