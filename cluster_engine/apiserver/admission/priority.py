"""Priority: turns a pod's priorityClassName into the number that the scheduler compares.

Models plugin/pkg/admission/priority/admission.go.
"""

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import CREATE, UPDATE, Plugin, denied, is_main, object_of
from cluster_engine.machinery.manifest import Manifest, changed

CLASSES = "priorityclasses.scheduling.k8s.io"
PREEMPT = "PreemptLowerPriority"
TAIL = "from the given PriorityClass name"


class Priority(Plugin):
    """Computes priority on create, keeps it on update; one class at most is the default."""

    name = "Priority"

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects

    def handles(self, request: AdmissionRequest) -> bool:
        return is_main(request, "pods", CREATE, UPDATE) or is_main(request, CLASSES, CREATE, UPDATE)

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        if request.kind.name != "pods":
            return None
        return self._created(request) if request.operation == CREATE else self._updated(request)

    def validate(self, request: AdmissionRequest) -> None:
        if request.kind.name != CLASSES or not object_of(request).get("globalDefault"):
            return
        default = self._default()
        if default is None:
            return
        name = default["metadata"]["name"]
        if request.operation == CREATE or name != request.name:
            raise denied(request, f"PriorityClass {name} is already marked as default. Only one default can exist")

    def _default(self) -> Manifest | None:
        """The global default; with several, the one of the lowest value."""
        defaults = [c for c in self._objects.all(CLASSES) if c.get("globalDefault")]
        return min(defaults, key=lambda c: c["value"], default=None)

    def _class_of(self, request: AdmissionRequest, name: str) -> Manifest:
        if not name:
            return self._default() or {"metadata": {"name": ""}, "value": 0}
        found = self._objects.get(CLASSES, "", name)
        if found is None:
            raise denied(request, f"no PriorityClass with name {name} was found")
        return found

    def _created(self, request: AdmissionRequest) -> Manifest:
        pod = object_of(request)
        spec = pod["spec"]
        chosen = self._class_of(request, spec.get("priorityClassName", ""))
        value, policy = chosen["value"], chosen.get("preemptionPolicy") or PREEMPT
        if spec.get("priority") is not None and spec["priority"] != value:
            text = f"the integer value of priority ({spec['priority']}) must not be provided in pod spec; priority admission controller computed {value} {TAIL}"
            raise denied(request, text)
        own = spec.get("preemptionPolicy")
        if own is not None and own != policy:
            text = f"the string value of PreemptionPolicy ({own}) must not be provided in pod spec; priority admission controller computed {policy} {TAIL}"
            raise denied(request, text)
        filled = {**spec, "priority": value, "preemptionPolicy": policy}
        if name := chosen["metadata"]["name"]:
            filled["priorityClassName"] = name
        return changed(pod, "spec", filled)

    @staticmethod
    def _updated(request: AdmissionRequest) -> Manifest | None:
        pod, old = object_of(request), request.old or {}
        kept = {f: old["spec"][f] for f in ("priority", "preemptionPolicy") if pod["spec"].get(f) is None and old.get("spec", {}).get(f) is not None}
        return changed(pod, "spec", {**pod["spec"], **kept}) if kept else None
