"""The signers: who gets a certificate for what, and what stands in it."""

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cluster_engine.apiserver.keys import ClusterKeys, derived_key
from cluster_engine.apiserver.signers import CLIENT, KUBELET_CLIENT, SERVING, Signer, Unsuitable

NOW = 1_760_000_000.0
KEYS = ClusterKeys(b"s" * 32)


def request(signer, *, name="jane", groups=("devs",), usages=("client auth",), dns=(), seconds=None):
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, name), *(x509.NameAttribute(NameOID.ORGANIZATION_NAME, g) for g in groups)]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(attributes))
    if dns:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(d) for d in dns]), critical=False)
    pem = builder.sign(derived_key(b"k", "test"), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    spec = {"signerName": signer, "request": base64.b64encode(pem).decode(), "usages": list(usages)}
    return {"spec": spec | ({"expirationSeconds": seconds} if seconds else {})}


def signed(manifest):
    return x509.load_pem_x509_certificate(Signer(KEYS).sign(manifest, NOW).encode())


def test_a_client_certificate_names_its_user_and_is_signed_by_the_authority():
    certificate = signed(request(CLIENT))
    assert certificate.subject.rfc4514_string() == "O=devs,CN=jane"
    assert certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value[0] == ExtendedKeyUsageOID.CLIENT_AUTH
    authority = KEYS.ca_certificate.public_key()
    assert isinstance(authority, ec.EllipticCurvePublicKey)
    certificate.verify_directly_issued_by(KEYS.ca_certificate)


def test_lifetimes_are_asked_for_and_bounded():
    def seconds(wanted):
        certificate = signed(request(CLIENT, seconds=wanted))
        return (certificate.not_valid_after_utc - certificate.not_valid_before_utc).total_seconds()

    assert seconds(3600) == 3600 + 300
    assert seconds(None) == seconds(10**9) == 31_536_000


def test_the_same_request_gives_the_same_certificate():
    manifest = request(CLIENT)
    assert Signer(KEYS).sign(manifest, NOW) == Signer(KEYS).sign(manifest, NOW)


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        (request(CLIENT, usages=("server auth",)), "invalid usage for client certificate: server auth"),
        (request(CLIENT, usages=("digital signature",)), "missing required usage for client certificate: client auth"),
        (request(KUBELET_CLIENT), "subject organization is not system:nodes"),
        (request(KUBELET_CLIENT, groups=("system:nodes",), dns=("a.b",)), "DNS subjectAltNames are not allowed"),
        (request(SERVING, groups=("system:nodes",)), "DNS or IP subjectAltName is required"),
        (request(SERVING, groups=("system:nodes",), dns=("a.b",)), "usages did not match [digital signature server auth]"),
    ],
)
def test_each_signer_has_rules(manifest, why):
    with pytest.raises(Unsuitable) as caught:
        Signer(KEYS).sign(manifest, NOW)
    assert str(caught.value) == why


def test_a_kubelet_gets_a_serving_certificate_with_its_names():
    node = request(SERVING, name="system:node:n1", groups=("system:nodes",), usages=("digital signature", "server auth"), dns=("n1.local",))
    assert signed(node).extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName) == ["n1.local"]


def test_other_signers_are_somebody_elses():
    assert Signer(KEYS).sign(request("example.com/mine"), NOW) == ""
