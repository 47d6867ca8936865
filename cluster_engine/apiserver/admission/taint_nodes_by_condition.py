"""TaintNodesByCondition: a new node is tainted not ready, so that nothing lands on it before it reports.

Models plugin/pkg/admission/nodetaint/admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.plugin import CREATE, Plugin, is_main, object_of
from cluster_engine.machinery.manifest import Manifest, at, changed

NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


class TaintNodesByCondition(Plugin):
    """Adds the taint on create."""

    name = "TaintNodesByCondition"

    def handles(self, request: AdmissionRequest) -> bool:
        return is_main(request, "nodes", CREATE)

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        node = object_of(request)
        taints = at(node, "spec.taints") or []
        if any(t.get("key") == NOT_READY["key"] and t.get("effect") == NOT_READY["effect"] for t in taints):
            return None
        return changed(node, "spec.taints", [*taints, NOT_READY])
