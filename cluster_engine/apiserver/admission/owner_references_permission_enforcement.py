"""OwnerReferencesPermissionEnforcement: who blocks an owner's deletion must be allowed to hold its finalizers. Off by default.

Models plugin/pkg/admission/gc/gc_admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest, Attributes, Authorizer
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import CREATE, UPDATE, Plugin, denied, object_of
from cluster_engine.machinery.manifest import Manifest, at


def owners(manifest: Manifest | None) -> list[Manifest]:
    return list(at(manifest or {}, "metadata.ownerReferences") or ())


class OwnerReferencesPermissionEnforcement(Plugin):
    """Judges writes that change owner references."""

    name = "OwnerReferencesPermissionEnforcement"

    def __init__(self, objects: Lookup, authorizer: Authorizer) -> None:
        self._objects, self._authorizer = objects, authorizer

    def handles(self, request: AdmissionRequest) -> bool:
        return request.operation in (CREATE, UPDATE) and not request.subresource

    def validate(self, request: AdmissionRequest) -> None:
        new, old = owners(object_of(request)), owners(request.old)
        if new == old:
            return
        kind = request.kind
        if request.operation == UPDATE:
            self._check(
                request,
                Attributes("delete", kind.group, "*", kind.plural, namespace=request.namespace, name=request.name),
                "cannot set an ownerRef on a resource you can't delete",
            )
        known = {o["uid"] for o in old if o.get("blockOwnerDeletion")}
        for owner in new:
            if owner.get("blockOwnerDeletion") and owner["uid"] not in known:
                self._check_owner(request, owner)

    def _check_owner(self, request: AdmissionRequest, owner: Manifest) -> None:
        kind = self._objects.registry.by_kind(owner["apiVersion"], owner["kind"])
        if kind is None:
            raise denied(
                request, f"cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion {owner['apiVersion']} Kind {owner['kind']}"
            )
        namespace = request.namespace if kind.namespaced else ""
        attributes = Attributes("update", kind.group, "*", kind.plural, "finalizers", namespace, owner["name"])
        self._check(request, attributes, "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on")

    def _check(self, request: AdmissionRequest, attributes: Attributes, refusal: str) -> None:
        decision = self._authorizer.authorize(request.user, attributes)
        if not decision.allowed:
            raise denied(request, f"{refusal}: {decision.reason}, <nil>")
