"""What every admission plugin starts from, and how one says no.

Models staging/src/k8s.io/apiserver/pkg/admission/{handler,errors}.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError, forbidden

CREATE, UPDATE, DELETE, CONNECT = "CREATE", "UPDATE", "DELETE", "CONNECT"
REINVOKE = "reinvoke"


class Plugin:
    """Says nothing: a plugin overrides what it has a say in."""

    name = ""

    def handles(self, request: AdmissionRequest) -> bool:
        return True

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        return None

    def validate(self, request: AdmissionRequest) -> None:
        return None


def denied(request: AdmissionRequest, why: str) -> ApiError:
    """403 about the object of the request."""
    name = request.name
    if not name and request.object is not None:
        meta = request.object.get("metadata", {})
        name = meta.get("name") or meta.get("generateName", "")
    return forbidden(request.kind.group, request.kind.plural, name, why)


def object_of(request: AdmissionRequest) -> Manifest:
    """The new object of a create or update."""
    if request.object is None:
        raise ValueError(f"{request.operation} carries no object")
    return request.object


def is_main(request: AdmissionRequest, resource: str, *operations: str) -> bool:
    """Whether the request is about `resource` itself (no subresource) with one of `operations`."""
    return request.kind.name == resource and not request.subresource and request.operation in operations
