"""What every CNI plugin does: ADD an address for a sandbox, DEL it again, and say how a packet travels between nodes.

Models the CNI specification 1.0 (ADD, DEL, CHECK).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a packet's way. `device`: the interface it leaves by; `action`: what is done to it there."""

    node: str
    device: str
    action: str


@dataclass(frozen=True, slots=True)
class Route:
    """A line of a node's routing table."""

    destination: str
    via: str
    device: str
    protocol: str

    def __str__(self) -> str:
        via = f" via {self.via}" if self.via else ""
        return f"{self.destination}{via} dev {self.device} proto {self.protocol}"


class Plugin(ABC):
    """`pod_cidr` is the pool of the whole cluster; `seconds` is how long an ADD takes."""

    name = ""
    seconds = 0.05

    def __init__(self, pod_cidr: str) -> None:
        self.pod_cidr = pod_cidr
        self._addresses: dict[str, str] = {}

    def join(self, node: str, address: str) -> None:
        """A node with its own address takes part from now on."""
        self._addresses[node] = address

    def leave(self, node: str) -> None:
        self._addresses.pop(node, None)

    @abstractmethod
    def add(self, node: str) -> str:
        """An address for a new sandbox on `node`. Raises ipam.PoolExhausted."""

    @abstractmethod
    def claim(self, node: str, address: str) -> bool:
        """Give a sandbox the address it had before; False when that is not possible."""

    @abstractmethod
    def delete(self, node: str, address: str) -> None:
        """Give an address back; one that is not taken changes nothing."""

    @abstractmethod
    def routes(self, node: str) -> list[Route]:
        """How `node` reaches pods elsewhere."""

    @abstractmethod
    def path(self, source_node: str, target_node: str) -> list[Hop]:
        """The way from a pod on one node to a pod on another (or the same)."""
