"""CertificateSubjectRestriction: nobody gets a client certificate that makes them a member of system:masters.

Models plugin/pkg/admission/certificates/subjectrestriction/admission.go.
"""

from cryptography import x509
from cryptography.x509.oid import NameOID

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.plugin import CREATE, Plugin, denied, is_main, object_of
from cluster_engine.machinery.manifest import at
from cluster_engine.resources.pem import blocks, decoded

MASTERS = "system:masters"
SIGNER = "kubernetes.io/kube-apiserver-client"


class CertificateSubjectRestriction(Plugin):
    """Judges new requests to the signer of API clients."""

    name = "CertificateSubjectRestriction"

    def handles(self, request: AdmissionRequest) -> bool:
        return is_main(request, "certificatesigningrequests.certificates.k8s.io", CREATE)

    def validate(self, request: AdmissionRequest) -> None:
        spec = object_of(request)["spec"]
        if spec.get("signerName") != SIGNER:
            return
        try:
            subject = x509.load_der_x509_csr(blocks(decoded(at(spec, "request")))[0].der).subject
        except (ValueError, IndexError) as error:
            raise denied(request, "unable to parse spec.request") from error
        if any(name.value == MASTERS for name in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)):
            text = f"use of {SIGNER} signer with {MASTERS} group is not allowed"
            raise denied(request, text)
