"""What a cluster's operator decides for its control loops: the flags of kube-controller-manager that matter here.

Models cmd/kube-controller-manager/app/options.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cluster_engine.machinery.status import ApiError

Manifest = dict[str, Any]


def no_pod_metrics(namespace: str, selector: str) -> list[Manifest]:
    """The answer where nobody serves resource metrics."""
    raise ApiError(404, "NotFound", "the server could not find the requested resource (get pods.metrics.k8s.io)")


def no_custom_metric(type_: str, namespace: str, source: Manifest) -> int:
    """The answer where nobody serves custom or external metrics."""
    api = "external.metrics.k8s.io" if type_ == "External" else "custom.metrics.k8s.io"
    raise ApiError(503, "ServiceUnavailable", f"no known available metric versions found for {api}")


def no_token(secret: Manifest, account: Manifest) -> str:
    """An issuer that issues nothing."""
    return ""


def no_certificate(request: Manifest, now: float) -> str:
    """A signer that signs nothing."""
    return ""


@dataclass(frozen=True, slots=True)
class Settings:
    """Flags by their upstream names, and what the loops may ask of others.

    `load_balancer_cidr`: the outside addresses of the cloud, "" where there is none. `storage_provisioners`: whose volumes are
    made here, beside those of every CSIDriver; none where the cluster has no storage add-on. `sign(certificate signing request,
    now)` gives a PEM certificate, "" for a signer it is not, or raises ValueError when it never will; `token(secret, service
    account)` gives the long-lived token that stands in such a Secret; `pod_metrics(namespace, label selector)` lists PodMetrics;
    `custom_metric(type, namespace, metric source)` gives milli-units. The metric functions raise ApiError where nobody serves them.
    """

    root_ca: str = ""
    load_balancer_cidr: str = ""
    configure_cloud_routes: bool = False
    storage_provisioners: tuple[str, ...] = ()
    storage_account: str = "csi-hostpath"
    allocate_node_cidrs: bool = True
    cluster_cidr: str = "10.244.0.0/16"
    node_cidr_mask_size: int = 24
    sign: Callable[[Manifest, float], str] = no_certificate
    token: Callable[[Manifest, Manifest], str] = no_token
    pod_metrics: Callable[[str, str], list[Manifest]] = no_pod_metrics
    custom_metric: Callable[[str, str, Manifest], int] = no_custom_metric
    node_monitor_grace_period: float = 50.0
    node_monitor_period: float = 5.0
    node_startup_grace_period: float = 60.0
    node_eviction_rate: float = 0.1
    secondary_node_eviction_rate: float = 0.01
    large_cluster_size_threshold: int = 50
    unhealthy_zone_threshold: float = 0.55
    terminated_pod_gc_threshold: int = 12500
