"""The IPVS mode: one virtual server per service address in the kernel's balancer; printed as `ipvsadm -Sn` does.

Models pkg/proxy/ipvs/proxier.go.
"""

from collections.abc import Iterable

from cluster_engine.network.kube_proxy.service_ports import ServicePort

FLAGS = {"tcp": "-t", "udp": "-u", "sctp": "--sctp-service"}


def rules(ports: Iterable[ServicePort], node: str, node_address: str) -> str:
    """Virtual servers with their real servers; an endpoint that is ending keeps weight 0 until its connections are over."""
    lines = []
    for port in ports:
        flag = FLAGS[port.protocol]
        local = port.usable(node, local=True)
        addresses = [(port.cluster_ip, port.port, local if port.internal_local else port.usable())]
        external = local if port.external_local else port.usable()
        addresses += [(ip, port.port, external) for ip in (*port.external_ips, *port.load_balancer_ips)]
        if port.node_port:
            addresses.append((node_address, port.node_port, external))
        for address, number, endpoints in addresses:
            persistent = f" -p {port.affinity}" if port.affinity else ""
            lines.append(f"-A {flag} {address}:{number} -s rr{persistent}")
            lines += [f"-a {flag} {address}:{number} -r {endpoint} -m -w 1" for endpoint in endpoints]
    return "".join(f"{line}\n" for line in lines)
