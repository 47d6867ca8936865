"""The secrets of one cluster: the key that signs ServiceAccount tokens and the authority that signs client certificates.

The engine makes no randomness of its own: everything here is derived from one secret that is handed in, so an installation
keeps 32 bytes a cluster and two runs with the same secret have the same keys. Models the files under /etc/kubernetes/pki.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

AUDIENCE = "https://kubernetes.default.svc"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def derived_key(secret: bytes, purpose: str) -> ec.EllipticCurvePrivateKey:
    """A P-256 key that only the holder of `secret` can make; each purpose has its own."""
    digest = hmac.new(secret, purpose.encode(), hashlib.sha512).digest()
    return ec.derive_private_key(int.from_bytes(digest, "big") % (P256_ORDER - 1) + 1, ec.SECP256R1())


def key_id(key: ec.EllipticCurvePublicKey) -> str:
    """The `kid` of a token header: the hash of the public key, as client-go's keyIDFromPublicKey has it."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


def serial_of(*parts: bytes) -> int:
    """A certificate's serial number from what it certifies."""
    return int.from_bytes(hashlib.sha256(b"\0".join(parts)).digest()[:16], "big") | 1


@dataclass(frozen=True)
class ClusterKeys:
    """Keys of one cluster. `secret`: at least 32 unguessable bytes. `retired`: secrets whose tokens are still accepted (rotation)."""

    secret: bytes
    retired: tuple[bytes, ...] = ()
    issuer: str = AUDIENCE
    audiences: tuple[str, ...] = (AUDIENCE,)
    name: str = "kubernetes"

    @cached_property
    def token_key(self) -> ec.EllipticCurvePrivateKey:
        return derived_key(self.secret, "service-account")

    @cached_property
    def token_verifiers(self) -> dict[str, ec.EllipticCurvePublicKey]:
        """Public keys by key id: the one that signs, and the retired ones."""
        keys = [self.token_key, *(derived_key(s, "service-account") for s in self.retired)]
        return {key_id(k.public_key()): k.public_key() for k in keys}

    @cached_property
    def ca_key(self) -> ec.EllipticCurvePrivateKey:
        return derived_key(self.secret, "certificate-authority")

    @cached_property
    def ca_certificate(self) -> x509.Certificate:
        """The self-signed authority of this cluster, valid for a hundred years so that no virtual clock outlives it."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])
        public = self.ca_key.public_key()
        usage = x509.KeyUsage(
            digital_signature=True, key_encipherment=True, key_cert_sign=True, content_commitment=False, data_encipherment=False,
            key_agreement=False, crl_sign=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = x509.CertificateBuilder(subject, subject, public, serial_of(b"ca", self.name.encode()), EPOCH, EPOCH + timedelta(days=36_500))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).add_extension(usage, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        return builder.sign(self.ca_key, hashes.SHA256(), ecdsa_deterministic=True)

    @cached_property
    def ca_pem(self) -> str:
        return self.ca_certificate.public_bytes(serialization.Encoding.PEM).decode()

    def static_token(self, user: str) -> str:
        """A bearer token for a user of this cluster that never expires: the secret knows it, nothing stores it."""
        return hmac.new(self.secret, f"token:{user}".encode(), hashlib.sha256).hexdigest()
