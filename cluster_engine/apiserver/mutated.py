"""What a policy or webhook made of an object, brought into the form in which it is stored.

Models the defaulting in k8s.io/apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.machinery.manifest import Manifest, private


def completed(request: AdmissionRequest, obj: Manifest, version: str = "") -> Manifest:
    """A new manifest: the storage version of `obj` (which is in `version`, or stored already), with defaults for what was added."""
    if request.body_kind[2]:
        return obj
    kind = request.kind
    if version in kind.conversions:
        obj = {**kind.conversions[version].to_storage(obj), "apiVersion": (request.object or obj)["apiVersion"]}
    complete: Manifest = private(obj)
    kind.default(complete)
    return complete
