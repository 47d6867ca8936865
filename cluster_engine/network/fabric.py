"""The fabric: one per cluster, it knows every address, who listens there, and what is cut off from what.

A connection is decided in one call: the address belongs to a pod, a node, or (through kube-proxy's rules) a service.
"""

from collections.abc import Callable

from cluster_engine.network.cni import PLUGINS
from cluster_engine.network.ipam import Range
from cluster_engine.network.namespace import NetworkNamespace
from cluster_engine.network.wire import Connection, Outcome, Reply, Request

SAME_NODE_SECONDS = 0.0001
OTHER_NODE_SECONDS = 0.0006
CONNECT_TIMEOUT = 30.0

Translate = Callable[[str, str, int, str, str], tuple[str, int] | None]
Names = Callable[[str], list[str]]
LOOPBACK = ("127.", "localhost")


class Fabric:
    """`translate(node, address, port, transport, client)` is the node's service rules: a backend, or None when no rule matches.

    `names(host)`: the cluster's DNS.
    """

    def __init__(self, pod_cidr: str = "10.244.0.0/16", node_cidr: str = "172.18.0.0/16", plugin: str = "calico") -> None:
        self.cni = PLUGINS[plugin](pod_cidr)
        self._nodes = Range(node_cidr, first=2)
        self._hosts: dict[str, NetworkNamespace] = {}
        self._namespaces: dict[str, NetworkNamespace] = {}
        self._cut: set[frozenset[str]] = set()
        self.translate: Translate | None = None
        self.names: Names | None = None

    # -- membership

    def host(self, node: str, address: str = "") -> NetworkNamespace:
        """The node's own namespace, with its address (the one it had, where it is still free); made on first use."""
        found = self._hosts.get(node)
        if found is None:
            taken = address if address and self._nodes.claim(address) else self._nodes.take()
            found = self._hosts[node] = NetworkNamespace(taken, node, node)
            self._namespaces[found.address] = found
            self.cni.join(node, found.address)
        return found

    def remove_host(self, node: str) -> None:
        found = self._hosts.pop(node, None)
        if found is not None:
            self._namespaces.pop(found.address, None)
            self._nodes.free(found.address)
            self.cni.leave(node)

    def attach(self, node: str, owner: str, address: str = "") -> NetworkNamespace:
        """CNI ADD: a namespace with an address of its own (the one it had, where it is still free). Raises ipam.PoolExhausted."""
        taken = address if address and self.cni.claim(node, address) else self.cni.add(node)
        namespace = NetworkNamespace(taken, node, owner)
        self._namespaces[namespace.address] = namespace
        return namespace

    def detach(self, namespace: NetworkNamespace) -> None:
        """CNI DEL: the address is free again."""
        if self._namespaces.pop(namespace.address, None) is not None:
            self.cni.delete(namespace.node, namespace.address)

    def at(self, address: str) -> NetworkNamespace | None:
        return self._namespaces.get(address)

    def lookup(self, source: NetworkNamespace, host: str, search: tuple[str, ...]) -> list[str]:
        """The addresses of a name, tried with each domain of the search list as resolvers do (ndots:5)."""
        if self.names is None:
            return []
        candidates = [host.rstrip(".")] if host.endswith(".") else [*(f"{host}.{domain}" for domain in search), host] if host.count(".") < 5 else [host]
        for candidate in candidates:
            found = self.names(candidate)
            if found:
                return found
        return []

    # -- trouble

    def cut(self, one: str, other: str) -> None:
        """Nothing passes between two nodes any more."""
        self._cut.add(frozenset((one, other)))

    def mend(self, one: str, other: str) -> None:
        self._cut.discard(frozenset((one, other)))

    def severed(self, one: str, other: str) -> bool:
        return bool(self._cut) and frozenset((one, other)) in self._cut

    # -- traffic

    def reaches(self, source: NetworkNamespace, target: NetworkNamespace) -> bool:
        """Whether a packet would arrive at all."""
        return source.reachable and target.reachable and not self.severed(source.node, target.node)

    def connect(self, source: NetworkNamespace, address: str, port: int, transport: str = "TCP") -> Connection:
        """Try to reach a port from a namespace."""
        if address.startswith(LOOPBACK):
            return self._knock(source, source, port, transport)
        target = self._namespaces.get(address)
        if target is None and self.translate is not None:
            backend = self.translate(source.node, address, port, transport, source.address)
            if backend is None:
                return Connection(Outcome.TIMEOUT, CONNECT_TIMEOUT, address=address)
            if not backend[0]:
                return Connection(Outcome.REFUSED, SAME_NODE_SECONDS, address=address)
            address, port = backend
            target = self._namespaces.get(address)
        if target is None:
            return Connection(Outcome.NO_ROUTE, 3.0, address=address)
        return self._knock(source, target, port, transport)

    def _knock(self, source: NetworkNamespace, target: NetworkNamespace, port: int, transport: str) -> Connection:
        seconds = SAME_NODE_SECONDS if source.node == target.node else OTHER_NODE_SECONDS
        if not target.reachable or not source.reachable or self.severed(source.node, target.node):
            return Connection(Outcome.TIMEOUT, CONNECT_TIMEOUT, address=target.address)
        listener = target.on(port, transport)
        if listener is None and (transport, port) in target.forwards:
            return self._knock(source, *target.forwards[(transport, port)], transport)
        if listener is None and self.translate is not None and target.owner == target.node:
            backend = self.translate(target.node, target.address, port, transport, source.address)
            if backend is not None and backend[0] and (behind := self._namespaces.get(backend[0])) is not None:
                return self._knock(source, behind, backend[1], transport)
        if listener is None:
            return Connection(Outcome.REFUSED, seconds, address=target.address)
        return Connection(Outcome.OPEN, seconds, listener, target.address)

    def ask(self, source: NetworkNamespace, address: str, port: int, request: Request, transport: str = "TCP") -> tuple[Connection, Reply | None]:
        """Connect and send one request."""
        connection = self.connect(source, address, port, transport)
        if connection.listener is None:
            return connection, None
        reply = connection.listener.answer(request)
        source.sent += len(request.body) + 200
        source.received += len(reply.body) + 200
        target = self._namespaces.get(connection.address)
        if target is not None and target is not source:
            target.received += len(request.body) + 200
            target.sent += len(reply.body) + 200
        return connection, reply
