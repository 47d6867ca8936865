"""ClusterTrustBundleAttest: only those who may attest for a signer publish its trust anchors.

Models plugin/pkg/admission/certificates/ctbattest/admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest, Authorizer
from cluster_engine.apiserver.certificate_rights import may_use_signer
from cluster_engine.apiserver.plugin import CREATE, UPDATE, Plugin, denied, is_main, object_of
from cluster_engine.machinery.manifest import at


class ClusterTrustBundleAttest(Plugin):
    """Judges writes of trust bundles that name a signer."""

    name = "ClusterTrustBundleAttest"

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    def handles(self, request: AdmissionRequest) -> bool:
        return is_main(request, "clustertrustbundles.certificates.k8s.io", CREATE, UPDATE)

    def validate(self, request: AdmissionRequest) -> None:
        signer = at(object_of(request), "spec.signerName") or ""
        if signer and not may_use_signer(self._authorizer, request.user, "attest", signer):
            raise denied(request, f'user not permitted to attest for signerName "{signer}"')
