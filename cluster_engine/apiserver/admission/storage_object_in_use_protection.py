"""StorageObjectInUseProtection: volumes and claims carry a finalizer, so that neither goes while it is used.

Models plugin/pkg/admission/storage/storageobjectinuseprotection/admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.plugin import CREATE, Plugin, object_of
from cluster_engine.machinery.manifest import Manifest, at, changed

FINALIZERS = {
    "persistentvolumes": "kubernetes.io/pv-protection",
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "volumeattributesclasses.storage.k8s.io": "kubernetes.io/vac-protection",
}


class StorageObjectInUseProtection(Plugin):
    """Adds the finalizer on create; the protection controllers take it away."""

    name = "StorageObjectInUseProtection"

    def handles(self, request: AdmissionRequest) -> bool:
        return request.operation == CREATE and not request.subresource and request.kind.name in FINALIZERS

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        manifest, finalizer = object_of(request), FINALIZERS[request.kind.name]
        own = at(manifest, "metadata.finalizers") or []
        return None if finalizer in own else changed(manifest, "metadata.finalizers", [*own, finalizer])
