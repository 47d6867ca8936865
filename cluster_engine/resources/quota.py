"""What each object uses of a namespace's quota, and which quotas have a say in it.

Models pkg/quota/v1/evaluator/core/{pods,services,persistent_volume_claims,registry}.go. Used where a write is judged
(admission) and where usage is counted again (the resource quota controller).
"""

from collections.abc import Callable, Iterable, Mapping

from cluster_engine.kernel.clock import parse_time
from cluster_engine.machinery.manifest import Manifest, at
from cluster_engine.machinery.quantity import Quantity, of, parse
from cluster_engine.resources.core.pod.qos import qos_class

Usage = dict[str, Quantity]

ONE, NONE = of(1), of(0)
PLAIN_NAMES = frozenset({"pods", "services", "persistentvolumeclaims", "configmaps", "secrets", "replicationcontrollers", "resourcequotas"})
COMPUTE = ("cpu", "memory", "ephemeral-storage")
REQUIRED = frozenset({"cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"})
POD_NAMES = frozenset({"pods", "count/pods", *COMPUTE, *(f"requests.{c}" for c in COMPUTE), *(f"limits.{c}" for c in COMPUTE)})
SERVICE_NAMES = frozenset({"services", "count/services", "services.nodeports", "services.loadbalancers"})
CLASS_SUFFIX = ".storageclass.storage.k8s.io/"


def count_name(resource: str) -> str:
    """The quota name that counts objects of any resource: count/deployments.apps."""
    return f"count/{resource}"


def add(left: Mapping[str, Quantity], right: Mapping[str, Quantity]) -> Usage:
    return {**left, **{k: left[k] + v if k in left else v for k, v in right.items()}}


def larger(left: Mapping[str, Quantity], right: Mapping[str, Quantity]) -> Usage:
    return {**left, **{k: max(left[k], v) if k in left else v for k, v in right.items()}}


def parsed(amounts: Mapping[str, str] | None) -> Usage:
    return {k: parse(v) for k, v in (amounts or {}).items()}


def pod_total(spec: Manifest, part: str) -> Usage:
    """The `requests` or `limits` of a whole pod: containers and sidecars together, or an init container where that needs more."""

    def of_container(container: Manifest) -> Usage:
        return parsed((container.get("resources") or {}).get(part))

    total: Usage = {}
    for container in spec.get("containers") or ():
        total = add(total, of_container(container))
    sidecars: Usage = {}
    peak: Usage = {}
    for container in spec.get("initContainers") or ():
        own = of_container(container)
        if container.get("restartPolicy") == "Always":
            total, sidecars = add(total, own), add(sidecars, own)
            own = sidecars
        else:
            own = add(own, sidecars)
        peak = larger(peak, own)
    total = larger(total, peak)
    total.update(parsed((spec.get("resources") or {}).get(part)))
    overhead = parsed(spec.get("overhead"))
    return add(total, overhead if part == "requests" else {k: v for k, v in overhead.items() if k in total})


def _native(name: str) -> bool:
    return "/" not in name or "kubernetes.io/" in name


def compute_usage(requests: Mapping[str, Quantity], limits: Mapping[str, Quantity]) -> Usage:
    """Requests and limits by the names that quotas give them."""
    used: Usage = {"pods": ONE}
    for name in COMPUTE:
        if name in requests:
            used[name] = used[f"requests.{name}"] = requests[name]
        if name in limits:
            used[f"limits.{name}"] = limits[name]
    for name, amount in requests.items():
        if name.startswith("hugepages-"):
            used[name] = used[f"requests.{name}"] = amount
        elif not _native(name):
            used[f"requests.{name}"] = amount
    return used


def is_charged(pod: Manifest, now: float) -> bool:
    """Finished pods, and pods whose time to end has run out, use nothing but their object."""
    if at(pod, "status.phase") in ("Failed", "Succeeded"):
        return False
    meta = pod["metadata"]
    if meta.get("deletionTimestamp") is None or meta.get("deletionGracePeriodSeconds") is None:
        return True
    return bool(now <= parse_time(meta["deletionTimestamp"]) + meta["deletionGracePeriodSeconds"])


def _pod_usage(pod: Manifest, now: float) -> Usage:
    counted = {"count/pods": ONE}
    if not is_charged(pod, now):
        return counted
    return counted | compute_usage(pod_total(pod["spec"], "requests"), pod_total(pod["spec"], "limits"))


def _service_usage(service: Manifest, now: float) -> Usage:
    spec = service.get("spec") or {}
    ports, kind = spec.get("ports") or (), spec.get("type", "ClusterIP")
    node_ports = 0
    if kind == "NodePort" or (kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is not False):
        node_ports = len(ports)
    elif kind == "LoadBalancer":
        node_ports = sum(1 for p in ports if p.get("nodePort"))
    balancers = ONE if kind == "LoadBalancer" else NONE
    return {"count/services": ONE, "services": ONE, "services.nodeports": of(node_ports), "services.loadbalancers": balancers}


def _claim_usage(claim: Manifest, now: float) -> Usage:
    used = {"persistentvolumeclaims": ONE, "count/persistentvolumeclaims": ONE}
    annotations = claim["metadata"].get("annotations") or {}
    storage_class = annotations.get("volume.beta.kubernetes.io/storage-class") or at(claim, "spec.storageClassName")
    if storage_class:
        used[f"{storage_class}{CLASS_SUFFIX}persistentvolumeclaims"] = ONE
    asked = at(claim, "spec.resources.requests.storage")
    if asked is not None:
        amount = max(parse(asked), parse(at(claim, "status.allocatedResources.storage") or "0"))
        amount = amount if amount.is_integer else of(amount.whole, amount.notation)
        used["requests.storage"] = amount
        if storage_class:
            used[f"{storage_class}{CLASS_SUFFIX}requests.storage"] = amount
    return used


_USAGE: dict[str, Callable[[Manifest, float], Usage]] = {"pods": _pod_usage, "services": _service_usage, "persistentvolumeclaims": _claim_usage}


def usage(resource: str, manifest: Manifest, now: float) -> Usage:
    """What one object of `resource` uses."""
    if (measure := _USAGE.get(resource)) is not None:
        return measure(manifest, now)
    return {count_name(resource): ONE} | ({resource: ONE} if resource in PLAIN_NAMES else {})


def names_for(resource: str, names: Iterable[str]) -> list[str]:
    """Those quota names that objects of `resource` count towards."""
    return [n for n in names if _concerns(resource, n)]


def _concerns(resource: str, name: str) -> bool:
    if resource == "pods":
        return name in POD_NAMES or name.startswith(("hugepages-", "requests.hugepages-")) or (name.startswith("requests.") and not _native(name[9:]))
    if resource == "services":
        return name in SERVICE_NAMES
    if resource == "persistentvolumeclaims":
        plain = ("persistentvolumeclaims", "requests.storage")
        return name in plain or name == "count/persistentvolumeclaims" or name.endswith(tuple(CLASS_SUFFIX + p for p in plain))
    return name == count_name(resource) or (name == resource and resource in PLAIN_NAMES)


def scopes_of(quota: Manifest) -> list[Manifest]:
    """A quota's scopes as requirements: {scopeName, operator, values}."""
    spec = quota.get("spec") or {}
    plain = [{"scopeName": s, "operator": "Exists"} for s in spec.get("scopes") or ()]
    return plain + list(at(spec, "scopeSelector.matchExpressions") or ())


def matches(quota: Manifest, hard: Iterable[str], resource: str, manifest: Manifest) -> bool:
    """Whether a quota limits this object: one of its names concerns it, and it is in every scope."""
    return bool(names_for(resource, hard)) and all(in_scope(s, resource, manifest) for s in scopes_of(quota))


def in_scope(scope: Manifest, resource: str, manifest: Manifest) -> bool:
    if resource == "persistentvolumeclaims" and scope["scopeName"] == "VolumeAttributesClass":
        return _selected(scope, _attribute_classes(manifest))
    return resource == "pods" and _pod_in_scope(scope, manifest)


def _pod_in_scope(scope: Manifest, pod: Manifest) -> bool:
    name, spec = scope["scopeName"], pod["spec"]
    ends = (spec.get("activeDeadlineSeconds") or -1) >= 0
    if name in ("Terminating", "NotTerminating"):
        return bool(ends == (name == "Terminating"))
    if name in ("BestEffort", "NotBestEffort"):
        return bool((qos_class(spec) == "BestEffort") == (name == "BestEffort"))
    if name == "PriorityClass":
        return _selected(scope, [spec["priorityClassName"]] if spec.get("priorityClassName") else [])
    return name == "CrossNamespacePodAffinity" and _crosses_namespaces(spec)


def _selected(scope: Manifest, present: list[str]) -> bool:
    operator, values = scope.get("operator", "Exists"), scope.get("values") or ()
    if operator == "Exists":
        return bool(present)
    if operator == "DoesNotExist":
        return not present
    found = any(p in values for p in present)
    return found if operator == "In" else any(p not in values for p in present) or not present


def _attribute_classes(claim: Manifest) -> list[str]:
    paths = ("spec.volumeAttributesClassName", "status.currentVolumeAttributesClassName", "status.modifyVolumeStatus.targetVolumeAttributesClassName")
    return [name for p in paths if (name := at(claim, p))]


def _crosses_namespaces(spec: Manifest) -> bool:
    for field in ("podAffinity", "podAntiAffinity"):
        affinity = at(spec, f"affinity.{field}") or {}
        terms = [*(affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ())]
        terms += [t.get("podAffinityTerm") or {} for t in affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or ()]
        if any(t.get("namespaces") or t.get("namespaceSelector") is not None for t in terms):
            return True
    return False


def unspecified(pod: Manifest, hard: Iterable[str]) -> dict[str, list[str]]:
    """The cpu and memory names that a quota limits and containers of the pod say nothing about, with those containers' names."""
    required = sorted(REQUIRED & set(hard))
    missing: dict[str, list[str]] = {}
    if not required or (pod["spec"].get("resources") or {}).get("requests") or (pod["spec"].get("resources") or {}).get("limits"):
        required = [r for r in required if r not in compute_usage(pod_total(pod["spec"], "requests"), pod_total(pod["spec"], "limits"))]
    for container in [*(pod["spec"].get("containers") or ()), *(pod["spec"].get("initContainers") or ())]:
        resources = container.get("resources") or {}
        said = compute_usage(parsed(resources.get("requests")), parsed(resources.get("limits")))
        for name in required:
            if name not in said:
                missing.setdefault(name, []).append(container["name"])
    return {name: sorted(set(containers)) for name, containers in sorted(missing.items())}
