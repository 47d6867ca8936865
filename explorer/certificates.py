"""Certificates of the server: one authority for this installation, and what the API listener shows to clients.

Models cmd/kubeadm/app/phases/certs. Certificates of clients are each cluster's own affair: explorer.api.credentials.
"""

import ipaddress
import os
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from explorer.places import data_dir, public_host

YEAR = timedelta(days=365)
Key = ec.EllipticCurvePrivateKey


def pem_key(key: Key) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and for the owner's eyes only."""
    fresh = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(data)
    fresh.replace(path)


class Authority:
    """The installation's certificate authority, kept in the data folder."""

    def __init__(self, folder: Path) -> None:
        self.certificate_file, self.key_file = folder / "ca.crt", folder / "ca.key"
        if not (self.certificate_file.exists() and self.key_file.exists()):
            self._make()
        self.certificate_pem = self.certificate_file.read_bytes()
        self.key_pem = self.key_file.read_bytes()
        self._certificate = x509.load_pem_x509_certificate(self.certificate_pem)
        key = serialization.load_pem_private_key(self.key_pem, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self._key = key

    def _make(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubernetes")])
        usage = x509.KeyUsage(True, False, True, False, False, True, False, False, False)
        certificate = (
            _builder(name, name, key, 10 * YEAR)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        _write(self.key_file, pem_key(key))
        _write(self.certificate_file, pem(certificate))

    def issue(self, subject: x509.Name, names: list[x509.GeneralName]) -> tuple[bytes, bytes]:
        """A server's certificate and its key as PEM, good for `names`."""
        key = ec.generate_private_key(ec.SECP256R1())
        usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        builder = (
            _builder(subject, self._certificate.subject, key, YEAR)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
        )
        return pem(builder.sign(self._key, hashes.SHA256())), pem_key(key)


def _builder(subject: x509.Name, issuer: x509.Name, key: Key, lifetime: timedelta) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + lifetime)
    )


@cache
def authority() -> Authority:
    return Authority(data_dir())


def server_certificate() -> tuple[Path, Path]:
    """Certificate and key files of the API listener, made anew when the host changed or they end within a month."""
    certificate, key = data_dir() / "server.crt", data_dir() / "server.key"
    if not (certificate.exists() and key.exists() and _still_good(certificate)):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kube-apiserver")])
        pem, key_pem = authority().issue(subject, _names(public_host()))
        _write(key, key_pem)
        _write(certificate, pem + authority().certificate_pem)
    return certificate, key


def _names(host: str) -> list[x509.GeneralName]:
    names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"]
    addresses = ["127.0.0.1", "::1"]
    try:
        addresses.append(str(ipaddress.ip_address(host)))
    except ValueError:
        names.append(host)
    return [*(x509.DNSName(n) for n in dict.fromkeys(names)), *(x509.IPAddress(ipaddress.ip_address(a)) for a in dict.fromkeys(addresses))]


def _still_good(path: Path) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    issued_by_us = certificate.issuer == x509.load_pem_x509_certificate(authority().certificate_pem).subject
    return issued_by_us and set(held) == set(_names(public_host())) and certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=30)
