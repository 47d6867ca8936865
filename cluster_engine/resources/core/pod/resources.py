"""Requests and limits: what a container may count on and what it may not exceed; quality of service follows from them.

Models pkg/apis/core/v1/defaults.go (SetDefaults_Pod) and validation.validateResourceRequirements, validatePodResources.
"""

from collections.abc import Callable, Iterable

from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid, not_found, not_supported, required
from cluster_engine.machinery.quantity import ZERO, Quantity, parse
from cluster_engine.resources.checks import label
from cluster_engine.resources.core.resource_names import (
    amount,
    container_resource_name,
    huge_page_amount,
    is_huge_page,
    is_overcommit_allowed,
    resource_name,
    round_amounts,
)
from cluster_engine.resources.kind import Manifest

COMPUTE = ("cpu", "memory")
POD_LEVEL = (*COMPUTE, "hugepages-")
NameCheck = Callable[[str, str, Errors], None]


def default_requests(container: Manifest) -> None:
    """A limit without a request is also the request (in pods; templates keep what was written)."""
    resources = container["resources"]
    limits = resources.get("limits")
    if not limits:
        return
    requests = resources.setdefault("requests", {})
    for name, quantity in limits.items():
        requests.setdefault(name, quantity)


def default_pod_requests(spec: Manifest) -> None:
    """Resources of the whole pod that have limits get requests: what the containers ask for together, else the limit."""
    resources = spec.get("resources")
    if not resources:
        return
    round_amounts(resources.get("limits"))
    round_amounts(resources.get("requests"))
    limits = resources.get("limits")
    if not limits:
        return
    requests = dict(resources.get("requests") or {})
    for name, total in container_requests(spec).items():
        if name.startswith(POD_LEVEL) and not is_huge_page(name):
            requests.setdefault(name, str(total))
    for name, text in limits.items():
        if name.startswith(POD_LEVEL):
            requests.setdefault(name, text)
    if requests:
        resources["requests"] = requests


def validate_resources(resources: Manifest, claims: frozenset[str], path: str, found: Errors, check_name: NameCheck = container_resource_name) -> None:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for name, text in limits.items():
        _validate_one(name, text, f"{path}.limits[{name}]", found, check_name)
    for name, text in requests.items():
        _validate_one(name, text, f"{path}.requests[{name}]", found, check_name)
        _validate_request(name, text, limits.get(name), path, found)
    if any(map(is_huge_page, (*limits, *requests))) and not any(n in limits or n in requests for n in COMPUTE):
        found.append(forbidden(path, "HugePages require cpu or memory"))
    if named := resources.get("claims"):
        _validate_claims(named, claims, f"{path}.claims", found)


def _validate_one(name: str, text: str, path: str, found: Errors, check_name: NameCheck) -> None:
    check_name(name, path, found)
    amount(name, text, path, found)
    if is_huge_page(name):
        huge_page_amount(name, text, path, found)


def _validate_request(name: str, text: str, limit: str | None, path: str, found: Errors) -> None:
    if limit == text:
        return
    if limit is None:
        if not is_overcommit_allowed(name):
            found.append(required(f"{path}.limits", "Limit must be set for non overcommitable resources"))
        return
    request, most = parse(text), parse(limit)
    if request != most and not is_overcommit_allowed(name):
        found.append(invalid(f"{path}.requests", text, f"must be equal to {name} limit of {limit}"))
    elif request > most:
        found.append(invalid(f"{path}.requests", text, f"must be less than or equal to {name} limit of {limit}"))


def _validate_claims(named: list[Manifest], claims: frozenset[str], path: str, found: Errors) -> None:
    """Claims of devices: each once, and each one that the pod has."""
    seen: set[str] = set()
    for i, claim in enumerate(named):
        name, request = claim.get("name", ""), claim.get("request", "")
        if not name:
            found.append(required(f"{path}[{i}]"))
            continue
        key = f"{name}/{request}" if request else name
        if name in seen or key in seen:
            found.append(duplicate(f"{path}[{i}]", name if name in seen else key))
        elif request:
            label(f"{path}[{i}].request", request, found)
        elif any(other.partition("/")[0] == name for other in seen):
            found.append(duplicate(f"{path}[{i}]", name))
        seen.add(key)
        if name not in claims:
            names = ": " + ", ".join(sorted(claims)) if claims else " which is empty"
            found.append(not_found(f"{path}[{i}]", name, f"must be one of the names in pod.spec.resourceClaims{names}"))


def _pod_resource_name(name: str, path: str, found: Errors) -> None:
    before = len(found)
    resource_name(name, path, found)
    if len(found) == before and name not in COMPUTE and not is_huge_page(name):
        found.append(not_supported(path, name, ("cpu", "hugepages-", "memory")))


def validate_pod_resources(spec: Manifest, claims: frozenset[str], path: str, found: Errors) -> None:
    """Resources of a pod as a whole: enough for all its containers, and no container above them."""
    resources = spec["resources"]
    if resources.get("claims") is not None:
        found.append(forbidden(f"{path}.claims", "claims cannot be set for Resources at pod-level"))
    validate_resources(resources, claims, path, found, _pod_resource_name)
    requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
    for name, total in container_requests(spec).items():
        if total > parse(requests.get(name, "0")):
            why = f"must be greater than or equal to aggregate container requests of {total}"
            found.append(invalid(f"{path}.requests[{name}]", requests.get(name, "0"), why))
    for i, container in enumerate(spec.get("containers") or ()):
        for name, text in ((container.get("resources") or {}).get("limits") or {}).items():
            if name in limits and parse(text) > parse(limits[name]):
                found.append(invalid(f"{path}.containers[{i}][{name}].limits", text, f"must be less than or equal to pod limits of {limits[name]}"))


def container_requests(spec: Manifest) -> dict[str, Quantity]:
    """What all containers need at once: the main ones and sidecars together, or the greediest init container."""
    total = _sum(_requests(c) for c in spec.get("containers") or ())
    sidecars: dict[str, Quantity] = {}
    highest: dict[str, Quantity] = {}
    for container in spec.get("initContainers") or ():
        requests = _requests(container)
        if container.get("restartPolicy") == "Always":
            sidecars = _sum((sidecars, requests))
            requests = sidecars
        else:
            requests = _sum((sidecars, requests))
        for name, quantity in requests.items():
            highest[name] = max(highest.get(name, ZERO), quantity)
    total = _sum((total, sidecars))
    return {name: max(total.get(name, ZERO), highest.get(name, ZERO)) for name in {**total, **highest}}


def _requests(container: Manifest) -> dict[str, Quantity]:
    return {name: parse(text) for name, text in ((container.get("resources") or {}).get("requests") or {}).items()}


def _sum(parts: Iterable[dict[str, Quantity]]) -> dict[str, Quantity]:
    total: dict[str, Quantity] = {}
    for part in parts:
        for name, quantity in part.items():
            total[name] = total[name] + quantity if name in total else quantity
    return total
