"""DefaultIngressClass: an ingress that names no class gets the cluster's default one.

Models plugin/pkg/admission/network/defaultingressclass/admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import CREATE, Plugin, is_main, object_of
from cluster_engine.machinery.manifest import Manifest, at, changed

DEFAULT_MARK = "ingressclass.kubernetes.io/is-default-class"
OLD_ANNOTATION = "kubernetes.io/ingress.class"


class DefaultIngressClass(Plugin):
    """With several defaults the newest wins, then the first by name."""

    name = "DefaultIngressClass"

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects

    def handles(self, request: AdmissionRequest) -> bool:
        return is_main(request, "ingresses.networking.k8s.io", CREATE)

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        ingress = object_of(request)
        if at(ingress, "spec.ingressClassName") is not None or OLD_ANNOTATION in (at(ingress, "metadata.annotations") or {}):
            return None
        classes = self._objects.all("ingressclasses.networking.k8s.io")
        defaults = [c for c in classes if (at(c, "metadata.annotations") or {}).get(DEFAULT_MARK) == "true"]
        if not defaults:
            return None
        defaults.sort(key=lambda c: c["metadata"]["name"])
        newest = max(defaults, key=lambda c: c["metadata"].get("creationTimestamp", ""))
        return changed(ingress, "spec.ingressClassName", newest["metadata"]["name"])
