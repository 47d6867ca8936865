"""NetworkPolicy: who may talk to whom. Models pkg/registry/networking/networkpolicy and validation.ValidateNetworkPolicySpec."""

from typing import Any

from cluster_engine.machinery import names, selectors
from cluster_engine.machinery.field import Errors, FieldError, forbidden, invalid, quoted, required, shown
from cluster_engine.resources.addresses import parse_cidr, strict_cidr_messages
from cluster_engine.resources.checks import each, port_number
from cluster_engine.resources.kind import Column, Kind, Manifest
from cluster_engine.resources.table import AGE, NAME, age, selector_text

PROTOCOLS = ("TCP", "UDP", "SCTP")
TYPES = ("Ingress", "Egress")


def default(policy: Manifest) -> None:
    spec = policy.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    for direction in ("ingress", "egress"):
        for rule in spec.get(direction) or ():
            for port in rule.get("ports") or ():
                if port.get("protocol") is None:
                    port["protocol"] = "TCP"


def _unsupported(path: str, value: Any, supported: tuple[str, ...]) -> FieldError:
    """Supported values in upstream's order, which is not the alphabet's here."""
    return FieldError(path, "Unsupported value", f"Unsupported value: {shown(value)}: supported values: {', '.join(quoted(v) for v in supported)}")


def validate(policy: Manifest) -> Errors:
    found: Errors = []
    spec = policy.get("spec") or {}
    found += selectors.validate(spec.get("podSelector") or {}, "spec.podSelector")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction) or ()):
            _validate_rule(rule, peers, f"spec.{direction}[{index}]", found)
    types = spec.get("policyTypes") or []
    if len(types) > 2:
        found.append(invalid("spec.policyTypes", types, "may not specify more than two policyTypes"))
        return found
    for index, type_ in enumerate(types):
        if type_ not in TYPES:
            found.append(_unsupported(f"spec.policyTypes[{index}]", type_, TYPES))
    return found


def _validate_rule(rule: Manifest, peers: str, path: str, found: Errors) -> None:
    for index, port in enumerate(rule.get("ports") or ()):
        _validate_port(port, f"{path}.ports[{index}]", found)
    for index, peer in enumerate(rule.get(peers) or ()):
        _validate_peer(peer, f"{path}.{peers}[{index}]", found)


def _validate_port(entry: Manifest, path: str, found: Errors) -> None:
    protocol, port, end = entry.get("protocol"), entry.get("port"), entry.get("endPort")
    if protocol is not None and protocol not in PROTOCOLS:
        found.append(_unsupported(f"{path}.protocol", protocol, PROTOCOLS))
    if port is None:
        if end is not None:
            found.append(invalid(f"{path}.endPort", end, "may not be specified when `port` is not specified"))
        return
    if isinstance(port, str):
        if end is not None:
            found.append(invalid(f"{path}.endPort", end, "may not be specified when `port` is non-numeric"))
        each(f"{path}.port", port, names.is_port_name(port), found)
        return
    port_number(f"{path}.port", port, found)
    if end is not None:
        if end < port:
            found.append(invalid(f"{path}.endPort", port, "must be greater than or equal to `port`"))
        port_number(f"{path}.endPort", end, found)


def _validate_peer(peer: Manifest, path: str, found: Errors) -> None:
    count = 0
    for name in ("podSelector", "namespaceSelector"):
        if peer.get(name) is not None:
            count += 1
            found += selectors.validate(peer[name], f"{path}.{name}")
    block = peer.get("ipBlock")
    if block is not None:
        count += 1
        _validate_block(block, f"{path}.ipBlock", found)
    if not count:
        found.append(required(path, "must specify a peer"))
    elif count > 1 and block is not None:
        found.append(forbidden(path, "may not specify both ipBlock and another peer"))


def _validate_block(block: Manifest, path: str, found: Errors) -> None:
    cidr = block.get("cidr", "")
    if not cidr:
        found.append(required(f"{path}.cidr"))
        return
    each(f"{path}.cidr", cidr, problems := strict_cidr_messages(cidr, canonical=False), found)
    whole = parse_cidr(cidr)
    if problems or whole is None:
        return
    for index, text in enumerate(block.get("except") or ()):
        where = f"{path}.except[{index}]"
        each(where, text, problems := strict_cidr_messages(text, canonical=False), found)
        part = parse_cidr(text)
        if problems or part is None:
            continue
        inside = part.version == whole.version and part.subnet_of(whole) and part != whole  # type: ignore[arg-type]
        if not inside:
            found.append(invalid(where, text, "must be a strict subset of `cidr`"))


def row(policy: Manifest, now: float) -> list[Any]:
    return [policy["metadata"].get("name", ""), selector_text((policy.get("spec") or {}).get("podSelector")), age(policy, now)]


KIND = Kind(
    group="networking.k8s.io",
    kind="NetworkPolicy",
    plural="networkpolicies",
    short_names=("netpol",),
    has_generation=True,
    default=default,
    validate=validate,
    columns=(NAME, Column("Pod-Selector", described_by="io.k8s.api.networking.v1.NetworkPolicySpec.podSelector"), AGE),
    row=row,
)
