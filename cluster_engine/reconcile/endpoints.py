"""How a pod becomes an endpoint of a service: which pods count, under which address, on which port, and when it changed.

Models k8s.io/endpointslice (utils.go) and pkg/api/v1/service; shared by the loops that write EndpointSlices and Endpoints.
"""

from collections.abc import Iterable
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.kernel.clock import timestamp
from cluster_engine.reconcile.pods import condition, created, finished, ready, ready_since
from cluster_engine.reconcile.selection import fits_map, labels_of
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"
HEADLESS = "service.kubernetes.io/headless"


def counts(pod: Manifest, with_terminating: bool) -> bool:
    """Whether a pod stands among the endpoints of a service that selects it, ready or not."""
    if finished(pod) or not addresses(pod):
        return False
    return with_terminating or "deletionTimestamp" not in pod["metadata"]


def addresses(pod: Manifest) -> list[str]:
    status = pod.get("status") or {}
    found = [entry["ip"] for entry in status.get("podIPs") or () if entry.get("ip")]
    return found or ([status["podIP"]] if status.get("podIP") else [])


def family_of(address: str) -> str:
    return "IPv6" if ":" in address else "IPv4"


def families(service: Manifest) -> list[str]:
    spec = service["spec"]
    if spec.get("ipFamilies"):
        return list(spec["ipFamilies"])
    return [family_of(spec.get("clusterIP") or "")]


def headless(service: Manifest) -> bool:
    return service["spec"].get("clusterIP") in ("", "None", None)


def hostname(pod: Manifest, service: Manifest) -> str:
    """The name by which DNS finds this pod alone, if the service is its subdomain."""
    spec = pod["spec"]
    return str(spec.get("hostname", "")) if spec.get("subdomain") == service["metadata"]["name"] else ""


def reference(pod: Manifest) -> Manifest:
    meta = pod["metadata"]
    return {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}


def port_number(pod: Manifest, port: Manifest) -> int | None:
    """The number behind a service port's target; None when the pod has no port of that name."""
    target = port.get("targetPort") or port["port"]
    if isinstance(target, int):
        return target
    protocol, spec = port.get("protocol", "TCP"), pod["spec"]
    sidecars = [c for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"]
    for container in [*spec["containers"], *sidecars]:
        for offered in container.get("ports") or ():
            if offered.get("name") == target and offered.get("protocol", "TCP") == protocol:
                return int(offered["containerPort"])
    return None


def ports_of(pod: Manifest, service: Manifest) -> list[tuple[Manifest, int]]:
    """The service's ports that the pod has, with their numbers."""
    found = ((port, port_number(pod, port)) for port in service["spec"].get("ports") or ())
    return [(port, number) for port, number in found if number is not None]


def pod_labels(pod: Manifest) -> tuple[str, ...]:
    """Index: each label of a pod, with its namespace."""
    namespace = pod["metadata"]["namespace"]
    return tuple(f"{namespace}|{key}={value}" for key, value in labels_of(pod).items())


def first_selector(service: Manifest) -> tuple[str, ...]:
    """Index: one pair of a service's selector; a pod that it selects has that label."""
    selector = service["spec"].get("selector")
    key = min(selector) if selector else ""
    return (f"{service['metadata']['namespace']}|{key}={selector[key]}",) if key else ()


INDICES = (("pods", "label", pod_labels), ("services", "selector", first_selector))


def selected_pods(service: Manifest, view: View) -> list[Manifest]:
    wanted = service["spec"].get("selector") or {}
    candidates = [p for pair in first_selector(service) for p in view.by_index("pods", "label", pair)]
    return [p for p in candidates if fits_map(wanted, labels_of(p))]


def trigger_time(service: Manifest, arrived: Iterable[Manifest], first: bool) -> str:
    """When the oldest change happened that is told of now: a pod's readiness, or the making of the service; "" for none."""
    moments = [since for pod in arrived if (since := ready_since(pod)) is not None]
    if first:
        moments.append(created(service))
    return timestamp(min(moments)) if moments else ""


def _traits(pod: Manifest) -> tuple[Any, ...]:
    """What of a pod can change an endpoint."""
    meta, spec = pod["metadata"], pod["spec"]
    place = (spec.get("nodeName"), spec.get("hostname"), spec.get("subdomain"))
    return (finished(pod), addresses(pod), ready(pod), condition(pod, "Ready"), meta.get("labels"), "deletionTimestamp" in meta, place)


def keys_of_pod(event: WatchEvent, view: View) -> Iterable[str]:
    """The services that select the pod as it is or as it was, if anything changed that an endpoint shows."""
    pod, before = event.object, event.previous
    if before is not None and event.type != "DELETED" and _traits(pod) == _traits(before):
        return ()
    found: dict[str, None] = {}
    for one in (pod, before):
        for pair in pod_labels(one) if one is not None else ():
            for service in view.by_index("services", "selector", pair):
                if one is not None and fits_map(service["spec"]["selector"], labels_of(one)):
                    found[key_of(service)] = None
    return found


def keys_of_service_part(event: WatchEvent, view: View) -> Iterable[str]:
    """The service that a slice belongs to by its label."""
    name = labels_of(event.object).get("kubernetes.io/service-name")
    if name:
        yield f"{event.object['metadata']['namespace']}/{name}"
