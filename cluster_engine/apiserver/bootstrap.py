"""Bootstrap: what a new cluster has before anybody asks for anything: namespaces, policy, priorities, the Service `kubernetes`.

Models pkg/controlplane/controller/{systemnamespaces,kubernetesservice,defaultservicecidr}, pkg/registry/rbac/rest and
pkg/registry/scheduling/rest. Runs through the API as everything does, and again after a restart, when it finds all in place.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cluster_engine.apiserver.authz_bootstrap import bootstrap_policy
from cluster_engine.apiserver.bootstrap_flows import flow_schemas, priority_levels
from cluster_engine.apiserver.discovery import GROUP_ORDER, groups
from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError

if TYPE_CHECKING:
    from cluster_engine.apiserver.local import LocalClient
    from cluster_engine.apiserver.server import APIServer

NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "default")
SERVICE_CIDR, SERVICE_ADDRESS = "10.96.0.0/16", "10.96.0.1"
PROTECTED = "networking.k8s.io/service-cidr-finalizer"
PRODUCER = "api-priority-and-fairness-config-producer-v1"
GROUP_PRIORITIES = {
    "": 18000, "apps": 17800, "events.k8s.io": 17750, "authentication.k8s.io": 17700, "authorization.k8s.io": 17600, "autoscaling": 17500,
    "batch": 17400, "certificates.k8s.io": 17300, "networking.k8s.io": 17200, "policy": 17100, "rbac.authorization.k8s.io": 17000,
    "storage.k8s.io": 16800, "admissionregistration.k8s.io": 16700, "apiextensions.k8s.io": 16700, "scheduling.k8s.io": 16600,
    "coordination.k8s.io": 16500, "node.k8s.io": 16300, "discovery.k8s.io": 16200, "resource.k8s.io": 16200, "flowcontrol.apiserver.k8s.io": 16100,
}  # fmt: skip


def bootstrap(server: "APIServer", address: str = "10.0.0.2", port: int = 6443) -> None:
    """Make what is missing. `address` and `port`: where pods reach the API server."""
    own = server.loopback
    for manifest in [*namespaces(), *priority_classes(), *bootstrap_policy(), *api_services(server)]:
        ensure(server, own, manifest, "every cluster has this from the start")
    _flows(server)
    _addresses(server, own, address, port)


def ensure(server: "APIServer", client: "LocalClient", manifest: Manifest, why: str) -> Manifest | None:
    """Create an object unless it is there or its kind is not served; gives the stored one."""
    kind = server.registry.by_kind(manifest["apiVersion"], manifest["kind"])
    if kind is None:
        return None
    meta = manifest["metadata"]
    record = server.store.get(kind.key(meta.get("namespace", ""), meta["name"]))
    if record is not None:
        return record.object  # type: ignore[no-any-return]
    return client.create(kind.name, manifest, why=why)


def namespaces() -> list[Manifest]:
    return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in NAMESPACES]


def priority_classes() -> list[Manifest]:
    described = (
        ("system-node-critical", 2_000_001_000, "Used for system critical pods that must not be moved from their current node."),
        (
            "system-cluster-critical", 2_000_000_000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.",
        ),
    )  # fmt: skip
    return [{"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": n}, "value": v, "description": d} for n, v, d in described]


def api_services(server: "APIServer") -> Iterable[Manifest]:
    """One for each group and version that the server itself serves."""
    for group, versions in groups(server.registry).items():
        if group and group not in GROUP_ORDER:
            continue
        for position, version in enumerate(versions):
            name = f"{version}.{group}"
            spec: Manifest = {"version": version, "groupPriorityMinimum": GROUP_PRIORITIES.get(group, 1000), "versionPriority": 15 - position}
            if group:
                spec["group"] = group
            labels = {"kube-aggregator.kubernetes.io/automanaged": "onstart"}
            condition = {
                "type": "Available", "status": "True", "lastTransitionTime": timestamp(server.clock.now()), "reason": "Local",
                "message": "Local APIServices are always available",
            }  # fmt: skip
            if group == "apiregistration.k8s.io":
                continue
            yield {
                "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": name, "labels": labels}, "spec": spec,
                "status": {"conditions": [condition]},
            }  # fmt: skip


def _flows(server: "APIServer") -> None:
    producer = server.client("apiserver", server.loopback.user, ("system:masters",), manager=PRODUCER)
    for level in priority_levels():
        ensure(server, producer, level, "requests are served by priority")
    for schema in flow_schemas():
        ensure(server, producer, schema, "requests belong to flows")


def _addresses(server: "APIServer", own: "LocalClient", address: str, port: int) -> None:
    """The range of service addresses, and the API server as a service in it."""
    why = "pods find the API server by this service"
    cidr = {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": "kubernetes"}, "spec": {"cidrs": [SERVICE_CIDR]}}
    made = ensure(server, own, cidr, "services get their addresses from this range")
    if made is not None and not (made.get("status") or {}).get("conditions"):
        _cidr_ready(server)
    labels = {"component": "apiserver", "provider": "kubernetes"}
    ports = [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": port}]
    spec = {
        "clusterIP": SERVICE_ADDRESS, "ipFamilyPolicy": "SingleStack", "ports": ports, "sessionAffinity": "None", "type": "ClusterIP",
    }  # fmt: skip
    meta = {"name": "kubernetes", "namespace": "default"}
    ensure(server, own, {"apiVersion": "v1", "kind": "Service", "metadata": {**meta, "labels": labels}, "spec": spec}, why)
    mirrored = {"endpointslice.kubernetes.io/skip-mirror": "true"}
    subset = {"addresses": [{"ip": address}], "ports": [{"name": "https", "port": port, "protocol": "TCP"}]}
    ensure(server, own, {"apiVersion": "v1", "kind": "Endpoints", "metadata": {**meta, "labels": mirrored}, "subsets": [subset]}, why)
    ensure(server, own, _slice(address, port), why)


def _slice(address: str, port: int) -> Manifest:
    return {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": {"kubernetes.io/service-name": "kubernetes"}},
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}], "ports": [{"name": "https", "port": port, "protocol": "TCP"}],
    }  # fmt: skip


def _cidr_ready(server: "APIServer") -> None:
    """Two controllers say that the range is ready: the one that made it, and the one that guards it."""
    resource, name = "servicecidrs.networking.k8s.io", "kubernetes"
    guard = server.client("apiserver", server.loopback.user, ("system:masters",), manager="kube-controller-manager")
    guard.patch(resource, "", name, {"metadata": {"finalizers": [PROTECTED]}}, why="the range may not go while services use it")
    condition = {
        "type": "Ready", "status": "True", "lastTransitionTime": timestamp(server.clock.now()), "reason": "",
        "message": "Kubernetes Service CIDR is ready",
    }  # fmt: skip
    said = {"kubernetes-service-cidr-controller": {"type": "Ready", "status": "True"}, "service-cidr-controller": condition}
    for manager, what in said.items():
        client = server.client("apiserver", server.loopback.user, ("system:masters",), manager=manager)
        status = {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": {"name": name}, "status": {"conditions": [what]}}
        try:
            client.patch(resource, "", name, status, type="apply", subresource="status", why="the range is ready to be used")
        except ApiError as error:
            if error.code != 404:
                raise
