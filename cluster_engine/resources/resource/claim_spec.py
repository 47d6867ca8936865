"""A device claim's spec, as it stands in ResourceClaims and in their templates. Models validateResourceClaimSpec."""

from cluster_engine.machinery.field import Errors, duplicate, invalid, not_found, not_supported, required, too_many
from cluster_engine.resources.checks import label, subdomain
from cluster_engine.resources.kind import Manifest
from cluster_engine.resources.resource.device import validate_configs, validate_selectors, validate_tolerations

MOST_REQUESTS, MOST_CONSTRAINTS, MOST_ALTERNATIVES = 32, 32, 8


def default_claim_spec(spec: Manifest) -> None:
    devices = spec.setdefault("devices", {})
    devices.setdefault("requests", None)
    if not devices["requests"] and set(devices) == {"requests"}:
        devices["requests"] = None
    for request in devices["requests"] or ():
        for one in (request.get("exactly"), *(request.get("firstAvailable") or ())):
            if one is None:
                continue
            if not one.get("allocationMode"):
                one["allocationMode"] = "ExactCount"
            if one["allocationMode"] == "ExactCount" and not one.get("count"):
                one["count"] = 1
            for toleration in one.get("tolerations") or ():
                toleration.setdefault("operator", "Equal")


def validate_claim_spec(spec: Manifest, path: str, found: Errors) -> None:
    devices, where = spec.get("devices") or {}, f"{path}.devices"
    requests = devices.get("requests") or []
    if len(requests) > MOST_REQUESTS:
        found.append(too_many(f"{where}.requests", len(requests), MOST_REQUESTS))
    seen: set[str] = set()
    for index, request in enumerate(requests):
        _validate_request(request, f"{where}.requests[{index}]", seen, found)
    constraints = devices.get("constraints") or []
    if len(constraints) > MOST_CONSTRAINTS:
        found.append(too_many(f"{where}.constraints", len(constraints), MOST_CONSTRAINTS))
    for index, constraint in enumerate(constraints):
        _validate_constraint(constraint, f"{where}.constraints[{index}]", seen, found)
    for index, config in enumerate(devices.get("config") or ()):
        _validate_names(config.get("requests") or (), f"{where}.config[{index}].requests", seen, found)
    validate_configs(devices.get("config") or [], f"{where}.config", found)


def _validate_request(request: Manifest, path: str, seen: set[str], found: Errors) -> None:
    name = request.get("name", "")
    label(f"{path}.name", name, found)
    if name in seen:
        found.append(duplicate(path, name))
    seen.add(name)
    exactly, alternatives = request.get("exactly"), request.get("firstAvailable") or []
    if exactly is None and not alternatives:
        found.append(required(path, "exactly one of `exactly` or `firstAvailable` is required"))
    elif exactly is not None and alternatives:
        found.append(invalid(path, None, "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set"))
    if exactly is not None:
        _validate_exact(exactly, f"{path}.exactly", found)
    if len(alternatives) > MOST_ALTERNATIVES:
        found.append(too_many(f"{path}.firstAvailable", len(alternatives), MOST_ALTERNATIVES))
    for index, one in enumerate(alternatives):
        where = f"{path}.firstAvailable[{index}]"
        label(f"{where}.name", one.get("name", ""), found)
        seen.add(f"{name}/{one.get('name', '')}")
        _validate_exact(one, where, found)


def _validate_exact(one: Manifest, path: str, found: Errors) -> None:
    if not one.get("deviceClassName"):
        found.append(required(f"{path}.deviceClassName"))
    else:
        subdomain(f"{path}.deviceClassName", one["deviceClassName"], found)
    validate_selectors(one.get("selectors") or [], f"{path}.selectors", found)
    mode, count = one.get("allocationMode"), one.get("count", 0)
    if mode == "All" and count:
        found.append(invalid(f"{path}.count", count, "must not be specified when allocationMode is 'All'"))
    elif mode == "ExactCount" and count <= 0:
        found.append(invalid(f"{path}.count", count, "must be greater than zero"))
    elif mode not in ("All", "ExactCount"):
        found.append(not_supported(f"{path}.allocationMode", mode or "", ("All", "ExactCount")))
    validate_tolerations(one.get("tolerations") or [], f"{path}.tolerations", found)


def _validate_constraint(constraint: Manifest, path: str, seen: set[str], found: Errors) -> None:
    _validate_names(constraint.get("requests") or (), f"{path}.requests", seen, found)
    if constraint.get("matchAttribute") is None and constraint.get("distinctAttribute") is None:
        found.append(required(f"{path}.matchAttribute"))


def _validate_names(names: object, path: str, seen: set[str], found: Errors) -> None:
    for index, name in enumerate(names):  # type: ignore[var-annotated, arg-type]
        if name not in seen:
            found.append(not_found(f"{path}[{index}]", name))
