"""PodTopologyLabels: binding a pod copies the zone and region of its node onto the pod's labels.

Models plugin/pkg/admission/podtopologylabels/admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import CREATE, Plugin, object_of
from cluster_engine.machinery.manifest import Manifest, at, changed

LABELS = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")


class PodTopologyLabels(Plugin):
    """Changes bindings, and pods that are created with a node already."""

    name = "PodTopologyLabels"

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects

    def handles(self, request: AdmissionRequest) -> bool:
        return request.operation == CREATE and request.kind.name == "pods" and request.subresource in ("", "binding")

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        manifest = object_of(request)
        target = manifest.get("target") or {}
        node = (target.get("name") if target.get("kind") == "Node" else "") if request.subresource else manifest["spec"].get("nodeName")
        if not node:
            return None
        labels = self._labels(node)
        own = at(manifest, "metadata.labels") or {}
        return changed(manifest, "metadata.labels", {**own, **labels}) if any(own.get(k) != v for k, v in labels.items()) else None

    def _labels(self, node_name: str) -> dict[str, str]:
        node = self._objects.get("nodes", "", node_name)
        found = at(node or {}, "metadata.labels") or {}
        return {label: found[label] for label in LABELS if label in found}
