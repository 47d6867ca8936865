"""The metrics server: asks every running kubelet what its node and pods use, and tells it as metrics.k8s.io.

Models sigs.k8s.io/metrics-server pkg/scraper and pkg/api.
"""

from cluster_engine.client.client import Client, Manifest
from cluster_engine.kubelet.fleet import Fleet
from cluster_engine.kubelet.stats import node_metrics, pod_metrics, pods_of
from cluster_engine.machinery.status import ApiError


class MetricsServer:
    """Reads the fleet's machines; `client` tells it the labels of nodes."""

    def __init__(self, fleet: Fleet, client: Client) -> None:
        self._fleet, self._client = fleet, client

    def node_metrics(self, now: float) -> list[Manifest]:
        """One for each node that runs and is registered."""
        found: list[Manifest] = []
        for name, machine in sorted(self._fleet.machines.items()):
            if not self._fleet.running(name):
                continue
            try:
                found.append(node_metrics(machine, self._client.get("nodes", "", name), now))
            except ApiError:
                continue
        return found

    def pod_metrics(self, now: float, namespace: str = "") -> list[Manifest]:
        """One for each pod that runs."""
        return [
            pod_metrics(machine, worker, now)
            for name, machine in sorted(self._fleet.machines.items())
            if self._fleet.running(name)
            for worker in pods_of(machine)
            if namespace in ("", worker.pod["metadata"]["namespace"])
        ]
