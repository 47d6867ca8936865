"""IP addresses and ranges as field values.

Models k8s.io/apimachinery/pkg/util/validation/ip.go and pkg/apis/core/validation (ValidateNonSpecialIP).
"""

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from cluster_engine.machinery.field import Errors, invalid

NOT_AN_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
NOT_A_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
_LEADING_ZEROS = re.compile(r"(?<![0-9a-fA-F:])0+(?=\d)")


def _plain(text: str) -> str:
    """Upstream still takes leading zeros in IPv4 addresses, as Go once did."""
    return text if ":" in text else _LEADING_ZEROS.sub("", text)


@lru_cache(maxsize=1024)
def parse_ip(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return None if "%" in text or "/" in text else ip_address(_plain(text))
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def parse_cidr(text: str) -> IPv4Network | IPv6Network | None:
    address, slash, bits = text.partition("/")
    if not slash or not bits.isdigit() or parse_ip(address) is None:
        return None
    try:
        return ip_network(f"{_plain(address)}/{bits}", strict=False)
    except ValueError:
        return None


def check_ip(path: str, value: str, found: Errors) -> bool:
    """Appends what is wrong; says whether it is good."""
    if parse_ip(value) is not None:
        return True
    found.append(invalid(path, value, NOT_AN_IP))
    return False


def check_cidr(path: str, value: str, found: Errors) -> None:
    if parse_cidr(value) is None:
        found.append(invalid(path, value, NOT_A_CIDR))


def check_non_special_ip(path: str, value: str, found: Errors) -> None:
    """Endpoints must be addresses that other machines can reach."""
    ip = parse_ip(value)
    if ip is None:
        found.append(invalid(path, value, "must be a valid IP address"))
        return
    if ip.is_unspecified:
        found.append(invalid(path, value, f"may not be unspecified ({value})"))
    if ip.is_loopback:
        found.append(invalid(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)"))
    if ip.is_link_local:
        found.append(invalid(path, value, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"))
    if ip.is_multicast and (str(ip).startswith("224.0.0.") or str(ip).startswith("ff02:")):
        found.append(invalid(path, value, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"))


def dual_stack(ips: list[str]) -> bool:
    """At least one address of each family."""
    return len({ip.version for ip in map(parse_ip, ips) if ip is not None}) == 2


def dual_stack_cidrs(cidrs: list[str]) -> bool:
    return len({cidr.version for cidr in map(parse_cidr, cidrs) if cidr is not None}) == 2


def ip_warnings(path: str, value: str) -> list[str]:
    """What is odd about the spelling of an address that an old field still takes."""
    ip = parse_ip(value)
    if ip is None or str(ip) == value:
        return []
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    if mapped is not None or isinstance(ip, IPv4Address):
        return [f'{path}: non-standard IP address "{value}" will be considered invalid in a future Kubernetes release: use "{mapped or ip}"']
    return [f'{path}: IPv6 address "{value}" should be in RFC 5952 canonical format ("{ip}")']


LEADING_ZERO = re.compile(r"(^|\.)0\d")


def strict_ip_messages(value: str) -> list[str]:
    """For new API fields: what is wrong with an address, ambiguous spellings included."""
    ip = parse_ip(value)
    if ip is None:
        return [NOT_AN_IP]
    if ":" not in value and LEADING_ZERO.search(value):
        return ["must not have leading 0s"]
    return [] if str(ip) == value else [f'must be in canonical form ("{ip}")']


def strict_cidr_messages(value: str, canonical: bool = True) -> list[str]:
    """For new API fields: what is wrong with a range. `canonical`: its spelling counts too."""
    cidr = parse_cidr(value)
    if cidr is None:
        return [NOT_A_CIDR]
    address, _, bits = value.partition("/")
    if (":" not in address and LEADING_ZERO.search(address)) or (len(bits) > 1 and bits.startswith("0")):
        return ["must not have leading 0s in IP or prefix length"]
    if parse_ip(address) != cidr.network_address:
        return ["must not have bits set beyond the prefix length"]
    return [f'must be in canonical form ("{cidr}")'] if canonical and str(cidr) != value else []
