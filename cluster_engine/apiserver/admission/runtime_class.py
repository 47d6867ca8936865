"""RuntimeClass: a pod that names a runtime class gets its overhead, node selector and tolerations.

Models plugin/pkg/admission/runtimeclass/admission.go.
"""

from typing import Any

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import CREATE, Plugin, denied, is_main, object_of
from cluster_engine.machinery.manifest import Manifest, at, changed
from cluster_engine.machinery.quantity import parse


def same_overhead(ours: Any, theirs: Any) -> bool:
    """Whether two maps of quantities say the same."""
    ours, theirs = ours or {}, theirs or {}
    return ours.keys() == theirs.keys() and all(parse(ours[k]) == parse(theirs[k]) for k in ours)


class RuntimeClass(Plugin):
    """Applies a class on create; overhead without a class is refused."""

    name = "RuntimeClass"

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects

    def handles(self, request: AdmissionRequest) -> bool:
        if not is_main(request, "pods", CREATE):
            return False
        spec = object_of(request)["spec"]
        return spec.get("runtimeClassName") is not None or spec.get("overhead") is not None

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        pod, chosen = object_of(request), self._class_of(request)
        if chosen is None:
            return None
        spec = dict(pod["spec"])
        self._set_overhead(request, spec, at(chosen, "overhead.podFixed"))
        self._set_scheduling(request, spec, chosen.get("scheduling") or {})
        return changed(pod, "spec", spec)

    def validate(self, request: AdmissionRequest) -> None:
        overhead = object_of(request)["spec"].get("overhead")
        chosen = self._class_of(request)
        if chosen is not None and chosen.get("overhead") is not None:
            if not same_overhead(overhead, at(chosen, "overhead.podFixed")):
                raise denied(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
        elif overhead is not None:
            raise denied(request, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead")

    def _class_of(self, request: AdmissionRequest) -> Manifest | None:
        name = object_of(request)["spec"].get("runtimeClassName")
        if name is None:
            return None
        found = self._objects.get("runtimeclasses.node.k8s.io", "", name)
        if found is None:
            raise denied(request, f'pod rejected: RuntimeClass "{name}" not found')
        return found

    @staticmethod
    def _set_overhead(request: AdmissionRequest, spec: dict[str, Any], overhead: Any) -> None:
        if overhead is None:
            return
        if spec.get("overhead") is not None and not same_overhead(spec["overhead"], overhead):
            raise denied(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
        spec["overhead"] = overhead

    @staticmethod
    def _set_scheduling(request: AdmissionRequest, spec: dict[str, Any], scheduling: Manifest) -> None:
        wanted, own = scheduling.get("nodeSelector") or {}, spec.get("nodeSelector") or {}
        for key, value in wanted.items():
            if key in own and own[key] != value:
                raise denied(request, f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; pod.spec.nodeSelector[{key}] = {own[key]}")
        if wanted:
            spec["nodeSelector"] = {**own, **wanted}
        tolerations = spec.get("tolerations") or []
        added = [t for t in scheduling.get("tolerations") or () if t not in tolerations]
        if added:
            spec["tolerations"] = [*tolerations, *added]
