"""The cluster's DNS: names of services and pods, answered from what the API server says of them.

Models CoreDNS' kubernetes plugin (coredns/plugin/kubernetes), specification 1.1.0 of DNS-based service discovery.
"""

from cluster_engine.network.kube_proxy.proxies import SLICES, by_service
from cluster_engine.reconcile.view import Informers

DOMAIN = "cluster.local"
OUTSIDE = {"example.com": ["93.184.216.34"], "www.google.com": ["142.250.74.36"], "google.com": ["142.250.74.46"], "kubernetes.io": ["15.197.167.90"]}


class ClusterDns:
    """A records only. `up` is false while no CoreDNS answers."""

    def __init__(self, informers: Informers) -> None:
        self._services, self._slices = informers.of("services"), informers.of(SLICES)
        self._slices.add_index("service", by_service)
        self.up = True

    def addresses(self, name: str) -> list[str]:
        """The addresses of a full name; empty for NXDOMAIN."""
        if not self.up:
            return []
        labels = name.rstrip(".").lower().split(".")
        if ".".join(labels[-2:]) != DOMAIN:
            return OUTSIDE.get(".".join(labels), [])
        labels = labels[:-2]
        if len(labels) >= 3 and labels[-1] == "svc":
            return self._service(labels[:-1])
        if len(labels) == 3 and labels[-1] == "pod":
            return [labels[0].replace("-", ".")]
        return []

    def _service(self, labels: list[str]) -> list[str]:
        *host, name, namespace = labels
        service = self._services.get(namespace, name)
        if service is None:
            return []
        spec = service["spec"]
        if spec.get("type") == "ExternalName":
            return self.addresses(spec["externalName"])
        if spec.get("clusterIP") not in (None, "", "None"):
            return [spec["clusterIP"]] if not host else []
        return self._endpoints(f"{namespace}/{name}", host[0] if host else "", bool(spec.get("publishNotReadyAddresses")))

    def _endpoints(self, service: str, host: str, unready_too: bool) -> list[str]:
        """A headless service is known by its pods' addresses."""
        result = []
        for part in self._slices.by_index("service", service):
            for endpoint in part.get("endpoints") or ():
                ready = (endpoint.get("conditions") or {}).get("ready") is not False
                if (ready or unready_too) and (not host or host in (endpoint.get("hostname"), endpoint["addresses"][0].replace(".", "-"))):
                    result += endpoint["addresses"]
        return sorted(result)
