"""Ports of containers: their names, numbers and what they take on the host.

Models validation.validateContainerPorts, AccumulateUniqueHostPorts, validatePodHostNetworkDeps.
"""

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, duplicate, invalid, not_supported, required
from cluster_engine.resources.checks import each, port_number
from cluster_engine.resources.kind import Manifest

PROTOCOLS = frozenset({"TCP", "UDP", "SCTP"})


def validate_ports(ports: list[Manifest], path: str, found: Errors) -> None:
    seen: set[str] = set()
    for i, port in enumerate(ports):
        if name := port.get("name"):
            if messages := names.is_port_name(name):
                each(f"{path}[{i}].name", name, messages, found)
            elif name in seen:
                found.append(duplicate(f"{path}[{i}].name", name))
            seen.add(name)
        number, host = port.get("containerPort", 0), port.get("hostPort", 0)
        if not number:
            found.append(required(f"{path}[{i}].containerPort"))
        elif not 1 <= number <= 65535:
            port_number(f"{path}[{i}].containerPort", number, found)
        if host and not 1 <= host <= 65535:
            port_number(f"{path}[{i}].hostPort", host, found)
        protocol = port.get("protocol")
        if not protocol:
            found.append(required(f"{path}[{i}].protocol"))
        elif protocol not in PROTOCOLS:
            found.append(not_supported(f"{path}[{i}].protocol", protocol, PROTOCOLS))


def validate_host_ports(containers: list[Manifest], path: str, found: Errors) -> None:
    """No two containers may take the same port of the host."""
    taken: set[str] = set()
    for i, container in enumerate(containers):
        for j, port in enumerate(container.get("ports") or ()):
            if not port.get("hostPort"):
                continue
            place = f"{port.get('protocol', '')}/{port.get('hostIP', '')}/{port['hostPort']}"
            if place in taken:
                found.append(duplicate(f"{path}[{i}].ports[{j}].hostPort", place))
            taken.add(place)


def validate_host_network(spec: Manifest, path: str, is_pod: bool, found: Errors) -> None:
    """On the host's network a host port is the container's port; templates may leave it out."""
    for i, container in enumerate(spec.get("containers") or ()):
        for j, port in enumerate(container.get("ports") or ()):
            host = port.get("hostPort", 0)
            if (is_pod or host) and host != port.get("containerPort", 0):
                found.append(invalid(f"{path}.containers[{i}].ports[{j}].hostPort", host, "must match `containerPort` when `hostNetwork` is true"))
