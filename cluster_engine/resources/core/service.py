"""Service: a stable name and address for pods that come and go.

Models pkg/registry/core/service/strategy.go and pkg/apis/core/v1/defaults.go (SetDefaults_Service).
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest, Request, Subresource, status_subresource
from cluster_engine.resources.table import AGE, CORE, NAME, NONE, age, labels_text

EXPOSED = ("NodePort", "LoadBalancer")
PROXIED = ("ClusterIP", "NodePort", "LoadBalancer")


def default(service: Manifest) -> None:
    spec = service.setdefault("spec", {})
    service.setdefault("status", {}).setdefault("loadBalancer", {})
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
    external = kind in EXPOSED or (kind == "ClusterIP" and spec.get("externalIPs"))
    if external and not spec.get("externalTrafficPolicy"):
        spec["externalTrafficPolicy"] = "Cluster"
    if kind in PROXIED and spec.get("internalTrafficPolicy") is None:
        spec["internalTrafficPolicy"] = "Cluster"
    if kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is None:
        spec["allocateLoadBalancerNodePorts"] = True


def prepare_create(service: Manifest, request: Request) -> None:
    service["status"] = {"loadBalancer": {}}


def prepare_update(service: Manifest, old: Manifest, request: Request) -> None:
    service["status"] = old.get("status", {"loadBalancer": {}})


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
    short_names=("svc",),
    categories=("all",),
    storage_prefix="services/specs",
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    verbs=("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"),
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
        "status": status_subresource(),
        "proxy": Subresource("proxy", verbs=("create", "delete", "get", "patch", "update"), kind="ServiceProxyOptions", version="v1"),
    },
)
