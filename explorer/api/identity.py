"""Who a client certificate says the client is. TLS has verified it; here its subject is read.

Models k8s.io/apiserver/pkg/authentication/request/x509 (CommonNameUserConversion).
"""

from dataclasses import dataclass
from typing import Any

CLUSTER = "cluster:"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The user (common name), its groups (organizations), and the one cluster that the certificate is good for."""

    user: str
    groups: tuple[str, ...]
    cluster: str


def certificate_of(peer: dict[str, Any] | None) -> Certificate | None:
    """From ssl's `getpeercert()`."""
    if not peer:
        return None
    named = [pair for part in peer.get("subject", ()) for pair in part]
    users = [value for name, value in named if name == "commonName"]
    units = [value for name, value in named if name == "organizationalUnitName" and value.startswith(CLUSTER)]
    if len(users) != 1 or len(units) != 1:
        return None
    groups = tuple(value for name, value in named if name == "organizationName")
    return Certificate(users[0], groups, units[0].removeprefix(CLUSTER))
