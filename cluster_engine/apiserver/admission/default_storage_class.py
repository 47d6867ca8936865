"""DefaultStorageClass: a claim that names no class gets the cluster's default one.

Models plugin/pkg/admission/storage/storageclass/setdefault/admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import CREATE, Plugin, is_main, object_of
from cluster_engine.machinery.manifest import Manifest, at, changed

DEFAULT_MARKS = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
BETA_CLASS = "volume.beta.kubernetes.io/storage-class"


def is_default(storage_class: Manifest) -> bool:
    annotations = at(storage_class, "metadata.annotations") or {}
    return any(annotations.get(mark) == "true" for mark in DEFAULT_MARKS)


class DefaultStorageClass(Plugin):
    """With several defaults the newest wins, then the first by name."""

    name = "DefaultStorageClass"

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects

    def handles(self, request: AdmissionRequest) -> bool:
        return is_main(request, "persistentvolumeclaims", CREATE)

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        claim = object_of(request)
        if at(claim, "spec.storageClassName") is not None or BETA_CLASS in (at(claim, "metadata.annotations") or {}):
            return None
        defaults = sorted((c for c in self._objects.all("storageclasses.storage.k8s.io") if is_default(c)), key=lambda c: c["metadata"]["name"])
        if not defaults:
            return None
        newest = max(defaults, key=lambda c: c["metadata"].get("creationTimestamp", ""))
        return changed(claim, "spec.storageClassName", newest["metadata"]["name"])
