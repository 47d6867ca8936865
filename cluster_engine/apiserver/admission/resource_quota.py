"""ResourceQuota: a namespace may not use more than its quotas allow; what is let in is booked at once.

Models staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/{admission,controller}.go.
"""

from collections.abc import Mapping

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import CREATE, UPDATE, Plugin, denied, object_of
from cluster_engine.machinery.manifest import Manifest, at, changed
from cluster_engine.machinery.quantity import Quantity
from cluster_engine.resources import quota as quotas

IGNORED = frozenset({"events", "events.events.k8s.io", "bindings", "localsubjectaccessreviews.authorization.k8s.io"})
ON_UPDATE = frozenset({"services", "persistentvolumeclaims"})


def printed(amounts: Mapping[str, Quantity]) -> str:
    """Amounts as a refusal lists them: pods=1,requests.cpu=600m."""
    return ",".join(f"{name}={amounts[name]}" for name in sorted(amounts))


class ResourceQuota(Plugin):
    """Judges what comes into a namespace, last of all plugins, and writes the new usage into the quotas' status."""

    name = "ResourceQuota"

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects

    def handles(self, request: AdmissionRequest) -> bool:
        name, subresource = request.kind.name, request.subresource
        if not request.namespace or name in IGNORED:
            return False
        if request.operation == CREATE:
            return not subresource
        if request.operation != UPDATE:
            return False
        return (name in ON_UPDATE and not subresource) or (name == "pods" and subresource == "resize")

    def validate(self, request: AdmissionRequest) -> None:
        found = self._objects.all("resourcequotas", request.namespace)
        concerned = [q for q in found if self._concerns(request, q)]
        booked = [(q, used) for q in concerned if (used := self._booked(request, q)) is not None]
        if request.dry_run:
            return
        for quota, used in booked:
            shown = {name: str(amount) for name, amount in used.items()}
            meta = quota["metadata"]
            request.client.update(
                "resourcequotas", changed(quota, "status.used", shown), subresource="status",
                why=f"{request.kind.kind} {request.name} is let in and counts against quota {meta['name']}",
            )  # fmt: skip

    @staticmethod
    def _concerns(request: AdmissionRequest, quota: Manifest) -> bool:
        """Whether the quota limits the new object. Raises ApiError when the object does not say what the quota must know."""
        resource, manifest = request.kind.name, object_of(request)
        hard = at(quota, "status.hard") or {}
        if not quotas.matches(quota, hard, resource, manifest):
            return False
        name = quota["metadata"]["name"]
        if resource == "pods":
            missing = quotas.unspecified(manifest, hard)
            if missing:
                text = "; ".join(f"{what} for: {','.join(containers)}" for what, containers in missing.items())
                raise denied(request, f"failed quota: {name}: must specify {text}")
        used, names = at(quota, "status.used") or {}, quotas.names_for(resource, hard)
        if any(n not in used for n in names):
            raise denied(request, f"status unknown for quota: {name}, resources: {','.join(sorted(names))}")
        return True

    @staticmethod
    def _booked(request: AdmissionRequest, quota: Manifest) -> dict[str, Quantity] | None:
        """The quota's usage with the new object in it; None when it changes nothing. Raises ApiError when it is too much."""
        resource = request.kind.name
        asked = quotas.usage(resource, object_of(request), request.now)
        hard, used = quotas.parsed(at(quota, "status.hard")), quotas.parsed(at(quota, "status.used"))
        if request.old is not None and quotas.matches(quota, hard, resource, request.old):
            before = quotas.usage(resource, request.old, request.now)
            asked = {n: a - before[n] if n in before else a for n, a in asked.items()}
        asked = {n: a for n, a in asked.items() if n in hard and a > quotas.NONE}
        if not asked:
            return None
        after = quotas.add(used, asked)
        over = [n for n in asked if after[n] > hard[n]]
        if over:
            parts = [printed({n: amounts[n] for n in over if n in amounts}) for amounts in (asked, used, hard)]
            text = f"exceeded quota: {quota['metadata']['name']}, requested: {parts[0]}, used: {parts[1]}, limited: {parts[2]}"
            raise denied(request, text)
        return after
