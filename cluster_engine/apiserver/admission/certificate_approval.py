"""CertificateApproval: only those who may approve for a signer approve or deny its requests.

Models plugin/pkg/admission/certificates/approval/admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest, Authorizer
from cluster_engine.apiserver.certificate_rights import may_use_signer
from cluster_engine.apiserver.plugin import UPDATE, Plugin, denied
from cluster_engine.machinery.manifest import Manifest, at


class CertificateApproval(Plugin):
    """Judges updates of the approval subresource."""

    name = "CertificateApproval"

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    def handles(self, request: AdmissionRequest) -> bool:
        return request.kind.name == "certificatesigningrequests.certificates.k8s.io" and request.subresource == "approval" and request.operation == UPDATE

    def validate(self, request: AdmissionRequest) -> None:
        old: Manifest = request.old or {}
        signer = at(old, "spec.signerName") or ""
        if not may_use_signer(self._authorizer, request.user, "approve", signer):
            raise denied(request, f'user not permitted to approve requests with signerName "{signer}"')
