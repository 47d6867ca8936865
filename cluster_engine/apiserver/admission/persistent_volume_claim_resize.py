"""PersistentVolumeClaimResize: a claim may only grow when it is bound and its class can grow volumes.

Models plugin/pkg/admission/storage/persistentvolume/resize/admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import UPDATE, Plugin, denied, is_main, object_of
from cluster_engine.machinery.manifest import Manifest, at
from cluster_engine.machinery.quantity import parse

BETA_CLASS = "volume.beta.kubernetes.io/storage-class"


class PersistentVolumeClaimResize(Plugin):
    """Judges updates that ask for more storage."""

    name = "PersistentVolumeClaimResize"

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects

    def handles(self, request: AdmissionRequest) -> bool:
        return is_main(request, "persistentvolumeclaims", UPDATE)

    def validate(self, request: AdmissionRequest) -> None:
        claim, old = object_of(request), request.old or {}
        if parse(at(claim, "spec.resources.requests.storage") or "0") <= parse(at(old, "spec.resources.requests.storage") or "0"):
            return
        if at(old, "status.phase") != "Bound":
            raise denied(request, "Only bound persistent volume claims can be expanded")
        if not self._may_grow(claim):
            text = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
            raise denied(request, text)

    def _may_grow(self, claim: Manifest) -> bool:
        name = (at(claim, "metadata.annotations") or {}).get(BETA_CLASS) or at(claim, "spec.storageClassName")
        storage_class = self._objects.get("storageclasses.storage.k8s.io", "", name) if name else None
        return storage_class is not None and storage_class.get("allowVolumeExpansion") is True
