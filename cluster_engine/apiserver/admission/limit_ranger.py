"""LimitRanger: fills in what containers may use, from the namespace's LimitRanges, and refuses what is outside them.

Models plugin/pkg/admission/limitranger/admission.go.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import CREATE, UPDATE, Plugin, denied, is_main, object_of
from cluster_engine.machinery.manifest import Manifest, at
from cluster_engine.machinery.quantity import Quantity
from cluster_engine.resources.quota import Usage, parsed, pod_total

ANNOTATION = "kubernetes.io/limit-ranger"

Check = Callable[[str, str, Quantity, Usage, Usage], str]


def _minimum(noun: str, name: str, bound: Quantity, requests: Usage, limits: Usage) -> str:
    head = f"minimum {name} usage per {noun} is {bound}"
    if name not in requests:
        return f"{head}. No request is specified"
    if requests[name] < bound:
        return f"{head}, but request is {requests[name]}"
    return f"{head}, but limit is {limits[name]}" if name in limits and limits[name] < bound else ""


def _maximum(noun: str, name: str, bound: Quantity, requests: Usage, limits: Usage) -> str:
    head = f"maximum {name} usage per {noun} is {bound}"
    if name not in limits:
        return f"{head}. No limit is specified"
    if limits[name] > bound:
        return f"{head}, but limit is {limits[name]}"
    return f"{head}, but request is {requests[name]}" if name in requests and requests[name] > bound else ""


def _maximum_request(noun: str, name: str, bound: Quantity, requests: Usage, limits: Usage) -> str:
    head = f"maximum {name} usage per {noun} is {bound}"
    if name not in requests:
        return f"{head}. No request is specified"
    return f"{head}, but request is {requests[name]}" if requests[name] > bound else ""


def _ratio(noun: str, name: str, bound: Quantity, requests: Usage, limits: Usage) -> str:
    head = f"{name} max limit to request ratio per {noun} is {bound}"
    if name not in requests or not requests[name]:
        return f"{head}, but no request is specified or request is 0"
    if name not in limits or not limits[name]:
        return f"{head}, but no limit is specified or limit is 0"
    ratio = limits[name].value / requests[name].value
    return f"{head}, but provided ratio is {float(ratio):f}" if ratio > bound.value else ""


CHECKS: tuple[tuple[str, Check], ...] = (("min", _minimum), ("max", _maximum), ("maxLimitRequestRatio", _ratio))
CLAIM_CHECKS: tuple[tuple[str, Check], ...] = (("min", _minimum), ("max", _maximum_request))


def violations(limit: Manifest, checks: tuple[tuple[str, Check], ...], requests: Usage, limits: Usage) -> Iterator[str]:
    """What one limit finds wrong with requests and limits."""
    for field, check in checks:
        for name, bound in sorted(parsed(limit.get(field)).items()):
            if problem := check(limit["type"], name, bound, requests, limits):
                yield problem


class LimitRanger(Plugin):
    """Defaults pods on create; judges pods on create and resize, claims on create and update."""

    name = "LimitRanger"

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects

    def handles(self, request: AdmissionRequest) -> bool:
        resize = request.kind.name == "pods" and request.subresource == "resize" and request.operation == UPDATE
        return resize or is_main(request, "pods", CREATE) or is_main(request, "persistentvolumeclaims", CREATE, UPDATE)

    def admit(self, request: AdmissionRequest) -> Manifest | None:
        if request.kind.name != "pods" or request.operation != CREATE:
            return None
        pod, touched = object_of(request), False
        for limit_range in self._ranges(request):
            filled = _filled(pod, limit_range)
            touched = touched or filled is not None
            pod = filled or pod
        return pod if touched else None

    def validate(self, request: AdmissionRequest) -> None:
        judge = _pod_violations if request.kind.name == "pods" else _claim_violations
        for limit_range in self._ranges(request):
            found = list(dict.fromkeys(v for limit in limit_range["spec"].get("limits") or () for v in judge(limit, object_of(request))))
            if found:
                raise denied(request, found[0] if len(found) == 1 else f"[{', '.join(found)}]")

    def _ranges(self, request: AdmissionRequest) -> list[Manifest]:
        return self._objects.all("limitranges", request.namespace)


def _pod_violations(limit: Manifest, pod: Manifest) -> Iterator[str]:
    if limit["type"] == "Container":
        for container in [*(pod["spec"].get("containers") or ()), *(pod["spec"].get("initContainers") or ())]:
            resources = container.get("resources") or {}
            yield from violations(limit, CHECKS, parsed(resources.get("requests")), parsed(resources.get("limits")))
    if limit["type"] == "Pod":
        yield from violations(limit, CHECKS, pod_total(pod["spec"], "requests"), pod_total(pod["spec"], "limits"))


def _claim_violations(limit: Manifest, claim: Manifest) -> Iterator[str]:
    if limit["type"] == "PersistentVolumeClaim":
        yield from violations(limit, CLAIM_CHECKS, parsed(at(claim, "spec.resources.requests")), {})


def _defaults(limit_range: Manifest) -> tuple[dict[str, str], dict[str, str]]:
    """Default requests and limits of containers."""
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}
    for limit in limit_range["spec"].get("limits") or ():
        if limit["type"] == "Container":
            requests.update(limit.get("defaultRequest") or {})
            limits.update(limit.get("default") or {})
    return requests, limits


def _filled(pod: Manifest, limit_range: Manifest) -> Manifest | None:
    """The pod with what its containers left open, and the annotation that says so; None when nothing was."""
    requests, limits = _defaults(limit_range)
    spec, notes = dict(pod["spec"]), list[str]()
    for field, noun in (("containers", "container"), ("initContainers", "init container")):
        if spec.get(field):
            spec[field] = [_with_defaults(c, requests, limits, noun, notes) for c in spec[field]]
    if not notes:
        return None
    meta = pod["metadata"]
    annotations = {**(meta.get("annotations") or {}), ANNOTATION: "LimitRanger plugin set: " + "; ".join(notes)}
    return {**pod, "metadata": {**meta, "annotations": annotations}, "spec": spec}


def _with_defaults(container: Manifest, requests: Mapping[str, str], limits: Mapping[str, str], noun: str, notes: list[str]) -> Manifest:
    resources: dict[str, Any] = dict(container.get("resources") or {})
    for part, defaults in (("requests", requests), ("limits", limits)):
        own = resources.get(part) or {}
        added = {name: amount for name, amount in defaults.items() if name not in own}
        if added:
            resources[part] = {**own, **added}
            notes.append(f"{', '.join(sorted(added))} {part[:-1]} for {noun} {container['name']}")
    return {**container, "resources": resources} if resources != container.get("resources") else container
