"""Service: a stable name and address for pods that come and go.

Models pkg/registry/core/service/strategy.go and pkg/apis/core/v1/defaults.go (SetDefaults_Service).
"""

from typing import Any

from cluster_engine.machinery.names import dns_label_name
from cluster_engine.resources.addresses import ip_warnings
from cluster_engine.resources.core.service_rules import externally_accessible, needs_health_check, validate, validate_status, validate_update
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, Subresource, status_subresource
from cluster_engine.resources.table import AGE, CORE, NAME, NONE, age, labels_text

EXPOSED = ("NodePort", "LoadBalancer")
PROXIED = ("ClusterIP", "NodePort", "LoadBalancer")


def default(service: Manifest) -> None:
    spec = service.setdefault("spec", {})
    for ingress in service.setdefault("status", {}).setdefault("loadBalancer", {}).get("ingress") or ():
        if ingress.get("ip") and ingress.get("ipMode") is None:
            ingress["ipMode"] = "VIP"
    if not spec.get("sessionAffinity"):
        spec["sessionAffinity"] = "None"
    if not spec.get("type"):
        spec["type"] = "ClusterIP"
    _default_affinity(spec)
    for port in spec.get("ports") or ():
        if not port.get("protocol"):
            port["protocol"] = "TCP"
        if port.get("targetPort") in (None, 0, ""):
            port["targetPort"] = port.get("port", 0)
    _default_policies(spec)


def _default_affinity(spec: Manifest) -> None:
    if spec["sessionAffinity"] == "None":
        spec.pop("sessionAffinityConfig", None)
    elif spec["sessionAffinity"] == "ClientIP":
        client = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
        if client.get("timeoutSeconds") is None:
            spec["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": 10800}}


def _default_policies(spec: Manifest) -> None:
    kind = spec["type"]
    if externally_accessible(spec) and not spec.get("externalTrafficPolicy"):
        spec["externalTrafficPolicy"] = "Cluster"
    if kind in PROXIED and spec.get("internalTrafficPolicy") is None:
        spec["internalTrafficPolicy"] = "Cluster"
    if kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is None:
        spec["allocateLoadBalancerNodePorts"] = True


def prepare_create(service: Manifest, request: Request) -> None:
    service["status"] = {"loadBalancer": {}}
    spec = service["spec"]
    if spec.get("clusterIP") and not spec.get("clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]]
    drop_unused(spec, {})


def prepare_update(service: Manifest, old: Manifest, request: Request) -> None:
    service["status"] = old.get("status", {"loadBalancer": {}})
    if service["spec"]["type"] != "LoadBalancer" and service["status"].get("loadBalancer"):
        service["status"] = {**service["status"], "loadBalancer": {}}
    spec = service["spec"] = dict(service["spec"])
    before = old.get("spec") or {}
    carry_over(spec, before)
    follow_cluster_ip(spec, before)
    drop_unused(spec, before)


def carry_over(spec: Manifest, old: Manifest) -> None:
    """What the server gave, a client that never knew of it need not send again."""
    if spec["type"] == "ExternalName" or old.get("type") == "ExternalName":
        return
    if not spec.get("clusterIP") and not spec.get("clusterIPs"):
        for name in ("clusterIP", "clusterIPs"):
            if name in old:
                spec[name] = old[name]
    for name in ("ipFamilies", "ipFamilyPolicy"):
        if not spec.get(name) and name in old and spec.get("clusterIP") == old.get("clusterIP"):
            spec[name] = old[name]
    if spec["type"] in EXPOSED and old.get("type") in EXPOSED:
        given = {(p.get("protocol"), p.get("port")): p.get("nodePort") for p in old.get("ports") or ()}
        taken = {p.get("nodePort") for p in spec.get("ports") or ()}
        spec["ports"] = [_with_node_port(p, given, taken) for p in spec.get("ports") or ()]
    if needs_health_check(spec) and needs_health_check(old) and not spec.get("healthCheckNodePort") and old.get("healthCheckNodePort"):
        spec["healthCheckNodePort"] = old["healthCheckNodePort"]


def _with_node_port(port: Manifest, given: dict[Any, Any], taken: set[Any]) -> Manifest:
    node_port = given.get((port.get("protocol"), port.get("port")))
    return {**port, "nodePort": node_port} if node_port and not port.get("nodePort") and node_port not in taken else port


def follow_cluster_ip(spec: Manifest, old: Manifest) -> None:
    """`clusterIP` is the first of `clusterIPs`; who changes or clears only the one means both."""
    if spec.get("clusterIPs") == old.get("clusterIPs") and spec.get("clusterIP") != old.get("clusterIP"):
        if spec.get("clusterIP"):
            spec["clusterIPs"] = [spec["clusterIP"]]
        else:
            spec.pop("clusterIPs", None)


def drop_unused(spec: Manifest, old: Manifest) -> None:
    """On a change of type, what the new type has no use for goes, unless the client just changed it too."""
    kind = spec["type"]
    if kind == "ExternalName" and old:
        for name in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            if spec.get(name) == old.get(name):
                spec.pop(name, None)
    hidden = kind not in EXPOSED and old.get("type") in EXPOSED
    if hidden and [p.get("nodePort") for p in spec.get("ports") or ()] == [p.get("nodePort") for p in old.get("ports") or ()]:
        spec["ports"] = [{k: v for k, v in p.items() if k != "nodePort"} for p in spec.get("ports") or ()]
    if kind != "LoadBalancer" and old.get("type") == "LoadBalancer":
        for name in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
            if spec.get(name) == old.get(name):
                spec.pop(name, None)
    if not externally_accessible(spec) and old and externally_accessible(old) and spec.get("externalTrafficPolicy") == old.get("externalTrafficPolicy"):
        spec.pop("externalTrafficPolicy", None)
    if not needs_health_check(spec) and old and needs_health_check(old) and spec.get("healthCheckNodePort") == old.get("healthCheckNodePort"):
        spec.pop("healthCheckNodePort", None)


def warnings(service: Manifest, old: Manifest | None) -> list[str]:
    spec, found = service.get("spec") or {}, []
    annotations = service["metadata"].get("annotations") or {}
    hints = "service.kubernetes.io/topology-aware-hints"
    if hints in annotations:
        found.append(f"annotation {hints} is deprecated, please use service.kubernetes.io/topology-mode instead")
    if spec.get("trafficDistribution") and "service.kubernetes.io/topology-mode" in annotations:
        found.append("both annotation service.kubernetes.io/topology-mode and spec.trafficDistribution are set; the annotation takes precedence")
    if spec.get("clusterIPs") != ["None"]:
        found += [w for i, ip in enumerate(spec.get("clusterIPs") or ()) for w in ip_warnings(f"spec.clusterIPs[{i}]", ip)]
    found += [w for i, ip in enumerate(spec.get("externalIPs") or ()) for w in ip_warnings(f"spec.externalIPs[{i}]", ip)]
    if spec.get("loadBalancerIP"):
        found += ip_warnings("spec.loadBalancerIP", spec["loadBalancerIP"])
    if spec.get("clusterIPs") == ["None"]:
        if spec.get("loadBalancerIP"):
            found.append('spec.loadBalancerIP is ignored when spec.clusterIP is "None"')
        if spec.get("externalIPs"):
            found.append('spec.externalIPs is ignored when spec.clusterIP is "None"')
        if spec.get("sessionAffinity") != "None":
            found.append("spec.SessionAffinity is ignored for headless services")
    return found


def row(service: Manifest, now: float) -> list[Any]:
    spec = service.get("spec") or {}
    addresses = spec.get("clusterIPs") or ()
    return [
        service["metadata"].get("name", ""),
        spec.get("type", ""),
        (addresses[0] if addresses else spec.get("clusterIP")) or NONE,
        external_ip(service),
        _ports(spec),
        age(service, now),
        labels_text(spec.get("selector")),
    ]


def external_ip(service: Manifest) -> str:
    """The EXTERNAL-IP column (not shortened: `-o wide` is asked for by every client's server-side table)."""
    spec = service.get("spec") or {}
    kind, own = spec.get("type"), spec.get("externalIPs") or []
    if kind == "ExternalName":
        return str(spec.get("externalName", ""))
    if kind == "LoadBalancer":
        given = [i.get("ip") or i.get("hostname") for i in ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()]
        all_of_them = [*sorted({g for g in given if g}), *own] if own else sorted({g for g in given if g})
        return ",".join(all_of_them) or "<pending>"
    return ",".join(own) if kind in PROXIED and own else (NONE if kind in PROXIED else UNKNOWN_TYPE)


UNKNOWN_TYPE = "<unknown>"


def _ports(spec: Manifest) -> str:
    texts = []
    for port in spec.get("ports") or ():
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        texts.append(f"{port.get('port')}{node}/{port.get('protocol', 'TCP')}")
    return ",".join(texts) or NONE


KIND = Kind(
    group="",
    kind="Service",
    plural="services",
    returns_deleted=True,
    allow_create_on_update=True,
    short_names=("svc",),
    categories=("all",),
    storage_prefix="services/specs",
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    validate_name=dns_label_name,
    warnings=warnings,
    columns=(
        NAME,
        Column("Type", described_by=CORE + "ServiceSpec.type"),
        Column("Cluster-IP", described_by=CORE + "ServiceSpec.clusterIP"),
        Column("External-IP", described_by=CORE + "ServiceSpec.externalIPs"),
        Column("Port(s)", described_by=CORE + "ServiceSpec.ports"),
        AGE,
        Column("Selector", priority=1, described_by=CORE + "ServiceSpec.selector"),
    ),
    row=row,
    selectable={
        "spec.clusterIP": lambda s: (s.get("spec") or {}).get("clusterIP", ""),
        "spec.type": lambda s: (s.get("spec") or {}).get("type", ""),
    },
    subresources={
        "status": status_subresource(validate=validate_status),
        "proxy": Subresource("proxy", verbs=("create", "delete", "get", "patch", "update"), kind="ServiceProxyOptions", version="v1"),
    },
)
