"""The built-in signers: what each will sign, and the certificates that the cluster's authority makes of approved requests.

Models pkg/controller/certificates/{signer/signer.go,authority/policies.go} and pkg/apis/certificates/helpers.go.
"""

from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from cluster_engine.apiserver.keys import ClusterKeys, serial_of
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.resources.pem import decoded

YEAR, SHORTEST, BACKDATE, SHORT = 31_536_000, 600, 300, 28_800
CLIENT, SERVING, KUBELET_CLIENT, LEGACY = (
    f"kubernetes.io/{name}" for name in ("kube-apiserver-client", "kubelet-serving", "kube-apiserver-client-kubelet", "legacy-unknown")
)
ALWAYS, SOMETIMES = {"digital signature"}, {"key encipherment"}
KEY_USAGES = {
    "signing": "digital_signature", "digital signature": "digital_signature", "content commitment": "content_commitment",
    "key encipherment": "key_encipherment", "key agreement": "key_agreement", "data encipherment": "data_encipherment", "cert sign": "key_cert_sign",
    "crl sign": "crl_sign", "encipher only": "encipher_only", "decipher only": "decipher_only",
}  # fmt: skip
EXTENDED = {
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE, "server auth": ExtendedKeyUsageOID.SERVER_AUTH, "client auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code signing": ExtendedKeyUsageOID.CODE_SIGNING, "email protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "s/mime": ExtendedKeyUsageOID.EMAIL_PROTECTION, "timestamping": ExtendedKeyUsageOID.TIME_STAMPING, "ocsp signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "ipsec end system": ObjectIdentifier("1.3.6.1.5.5.7.3.5"), "ipsec tunnel": ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec user": ObjectIdentifier("1.3.6.1.5.5.7.3.7"), "microsoft sgc": ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
    "netscape sgc": ObjectIdentifier("2.16.840.1.113730.4.1"),
}  # fmt: skip


class Unsuitable(ValueError):
    """The signer will never sign this request; the text says why."""


class Signer:
    """Signs for the kubernetes.io signers with one cluster's authority."""

    def __init__(self, keys: ClusterKeys) -> None:
        self._keys = keys

    def sign(self, manifest: Manifest, now: float) -> str:
        """The PEM certificate for a CertificateSigningRequest; "" for a signer that is not one of ours. Raises Unsuitable."""
        spec = manifest["spec"]
        check = CHECKS.get(spec["signerName"])
        if check is None:
            return ""
        request = x509.load_pem_x509_csr(decoded(spec["request"]))
        usages = spec.get("usages") or []
        check(request, usages)
        certificate = self._certificate(request, usages, spec.get("expirationSeconds"), now)
        return certificate.public_bytes(serialization.Encoding.PEM).decode()

    def _certificate(self, request: x509.CertificateSigningRequest, usages: list[str], seconds: int | None, now: float) -> x509.Certificate:
        authority, public = self._keys.ca_certificate, request.public_key()
        if not isinstance(public, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey, ed25519.Ed25519PublicKey, ed448.Ed448PublicKey, dsa.DSAPublicKey)):
            raise Unsuitable("unsupported kind of public key")
        start, end = _lifetime(seconds, now)
        serial = serial_of(request.public_bytes(serialization.Encoding.DER), str(now).encode())
        builder = x509.CertificateBuilder(
            authority.subject, request.subject, public, serial, start, min(end, authority.not_valid_after_utc),
        )  # fmt: skip
        builder = builder.add_extension(_key_usage(usages), critical=True)
        extended = list(dict.fromkeys(EXTENDED[u] for u in usages if u in EXTENDED))
        if extended:
            builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._keys.ca_key.public_key()), critical=False)
        names = _names(request)
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._keys.ca_key, hashes.SHA256(), ecdsa_deterministic=True)


def _lifetime(seconds: int | None, now: float) -> tuple[datetime, datetime]:
    """From a little before now, so that clocks may differ, until at most a year after."""
    length = YEAR if seconds is None else max(SHORTEST, min(seconds, YEAR))
    start = datetime.fromtimestamp(int(now), UTC)
    return start - timedelta(seconds=BACKDATE), start + timedelta(seconds=length - (0 if length < SHORT else BACKDATE))


def _key_usage(usages: Collection[str]) -> x509.KeyUsage:
    wanted = {KEY_USAGES[u] for u in usages if u in KEY_USAGES}
    flags = {name: name in wanted for name in dict.fromkeys(KEY_USAGES.values())}
    if not flags["key_agreement"]:
        flags["encipher_only"] = flags["decipher_only"] = False
    return x509.KeyUsage(**flags)


def _names(request: x509.CertificateSigningRequest) -> x509.SubjectAlternativeName | None:
    try:
        return request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None


def _has(request: x509.CertificateSigningRequest, kind: type[x509.GeneralName]) -> bool:
    names = _names(request)
    return names is not None and any(isinstance(name, kind) for name in names)


def _subject(request: x509.CertificateSigningRequest, oid: ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in request.subject.get_attributes_for_oid(oid)]


def _check_node(request: x509.CertificateSigningRequest, usages: list[str], purpose: str) -> None:
    required = ALWAYS | {purpose}
    if not required <= set(usages) <= required | SOMETIMES:
        raise Unsuitable(f"usages did not match [{' '.join(sorted(required))}]")
    if not (_subject(request, NameOID.COMMON_NAME) or [""])[0].startswith("system:node:"):
        raise Unsuitable("subject common name does not begin with system:node: ")


def _check_organization(request: x509.CertificateSigningRequest) -> None:
    if _subject(request, NameOID.ORGANIZATION_NAME) != ["system:nodes"]:
        raise Unsuitable("subject organization is not system:nodes")


def _refuse_names(request: x509.CertificateSigningRequest, *kinds: tuple[type[x509.GeneralName], str]) -> None:
    for kind, word in kinds:
        if _has(request, kind):
            raise Unsuitable(f"{word} subjectAltNames are not allowed")


def _check_serving(request: x509.CertificateSigningRequest, usages: list[str]) -> None:
    _check_organization(request)
    if not (_has(request, x509.DNSName) or _has(request, x509.IPAddress)):
        raise Unsuitable("DNS or IP subjectAltName is required")
    _refuse_names(request, (x509.RFC822Name, "email"), (x509.UniformResourceIdentifier, "URI"))
    _check_node(request, usages, "server auth")


def _check_kubelet(request: x509.CertificateSigningRequest, usages: list[str]) -> None:
    _check_organization(request)
    _refuse_names(request, (x509.DNSName, "DNS"), (x509.RFC822Name, "email"), (x509.IPAddress, "IP"), (x509.UniformResourceIdentifier, "URI"))
    _check_node(request, usages, "client auth")


def _check_client(request: x509.CertificateSigningRequest, usages: list[str]) -> None:
    for usage in usages:
        if usage not in ALWAYS | SOMETIMES | {"client auth"}:
            raise Unsuitable(f"invalid usage for client certificate: {usage}")
    if "client auth" not in usages:
        raise Unsuitable("missing required usage for client certificate: client auth")


def _check_nothing(request: x509.CertificateSigningRequest, usages: list[str]) -> None:
    """The legacy signer signs what was approved."""


CHECKS: dict[str, Callable[[x509.CertificateSigningRequest, list[str]], None]] = {
    CLIENT: _check_client,
    SERVING: _check_serving,
    KUBELET_CLIENT: _check_kubelet,
    LEGACY: _check_nothing,
}
