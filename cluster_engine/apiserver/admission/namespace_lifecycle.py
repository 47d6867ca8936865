"""NamespaceLifecycle: nothing new in a namespace that is not there or is going; three namespaces never go.

Models staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import CREATE, DELETE, Plugin, denied
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError, not_found

IMMORTAL = frozenset({"default", "kube-system", "kube-public"})


class NamespaceLifecycle(Plugin):
    """Judges creates and updates inside namespaces, and deletions of namespaces."""

    name = "NamespaceLifecycle"

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects

    def handles(self, request: AdmissionRequest) -> bool:
        if request.kind.name == "namespaces":
            return request.operation == DELETE
        return bool(request.namespace) and request.operation != DELETE and request.kind.name != "localsubjectaccessreviews.authorization.k8s.io"

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        if request.kind.name == "namespaces":
            if request.name in IMMORTAL:
                raise denied(request, "this namespace may not be deleted")
            return None
        namespace = self._objects.get("namespaces", "", request.namespace)
        if namespace is None:
            raise not_found("", "namespaces", request.namespace)
        if request.operation == CREATE and namespace.get("status", {}).get("phase") == "Terminating":
            raise self._terminating(request)
        return None

    @staticmethod
    def _terminating(request: AdmissionRequest) -> ApiError:
        name = request.namespace
        error = denied(request, f"unable to create new content in namespace {name} because it is being terminated")
        cause = {"reason": "NamespaceTerminating", "message": f"namespace {name} is being terminated", "field": "metadata.namespace"}
        error.details = {**(error.details or {}), "causes": [cause]}
        return error
