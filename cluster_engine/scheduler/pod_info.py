"""A pod as the scheduler sees it: its requests, ports, selectors and terms worked out once, when it arrives.

Models pkg/scheduler/framework/types.go (PodInfo) and pkg/api/v1/resource (PodRequests).
"""

from functools import cached_property, lru_cache
from typing import Any

from cluster_engine.machinery.quantity import milli, whole

Manifest = dict[str, Any]
DEFAULT_MILLI_CPU = 100
DEFAULT_MEMORY = 200 * 1024 * 1024


@lru_cache(65_536)
def amount(resource: str, text: str) -> int:
    """A quantity as a whole number: CPU in thousandths, all else in units."""
    return milli(text) if resource == "cpu" else whole(text)


def _add(total: dict[str, int], requests: dict[str, Any]) -> None:
    for resource, text in requests.items():
        total[resource] = total.get(resource, 0) + amount(resource, str(text))


def _most(total: dict[str, int], other: dict[str, int]) -> None:
    for resource, count in other.items():
        total[resource] = max(total.get(resource, 0), count)


def _requests(container: Manifest) -> dict[str, Any]:
    found: dict[str, Any] = container.get("resources", {}).get("requests", {})
    return found


def pod_requests(spec: Manifest, non_zero: bool = False) -> dict[str, int]:
    """The sum over containers, at least the highest init container beside its sidecars, plus overhead.

    `non_zero`: a container without a CPU or memory request counts with 100m and 200 MB, for scoring.
    """

    def of(container: Manifest) -> dict[str, int]:
        found: dict[str, int] = {"cpu": DEFAULT_MILLI_CPU, "memory": DEFAULT_MEMORY} if non_zero else {}
        for resource, text in _requests(container).items():
            found[resource] = amount(resource, str(text))
        return found

    total: dict[str, int] = {}
    for container in spec.get("containers", ()):
        for resource, count in of(container).items():
            total[resource] = total.get(resource, 0) + count
    sidecars: dict[str, int] = {}
    highest: dict[str, int] = {}
    for container in spec.get("initContainers", ()):
        found = of(container)
        if container.get("restartPolicy") == "Always":
            for resource, count in found.items():
                sidecars[resource] = sidecars.get(resource, 0) + count
            _most(highest, sidecars)
        else:
            _most(highest, {r: found.get(r, 0) + sidecars.get(r, 0) for r in {*found, *sidecars}})
    for resource, count in sidecars.items():
        total[resource] = total.get(resource, 0) + count
    _most(total, highest)
    pod_level = spec.get("resources", {}).get("requests", {})
    for resource, text in pod_level.items():
        total[resource] = amount(resource, str(text))
    _add(total, spec.get("overhead", {}))
    return total


def host_ports(spec: Manifest) -> frozenset[tuple[str, str, int]]:
    """(address, protocol, port) of every host port of the pod's containers."""
    found = set()
    for container in (*spec.get("containers", ()), *(c for c in spec.get("initContainers", ()) if c.get("restartPolicy") == "Always")):
        for port in container.get("ports", ()):
            if port.get("hostPort"):
                found.add((port.get("hostIP") or "0.0.0.0", port.get("protocol", "TCP"), port["hostPort"]))
    return frozenset(found)


class PodInfo:
    """A pod with what the plugins ask of it, worked out at most once."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.spec: Manifest = manifest["spec"]
        meta = manifest["metadata"]
        self.namespace: str = meta.get("namespace", "")
        self.name: str = meta["name"]
        self.uid: str = meta.get("uid", "")
        self.labels: dict[str, str] = meta.get("labels") or {}
        self.key = f"{self.namespace}/{self.name}"
        self.priority: int = self.spec.get("priority") or 0
        self.node_name: str = self.spec.get("nodeName", "")
        self.terminating = "deletionTimestamp" in meta
        self.requests = pod_requests(self.spec)

    @cached_property
    def scoring_requests(self) -> dict[str, int]:
        return pod_requests(self.spec, non_zero=True)

    @cached_property
    def ports(self) -> frozenset[tuple[str, str, int]]:
        return host_ports(self.spec)

    @property
    def affinity(self) -> Manifest:
        found: Manifest = self.spec.get("affinity") or {}
        return found

    @cached_property
    def required_anti_affinity(self) -> tuple[Manifest, ...]:
        return tuple((self.affinity.get("podAntiAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution", ()))

    @cached_property
    def required_affinity(self) -> tuple[Manifest, ...]:
        return tuple((self.affinity.get("podAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution", ()))

    @cached_property
    def preferred_affinity(self) -> tuple[Manifest, ...]:
        return tuple((self.affinity.get("podAffinity") or {}).get("preferredDuringSchedulingIgnoredDuringExecution", ()))

    @cached_property
    def preferred_anti_affinity(self) -> tuple[Manifest, ...]:
        return tuple((self.affinity.get("podAntiAffinity") or {}).get("preferredDuringSchedulingIgnoredDuringExecution", ()))

    @cached_property
    def has_terms(self) -> bool:
        """Whether the pod has any inter-pod affinity or anti-affinity."""
        return bool(self.required_anti_affinity or self.required_affinity or self.preferred_affinity or self.preferred_anti_affinity)

    @cached_property
    def signature(self) -> str:
        """Pods of one signature get the same answers from node-local plugins."""
        spec = self.spec
        parts = (
            sorted(self.requests.items()), sorted(self.scoring_requests.items()), sorted(self.ports), spec.get("nodeSelector"),
            self.affinity.get("nodeAffinity"), spec.get("tolerations"), self.node_name, [c.get("image") for c in spec.get("containers", ())],
            [c.get("image") for c in spec.get("initContainers", ())],
        )  # fmt: skip
        return repr(parts)
