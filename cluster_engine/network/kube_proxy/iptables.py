"""The iptables mode: each service a chain, each endpoint a chain, a coin toss between them; printed as `iptables-save` does.

Models pkg/proxy/iptables/proxier.go (syncProxyRules). Pure: the same services give the same text.
"""

import base64
import hashlib
from collections.abc import Iterable
from functools import lru_cache

from cluster_engine.network.kube_proxy.service_ports import Endpoint, ServicePort

MARK = "0x4000"
LOCAL = "-m addrtype --dst-type LOCAL"


@lru_cache(maxsize=65_536)
def chain_hash(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()[:16]


def service_chain(port: ServicePort, kind: str = "SVC") -> str:
    """`kind`: SVC (cluster policy), SVL (local policy), EXT (from outside), FW (source ranges)."""
    return f"KUBE-{kind}-{chain_hash(port.name + port.protocol)}"


def endpoint_chain(port: ServicePort, endpoint: Endpoint) -> str:
    return f"KUBE-SEP-{chain_hash(port.name + port.protocol + str(endpoint))}"


class Table:
    """One table in the making: its chains in order, its rules in order."""

    def __init__(self, name: str, built_in: Iterable[str], chains: Iterable[str]) -> None:
        self._name, self._built_in = name, tuple(built_in)
        self._chains = dict.fromkeys(chains)
        self._rules: list[str] = []
        self._last: list[str] = []

    def chain(self, name: str) -> None:
        self._chains[name] = None

    def add(self, chain: str, rule: str) -> None:
        self._rules.append(f"-A {chain} {rule}")

    def add_last(self, chain: str, rule: str) -> None:
        self._last.append(f"-A {chain} {rule}")

    def text(self) -> str:
        heads = [f":{name} ACCEPT [0:0]" for name in self._built_in] + [f":{name} - [0:0]" for name in self._chains]
        return "\n".join([f"*{self._name}", *heads, *self._rules, *self._last, "COMMIT"]) + "\n"


def rules(ports: Iterable[ServicePort], node: str, pod_cidr: str) -> str:
    """Everything that kube-proxy has put into a node's tables."""
    filter_table = Table(
        "filter",
        ("INPUT", "FORWARD", "OUTPUT"),
        ("KUBE-EXTERNAL-SERVICES", "KUBE-FORWARD", "KUBE-NODEPORTS", "KUBE-PROXY-CANARY", "KUBE-PROXY-FIREWALL", "KUBE-SERVICES"),
    )
    nat = Table(
        "nat", ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"), ("KUBE-MARK-MASQ", "KUBE-NODEPORTS", "KUBE-POSTROUTING", "KUBE-PROXY-CANARY", "KUBE-SERVICES")
    )
    mangle = Table("mangle", ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"), ("KUBE-PROXY-CANARY",))
    _frame(filter_table, nat)
    for port in ports:
        _service(port, node, pod_cidr, filter_table, nat)
    nat.add_last(
        "KUBE-SERVICES", f'-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" {LOCAL} -j KUBE-NODEPORTS'
    )
    return mangle.text() + filter_table.text() + nat.text()


def _frame(filter_table: Table, nat: Table) -> None:
    """The rules that lead from the kernel's chains into kube-proxy's."""
    new = "-m conntrack --ctstate NEW -m comment --comment"
    for chain in ("INPUT", "FORWARD", "OUTPUT"):
        filter_table.add(chain, f'{new} "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL')
    filter_table.add("INPUT", '-m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS')
    filter_table.add("FORWARD", '-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD')
    for chain in ("FORWARD", "OUTPUT"):
        filter_table.add(chain, f'{new} "kubernetes service portals" -j KUBE-SERVICES')
    for chain in ("INPUT", "FORWARD"):
        filter_table.add(chain, f'{new} "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES')
    filter_table.add("KUBE-FORWARD", "-m conntrack --ctstate INVALID -j DROP")
    filter_table.add("KUBE-FORWARD", f'-m comment --comment "kubernetes forwarding rules" -m mark --mark {MARK}/{MARK} -j ACCEPT')
    filter_table.add("KUBE-FORWARD", '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT')
    for chain in ("PREROUTING", "OUTPUT"):
        nat.add(chain, '-m comment --comment "kubernetes service portals" -j KUBE-SERVICES')
    nat.add("POSTROUTING", '-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING')
    nat.add("KUBE-MARK-MASQ", f"-j MARK --set-xmark {MARK}/{MARK}")
    nat.add("KUBE-POSTROUTING", f"-m mark ! --mark {MARK}/{MARK} -j RETURN")
    nat.add("KUBE-POSTROUTING", f"-j MARK --set-xmark {MARK}/0x0")
    nat.add("KUBE-POSTROUTING", '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully')


def _service(port: ServicePort, node: str, pod_cidr: str, filter_table: Table, nat: Table) -> None:
    cluster, local = port.usable(), port.usable(node, local=True)
    internal = local if port.internal_local else cluster
    outside = bool(port.node_port or port.external_ips or port.load_balancer_ips)
    external = local if port.external_local else cluster
    _cluster_ip(port, internal, filter_table, nat)
    if outside:
        _outside(port, cluster, external, pod_cidr, filter_table, nat)
    used: dict[Endpoint, None] = {}
    if cluster and (not port.internal_local or outside):
        _policy_chain(port, "SVC", cluster, pod_cidr, nat)
        used |= dict.fromkeys(cluster)
    if local and (port.internal_local or (outside and port.external_local)):
        _policy_chain(port, "SVL", local, pod_cidr, nat)
        used |= dict.fromkeys(local)
    for endpoint in used:
        _endpoint(port, endpoint, nat)


def _cluster_ip(port: ServicePort, internal: tuple[Endpoint, ...], filter_table: Table, nat: Table) -> None:
    where = f"-d {port.cluster_ip}/32 -p {port.protocol}"
    there = f"-m {port.protocol} --dport {port.port}"
    if internal:
        kind = "SVL" if port.internal_local else "SVC"
        nat.add("KUBE-SERVICES", f'{where} -m comment --comment "{port.name} cluster IP" {there} -j {service_chain(port, kind)}')
    elif port.internal_local and port.usable():
        filter_table.add("KUBE-SERVICES", f'{where} -m comment --comment "{port.name} has no local endpoints" {there} -j DROP')
    else:
        filter_table.add("KUBE-SERVICES", f'{where} -m comment --comment "{port.name} has no endpoints" {there} -j REJECT --reject-with icmp-port-unreachable')


def _outside(port: ServicePort, cluster: tuple[Endpoint, ...], external: tuple[Endpoint, ...], pod_cidr: str, filter_table: Table, nat: Table) -> None:
    """Node ports, external addresses and load balancers' addresses."""
    chain = service_chain(port, "EXT")
    ways = [(f"-d {ip}/32 -p {port.protocol}", port.port, "external IP", "KUBE-SERVICES") for ip in port.external_ips]
    ways += [(f"-d {ip}/32 -p {port.protocol}", port.port, "loadbalancer IP", "KUBE-SERVICES") for ip in port.load_balancer_ips]
    if not cluster:
        _reject(port, ways, "has no endpoints", "REJECT --reject-with icmp-port-unreachable", filter_table)
        return
    if not external:
        _reject(port, ways, "has no local endpoints", "DROP", filter_table)
    for where, number, what, into in ways:
        nat.add(into, f'{where} -m comment --comment "{port.name} {what}" -m {port.protocol} --dport {number} -j {chain}')
    if port.node_port:
        nat.add("KUBE-NODEPORTS", f'-p {port.protocol} -m comment --comment "{port.name}" -m {port.protocol} --dport {port.node_port} -j {chain}')
    _firewall(port, filter_table)
    _external_chain(port, chain, external, pod_cidr, nat)


def _reject(port: ServicePort, ways: list[tuple[str, int, str, str]], why: str, verdict: str, filter_table: Table) -> None:
    there = f"-m {port.protocol} --dport"
    for where, number, _, _ in ways:
        filter_table.add("KUBE-EXTERNAL-SERVICES", f'{where} -m comment --comment "{port.name} {why}" {there} {number} -j {verdict}')
    if port.node_port:
        filter_table.add("KUBE-EXTERNAL-SERVICES", f'-p {port.protocol} -m comment --comment "{port.name} {why}" {LOCAL} {there} {port.node_port} -j {verdict}')


def _firewall(port: ServicePort, filter_table: Table) -> None:
    """Only some may come in through the load balancer."""
    if not port.source_ranges:
        return
    chain = service_chain(port, "FW")
    filter_table.chain(chain)
    for ip in port.load_balancer_ips:
        filter_table.add(
            "KUBE-PROXY-FIREWALL",
            f'-d {ip}/32 -p {port.protocol} -m comment --comment "{port.name} traffic not accepted by {chain}" '
            f"-m {port.protocol} --dport {port.port} -j {chain}",
        )
    for source in port.source_ranges:
        filter_table.add(chain, f'-s {source} -m comment --comment "{port.name} loadbalancer IP" -j RETURN')
    filter_table.add(chain, f'-m comment --comment "other traffic to {port.name} loadbalancer IP" -j DROP')


def _external_chain(port: ServicePort, chain: str, external: tuple[Endpoint, ...], pod_cidr: str, nat: Table) -> None:
    nat.chain(chain)
    to_all = service_chain(port)
    if not port.external_local:
        nat.add(chain, f'-m comment --comment "masquerade traffic for {port.name} external destinations" -j KUBE-MARK-MASQ')
        nat.add(chain, f"-j {to_all}")
        return
    source = "-m addrtype --src-type LOCAL"
    nat.add(chain, f'-s {pod_cidr} -m comment --comment "pod traffic for {port.name} external destinations" -j {to_all}')
    nat.add(chain, f'-m comment --comment "masquerade LOCAL traffic for {port.name} external destinations" {source} -j KUBE-MARK-MASQ')
    nat.add(chain, f'-m comment --comment "route LOCAL traffic for {port.name} external destinations" {source} -j {to_all}')
    if external:
        nat.add(chain, f"-j {service_chain(port, 'SVL')}")


def _policy_chain(port: ServicePort, kind: str, endpoints: tuple[Endpoint, ...], pod_cidr: str, nat: Table) -> None:
    """The choice among endpoints: who came before goes where he went, the others by chance."""
    chain = service_chain(port, kind)
    nat.chain(chain)
    if (kind == "SVC") != port.internal_local:
        there = f'-p {port.protocol} -m comment --comment "{port.name} cluster IP" -m {port.protocol} --dport {port.port}'
        nat.add(chain, f"! -s {pod_cidr} -d {port.cluster_ip}/32 {there} -j KUBE-MARK-MASQ")
    for endpoint in endpoints if port.affinity else ():
        target = endpoint_chain(port, endpoint)
        recent = f"-m recent --rcheck --seconds {port.affinity} --reap --name {target} --mask 255.255.255.255 --rsource"
        nat.add(chain, f'-m comment --comment "{port.name} -> {endpoint}" {recent} -j {target}')
    for index, endpoint in enumerate(endpoints):
        left = len(endpoints) - index
        toss = f" -m statistic --mode random --probability {1 / left:.11f}" if left > 1 else ""
        nat.add(chain, f'-m comment --comment "{port.name} -> {endpoint}"{toss} -j {endpoint_chain(port, endpoint)}')


def _endpoint(port: ServicePort, endpoint: Endpoint, nat: Table) -> None:
    chain = endpoint_chain(port, endpoint)
    nat.chain(chain)
    nat.add(chain, f'-s {endpoint.address}/32 -m comment --comment "{port.name}" -j KUBE-MARK-MASQ')
    recent = f" -m recent --set --name {chain} --mask 255.255.255.255 --rsource" if port.affinity else ""
    nat.add(chain, f'-p {port.protocol} -m comment --comment "{port.name}"{recent} -m {port.protocol} -j DNAT --to-destination {endpoint}')
