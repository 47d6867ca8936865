"""CertificateSigning: only those who may sign for a signer write its certificates.

Models plugin/pkg/admission/certificates/signing/admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest, Authorizer
from cluster_engine.apiserver.certificate_rights import may_use_signer
from cluster_engine.apiserver.plugin import UPDATE, Plugin, denied, object_of
from cluster_engine.machinery.manifest import at


class CertificateSigning(Plugin):
    """Judges updates of status that change the certificate or the conditions."""

    name = "CertificateSigning"

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    def handles(self, request: AdmissionRequest) -> bool:
        return request.kind.name == "certificatesigningrequests.certificates.k8s.io" and request.subresource == "status" and request.operation == UPDATE

    def validate(self, request: AdmissionRequest) -> None:
        new, old = object_of(request), request.old or {}
        if all(at(new, f"status.{part}") == at(old, f"status.{part}") for part in ("certificate", "conditions")):
            return
        signer = at(old, "spec.signerName") or ""
        if not may_use_signer(self._authorizer, request.user, "sign", signer):
            raise denied(request, f'user not permitted to sign requests with signerName "{signer}"')
