"""Requests and limits: what a container may count on and what it may not exceed; quality of service follows from them.

Models pkg/apis/core/v1/defaults.go (SetDefaults_Pod) and pkg/apis/core/v1/helper/qos.
"""

from cluster_engine.resources.kind import Manifest


def default_requests(container: Manifest) -> None:
    """A limit without a request is also the request (in pods; templates keep what was written)."""
    resources = container["resources"]
    limits = resources.get("limits")
    if not limits:
        return
    requests = resources.setdefault("requests", {})
    for name, quantity in limits.items():
        requests.setdefault(name, quantity)
