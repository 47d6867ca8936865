"""CertificateSigningRequest: somebody asks a signer for a certificate; somebody else approves it.

Models pkg/registry/certificates/certificates/strategy.go and pkg/apis/certificates/validation/validation.go.
"""

from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid, not_supported, required
from cluster_engine.resources.certificates.conditions import conditions_of, stamp, validate_change, validate_conditions
from cluster_engine.resources.certificates.signer_name import validate_signer_name
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, Subresource
from cluster_engine.resources.pem import blocks, decoded
from cluster_engine.resources.table import AGE, NAME, NONE, age, human_duration

LEGACY = "kubernetes.io/legacy-unknown"
SHORTEST = 600
USAGES = (
    "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature",
    "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc",
    "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping",
)  # fmt: skip
SIGNER_COLUMN = (
    "Requested signer for the request. It is a qualified name in the form: `scope-hostname.io/name`. If empty, it will be defaulted:\n"
    ' 1. If it\'s a kubelet client certificate, it is assigned\n    "kubernetes.io/kube-apiserver-client-kubelet".\n'
    ' 2. If it\'s a kubelet serving certificate, it is assigned\n    "kubernetes.io/kubelet-serving".\n'
    ' 3. Otherwise, it is assigned "kubernetes.io/legacy-unknown".\n'
    "Distribution of trust for signers happens out of band. You can select on this field using `spec.signerName`."
)


def default(csr: Manifest) -> None:
    csr.setdefault("spec", {})
    csr.setdefault("status", {})


def prepare_create(csr: Manifest, request: Request) -> None:
    """Who asks is what the server saw, not what the request says."""
    spec = {k: v for k, v in csr["spec"].items() if k not in ("username", "uid", "groups", "extra")}
    spec["username"] = request.user
    if request.uid:
        spec["uid"] = request.uid
    if request.groups:
        spec["groups"] = list(request.groups)
    if request.extra:
        spec["extra"] = {k: list(v) for k, v in request.extra.items()}
    csr["spec"], csr["status"] = spec, {}


def prepare_update(csr: Manifest, old: Manifest, request: Request) -> None:
    csr["spec"], csr["status"] = old["spec"], old.get("status", {})


def prepare_status(csr: Manifest, old: Manifest, request: Request) -> None:
    csr["spec"] = old["spec"]
    csr.setdefault("status", {})
    stamp(csr, old, request)


def prepare_approval(csr: Manifest, old: Manifest, request: Request) -> None:
    """Only conditions may change here."""
    prepare_status(csr, old, request)
    status = {k: v for k, v in (old.get("status") or {}).items() if k != "conditions"}
    conditions = conditions_of(csr)
    csr["status"] = {**status, "conditions": conditions} if conditions else status


def _validate_request(spec: Manifest) -> Errors:
    text = spec.get("request")
    found = blocks(decoded(text))
    if not found or found[0].type != "CERTIFICATE REQUEST":
        return [invalid("spec.request", text, "PEM block type must be CERTIFICATE REQUEST")]
    try:
        request = x509.load_der_x509_csr(found[0].der)
        problem = "" if request.is_signature_valid else "x509: signature of the request does not match its key"
    except ValueError:
        problem = "asn1: structure error: the request cannot be read"
    return [invalid("spec.request", text, problem)] if problem else []


def validate(csr: Manifest) -> Errors:
    spec = csr["spec"]
    found = _validate_request(spec)
    usages = spec.get("usages") or []
    if not usages:
        found.append(required("spec.usages"))
    found += [not_supported(f"spec.usages[{i}]", u, USAGES) for i, u in enumerate(usages) if u not in USAGES]
    found += [duplicate(f"spec.usages[{i}]", u) for i, u in enumerate(usages) if u in usages[:i]]
    name = spec.get("signerName", "")
    if name == LEGACY:
        found.append(invalid("spec.signerName", name, "the legacy signerName is not allowed via this API version"))
    else:
        found += validate_signer_name("spec.signerName", name)
    seconds = spec.get("expirationSeconds")
    if seconds is not None and seconds < SHORTEST:
        found.append(invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 600 seconds (10 minutes)"))
    return found


def validate_update(csr: Manifest, old: Manifest) -> Errors:
    return validate_change(csr, old, may_decide=False)


def validate_approval(csr: Manifest, old: Manifest) -> Errors:
    return validate_conditions(csr) + validate_change(csr, old, may_decide=True)


def validate_status(csr: Manifest, old: Manifest) -> Errors:
    found = validate_conditions(csr) + _validate_certificate(csr) + validate_change(csr, old, may_decide=False)
    before, after = ((o.get("status") or {}).get("certificate") for o in (old, csr))
    if before and before != after:
        found.append(forbidden("status.certificate", "updates may not modify existing certificate content"))
    return found


def _validate_certificate(csr: Manifest) -> Errors:
    text = (csr.get("status") or {}).get("certificate")
    problem = _certificate_problem(decoded(text)) if text else ""
    return [invalid("status.certificate", "<certificate data>", problem)] if problem else []


def _certificate_problem(text: bytes) -> str:
    found = blocks(text)
    if not found:
        return "must contain at least one CERTIFICATE PEM block"
    for block in found:
        if block.type != "CERTIFICATE":
            return f'only CERTIFICATE PEM blocks are allowed, found "{block.type}"'
        if block.headers:
            return "no PEM block headers are permitted"
        try:
            x509.load_der_x509_certificate(block.der).public_bytes(serialization.Encoding.DER)
        except ValueError as error:
            return f"unable to parse certificate: {error}"
    return ""


def _decision(csr: Manifest) -> str:
    kinds = {c.get("type") for c in conditions_of(csr)}
    words = ["Denied" if "Denied" in kinds else "Approved" if "Approved" in kinds else "Pending"]
    words += ["Failed"] if "Failed" in kinds else []
    words += ["Issued"] if (csr.get("status") or {}).get("certificate") else []
    return ",".join(words)


def row(csr: Manifest, now: float) -> list[Any]:
    spec = csr["spec"]
    seconds = spec.get("expirationSeconds")
    duration = human_duration(seconds) if seconds is not None else NONE
    return [csr["metadata"].get("name", ""), age(csr, now), spec.get("signerName") or NONE, spec.get("username", ""), duration, _decision(csr)]


KIND = Kind(
    group="certificates.k8s.io",
    kind="CertificateSigningRequest",
    plural="certificatesigningrequests",
    namespaced=False,
    short_names=("csr",),
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    reset=("spec",),
    validate_name=lambda name, generated: [],
    columns=(
        NAME,
        AGE,
        Column("SignerName", SIGNER_COLUMN),
        Column("Requestor", "Base64-encoded PKCS#10 CSR data"),
        Column("RequestedDuration", described_by="io.k8s.api.certificates.v1.CertificateSigningRequestSpec.expirationSeconds"),
        Column("Condition", "Conditions applied to the request, such as approval or denial."),
    ),
    row=row,
    selectable={"spec.signerName": lambda csr: csr["spec"].get("signerName", "")},
    subresources={
        "approval": Subresource("approval", reset=("spec",), prepare=prepare_approval, validate=validate_approval),
        "status": Subresource("status", reset=("spec",), prepare=prepare_status, validate=validate_status),
    },
)
