"""Credentials for a cluster: its own authority signs client certificates, and a kubeconfig carries one.

The server shows a certificate of the installation's authority (explorer.certificates), which a kubeconfig trusts; clients show
one of their cluster's authority, so that nothing made in one cluster, by whatever means, opens another.
Models cmd/kubeadm/app/phases/kubeconfig.
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import yaml
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cluster_engine.apiserver.attributes import User
from cluster_engine.apiserver.authn import hashed
from cluster_engine.apiserver.keys import ClusterKeys
from explorer.certificates import YEAR, authority, pem, pem_key
from explorer.places import api_port, public_host, secret

CLUSTER = "cluster:"
ADMIN, MASTERS = "kubernetes-admin", ("system:masters",)


def cluster_secret(cluster_id: int, seed: int) -> bytes:
    """The secret that all keys of a cluster are derived from: the installation's, bound to this cluster."""
    return hmac.new(secret("secret-key").encode(), f"cluster {cluster_id} {seed}".encode(), hashlib.sha256).digest()


def static_users(keys_secret: bytes) -> dict[str, User]:
    """The users of a cluster that have a token of their own, by the token's hash: its administrator."""
    token = ClusterKeys(keys_secret).static_token(ADMIN)
    return {hashed(token): User(ADMIN, (*MASTERS, "system:authenticated"))}


def client_certificate(keys: ClusterKeys, cluster: str, user: str, groups: tuple[str, ...]) -> tuple[bytes, bytes]:
    """A certificate and key that make its holder `user` in `cluster`, whose keys these are."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"{CLUSTER}{cluster}")]
    names += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    subject = x509.Name([*names, x509.NameAttribute(NameOID.COMMON_NAME, user)])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(True, False, True, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder(keys.ca_certificate.subject, subject, key.public_key(), x509.random_serial_number(), now - timedelta(minutes=5), now + YEAR)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(keys.ca_key.public_key()), critical=False)
        .sign(keys.ca_key, hashes.SHA256())
    )
    return pem(certificate), pem_key(key)


def kubeconfig_for(cluster_id: int, name: str, seed: int, user: str = ADMIN, groups: tuple[str, ...] = MASTERS, *, token: bool = False) -> str:
    """A kubeconfig as YAML, good for kubectl and every client library, whether the server runs or not.

    With a client certificate, or with the administrator's `token`, for clients that sit behind something that ends TLS.
    """
    keys = ClusterKeys(cluster_secret(cluster_id, seed))
    certificate, key = client_certificate(keys, name, user, groups)
    shown = {"token": keys.static_token(ADMIN)} if token else {"client-certificate-data": _base64(certificate), "client-key-data": _base64(key)}
    server = f"https://{public_host()}:{api_port()}/clusters/{name}"
    person = f"{user}@{name}"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server, "certificate-authority-data": _base64(authority().certificate_pem)}}],
        "users": [{"name": person, "user": shown}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": person}}],
        "current-context": name,
    }
    return yaml.safe_dump(document, sort_keys=False)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


class ClientCertificate:
    """What a client showed when TLS was set up. TLS has verified it against all clusters' authorities; here against one.

    `cluster`: the one that it says it is for, to find the way by; `subject_in` alone decides what it is good for.
    """

    def __init__(self, der: bytes) -> None:
        self._certificate = x509.load_der_x509_certificate(der)
        self._checked: dict[bytes, bool] = {}
        subject = self._certificate.subject
        users = [str(a.value) for a in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        self.user = users[0] if users else ""
        units = [str(a.value) for a in subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)]
        self.cluster = next((unit.removeprefix(CLUSTER) for unit in units if unit.startswith(CLUSTER)), "")
        self.groups = tuple(str(a.value) for a in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME))

    def subject_in(self, keys: ClusterKeys) -> tuple[str, tuple[str, ...]] | None:
        """(user, groups) where the cluster of `keys` issued this certificate, else None."""
        if keys.secret not in self._checked:
            self._checked[keys.secret] = self._issued_by(keys)
        return (self.user, self.groups) if self._checked[keys.secret] and self.user else None

    def _issued_by(self, keys: ClusterKeys) -> bool:
        try:
            self._certificate.verify_directly_issued_by(keys.ca_certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True
