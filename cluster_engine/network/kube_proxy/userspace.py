"""The userspace mode of old: iptables sends everything for services to kube-proxy itself, which opens a port per service and copies bytes.

Models pkg/proxy/userspace/proxier.go as it was until v1.25: slow, but it tries another endpoint when one does not answer.
"""

from collections.abc import Iterable

from cluster_engine.network.kube_proxy.iptables import Table
from cluster_engine.network.kube_proxy.service_ports import ServicePort

FIRST_PORT = 34_000


def proxy_ports(ports: Iterable[ServicePort]) -> dict[str, int]:
    """The port that kube-proxy opens for each service port."""
    return {port.name: FIRST_PORT + number for number, port in enumerate(sorted(ports, key=lambda p: p.name))}


def rules(ports: Iterable[ServicePort], node: str, node_address: str) -> str:
    """The redirections into the proxy."""
    known = list(ports)
    opened = proxy_ports(known)
    nat = Table(
        "nat",
        ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
        ("KUBE-PORTALS-CONTAINER", "KUBE-PORTALS-HOST", "KUBE-NODEPORT-CONTAINER", "KUBE-NODEPORT-HOST"),
    )
    nat.add("PREROUTING", '-m comment --comment "handle ClusterIPs; NOTE: this must be before the NodePort rules" -j KUBE-PORTALS-CONTAINER')
    nat.add("PREROUTING", '-m addrtype --dst-type LOCAL -m comment --comment "handle service NodePorts" -j KUBE-NODEPORT-CONTAINER')
    nat.add("OUTPUT", '-m comment --comment "handle ClusterIPs; NOTE: this must be before the NodePort rules" -j KUBE-PORTALS-HOST')
    nat.add("OUTPUT", '-m addrtype --dst-type LOCAL -m comment --comment "handle service NodePorts" -j KUBE-NODEPORT-HOST')
    for port in known:
        there = f'-p {port.protocol} -m comment --comment "{port.name}" -m {port.protocol}'
        nat.add("KUBE-PORTALS-CONTAINER", f"-d {port.cluster_ip}/32 {there} --dport {port.port} -j REDIRECT --to-ports {opened[port.name]}")
        nat.add("KUBE-PORTALS-HOST", f"-d {port.cluster_ip}/32 {there} --dport {port.port} -j DNAT --to-destination {node_address}:{opened[port.name]}")
        if port.node_port:
            nat.add("KUBE-NODEPORT-CONTAINER", f"{there} --dport {port.node_port} -j REDIRECT --to-ports {opened[port.name]}")
            nat.add("KUBE-NODEPORT-HOST", f"{there} --dport {port.node_port} -j DNAT --to-destination {node_address}:{opened[port.name]}")
    return nat.text()
