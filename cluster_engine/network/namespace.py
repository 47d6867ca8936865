"""A network namespace: one address and the ports that are open on it. All containers of a pod share one (so: localhost).

Models the sandbox's netns of containerd and CNI.
"""

from cluster_engine.network.wire import Listener

Port = tuple[str, int]


class NetworkNamespace:
    """`owner` is the pod's uid, or the node's name for the host's own namespace.

    `forwards`: ports that lead into another namespace (hostPort).
    """

    __slots__ = ("address", "forwards", "listeners", "node", "owner", "reachable", "received", "sent")

    def __init__(self, address: str, node: str, owner: str) -> None:
        self.address, self.node, self.owner = address, node, owner
        self.listeners: dict[Port, Listener] = {}
        self.forwards: dict[Port, tuple[NetworkNamespace, int]] = {}
        self.reachable = True
        self.received = 0
        self.sent = 0

    def listen(self, listener: Listener) -> bool:
        """Open a port; False when it is in use."""
        port = (listener.transport, listener.port)
        if port in self.listeners:
            return False
        self.listeners[port] = listener
        return True

    def close(self, listener: Listener) -> None:
        """Close a port, if it is still this listener's."""
        port = (listener.transport, listener.port)
        if self.listeners.get(port) is listener:
            del self.listeners[port]

    def on(self, port: int, transport: str = "TCP") -> Listener | None:
        return self.listeners.get((transport, port))
