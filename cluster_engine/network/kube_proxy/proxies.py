"""The proxies of a cluster: what they know is the same on every node, so it is worked out once; a node's text is made when it is read.

Models pkg/proxy (ServiceChangeTracker, EndpointsChangeTracker) and cmd/kube-proxy.
"""

from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.kernel.chance import Chance
from cluster_engine.kernel.clock import Clock
from cluster_engine.network.kube_proxy import iptables, ipvs, userspace
from cluster_engine.network.kube_proxy.service_ports import Endpoint, Manifest, ServicePort, service_ports
from cluster_engine.reconcile.view import Informers

SERVICE_NAME = "kubernetes.io/service-name"
SLICES = "endpointslices.discovery.k8s.io"
MODES = ("iptables", "ipvs", "userspace")
Frontend = tuple[str, int, str]


def by_service(slice_: Manifest) -> tuple[str, ...]:
    """Index: the service of an endpoint slice."""
    meta = slice_["metadata"]
    name = (meta.get("labels") or {}).get(SERVICE_NAME)
    return (f"{meta['namespace']}/{name}",) if name else ()


class Proxies:
    """`rules(node)` is the text of a node; `translate` picks the backend of one connection, as the rules would."""

    def __init__(self, informers: Informers, clock: Clock, chance: Chance, pod_cidr: str, mode: str = "iptables") -> None:
        self._clock, self._chance, self._pod_cidr, self.mode = clock, chance, pod_cidr, mode
        self._services, self._slices = informers.of("services"), informers.of(SLICES)
        self._slices.add_index("service", by_service)
        self._dirty: dict[str, None] = {}
        self._ports: dict[str, list[ServicePort]] = {}
        self._frontends: dict[Frontend, ServicePort] = {}
        self._node_ports: dict[tuple[int, str], ServicePort] = {}
        self._affinity: dict[tuple[str, str, str], tuple[Endpoint, float]] = {}
        self._turn: dict[tuple[str, str], int] = {}
        self._frozen: dict[str, list[ServicePort]] = {}
        self._texts: dict[str, tuple[int, str]] = {}
        self.version = 0
        self.synced_at = 0.0
        self._services.add_handler(self._service_changed)
        self._slices.add_handler(self._slice_changed)

    # -- keeping up

    def _service_changed(self, event: WatchEvent) -> None:
        meta = event.object["metadata"]
        self._dirty[f"{meta['namespace']}/{meta['name']}"] = None

    def _slice_changed(self, event: WatchEvent) -> None:
        self._dirty |= dict.fromkeys(by_service(event.object))

    def _sync(self) -> None:
        if not self._dirty:
            return
        for key in self._dirty:
            for old in self._ports.pop(key, ()):
                self._forget(old)
            service = self._services.by_key(key)
            if service is not None:
                self._ports[key] = service_ports(service, self._slices.by_index("service", key))
                for port in self._ports[key]:
                    self._learn(port)
        self._dirty.clear()
        self.version += 1
        self.synced_at = self._clock.now()

    def _learn(self, port: ServicePort) -> None:
        for address in (port.cluster_ip, *port.external_ips, *port.load_balancer_ips):
            self._frontends[(address, port.port, port.protocol)] = port
        if port.node_port:
            self._node_ports[(port.node_port, port.protocol)] = port

    def _forget(self, port: ServicePort) -> None:
        for address in (port.cluster_ip, *port.external_ips, *port.load_balancer_ips):
            self._frontends.pop((address, port.port, port.protocol), None)
        self._node_ports.pop((port.node_port, port.protocol), None)

    # -- reading

    def ports(self, node: str = "") -> list[ServicePort]:
        """All service ports by name, as the proxy of `node` knows them."""
        if node in self._frozen:
            return self._frozen[node]
        self._sync()
        return sorted((port for ports in self._ports.values() for port in ports), key=lambda p: (p.name, p.protocol))

    def rules(self, node: str, node_address: str = "") -> str:
        """The node's rules in the text of its mode."""
        self._sync()
        version, text = self._texts.get(node, (-1, ""))
        if version == self.version or (node in self._frozen and version >= 0):
            return text
        ports = self.ports(node)
        if self.mode == "ipvs":
            text = ipvs.rules(ports, node, node_address)
        elif self.mode == "userspace":
            text = userspace.rules(ports, node, node_address)
        else:
            text = iptables.rules(ports, node, self._pod_cidr)
        self._texts[node] = (self.version, text)
        return text

    def stop(self, node: str) -> None:
        """The proxy of a node is down: its rules stay as they are."""
        if node not in self._frozen:
            self._frozen[node] = self.ports(node)

    def start(self, node: str) -> None:
        self._frozen.pop(node, None)
        self._texts.pop(node, None)

    # -- one connection

    def translate(self, node: str, address: str, port: int, transport: str, client: str) -> tuple[str, int] | None:
        """The backend for a connection; ("", 0) where it is refused; None where no rule of a service matches."""
        found = self._find(node, address, port, transport.lower())
        if found is None:
            return None
        service, from_outside = found
        local = service.external_local if from_outside else service.internal_local
        endpoints = service.usable(node, local)
        if not endpoints:
            return None if local and service.usable() else ("", 0)
        chosen = self._choose(service, endpoints, node, client)
        return chosen.address, chosen.port

    def _find(self, node: str, address: str, port: int, protocol: str) -> tuple[ServicePort, bool] | None:
        if node in self._frozen:
            for service in self._frozen[node]:
                if service.protocol == protocol and service.port == port and address == service.cluster_ip:
                    return service, False
            return None
        self._sync()
        service_port = self._frontends.get((address, port, protocol))
        if service_port is not None:
            return service_port, address != service_port.cluster_ip
        by_node_port = self._node_ports.get((port, protocol))
        return (by_node_port, True) if by_node_port is not None else None

    def _choose(self, service: ServicePort, endpoints: tuple[Endpoint, ...], node: str, client: str) -> Endpoint:
        now = self._clock.now()
        key = (service.name, node, client)
        if service.affinity:
            known, until = self._affinity.get(key, (None, 0.0))
            if known in endpoints and now < until and known is not None:
                self._affinity[key] = (known, now + service.affinity)
                return known
        if self.mode == "iptables":
            chosen = self._chance.choice(endpoints)
        else:
            turn = self._turn.get((service.name, node), 0)
            self._turn[(service.name, node)] = turn + 1
            chosen = endpoints[turn % len(endpoints)]
        if service.affinity:
            self._affinity[key] = (chosen, now + service.affinity)
        return chosen

    def inspect(self) -> dict[str, Any]:
        """What the proxies know, for pages."""
        ports = self.ports()
        metrics = {"services": len(self._ports), "ports": len(ports), "endpoints": sum(len(p.endpoints) for p in ports), "syncs": self.version}
        return {"queue": len(self._dirty), "last": [], "metrics": metrics, "mode": self.mode, "synced_at": self.synced_at, "down": sorted(self._frozen)}
