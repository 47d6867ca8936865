"""ExtendedResourceToleration: pods that ask for devices tolerate the taints of nodes kept for them. Off by default.

Models plugin/pkg/admission/extendedresourcetoleration/admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.plugin import CREATE, UPDATE, Plugin, is_main, object_of
from cluster_engine.machinery.manifest import Manifest, at, changed


def is_extended(name: str) -> bool:
    """Whether a resource is a device's: a name with a domain that is not Kubernetes' own."""
    domain, slash, _ = name.partition("/")
    return bool(slash) and not domain.endswith("kubernetes.io") and not name.startswith("requests.")


class ExtendedResourceToleration(Plugin):
    """Adds one toleration for each device."""

    name = "ExtendedResourceToleration"

    def handles(self, request: AdmissionRequest) -> bool:
        return is_main(request, "pods", CREATE, UPDATE)

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        pod = object_of(request)
        containers = [*(at(pod, "spec.initContainers") or ()), *(at(pod, "spec.containers") or ())]
        devices = sorted({name for c in containers for name in at(c, "resources.requests") or () if is_extended(name)})
        own = at(pod, "spec.tolerations") or []
        added = [{"key": name, "operator": "Exists"} for name in devices]
        added = [t for t in added if t not in own]
        return changed(pod, "spec.tolerations", [*own, *added]) if added else None
