"""ResourceQuota: how much a namespace may use in all.

Models pkg/registry/core/resourcequota/strategy.go and pkg/printers (printResourceQuota).
"""

from typing import Any

from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.resources.checks import IMMUTABLE
from cluster_engine.resources.core.resource_names import amount, is_standard_quota, quota_resource_name, round_amounts
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, NAME, age


def default(quota: Manifest) -> None:
    round_amounts(quota.setdefault("spec", {}).get("hard"))
    quota.setdefault("status", {})


def prepare_create(quota: Manifest, request: Request) -> None:
    quota["status"] = {}


def prepare_update(quota: Manifest, old: Manifest, request: Request) -> None:
    quota["status"] = old.get("status", {})


SCOPES = ("Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity", "VolumeAttributesClass")
CONFLICTS = ({"BestEffort", "NotBestEffort"}, {"Terminating", "NotTerminating"})
EXISTS_ONLY = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)
POD_RESOURCES = frozenset({"pods", "count/pods", "cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"})


def scope_fits(scope: str, resource: str) -> bool:
    """Most scopes speak of pods only, and BestEffort pods ask for nothing that could be counted."""
    if scope == "BestEffort":
        return resource == "pods"
    if scope == "VolumeAttributesClass":
        return resource in ("persistentvolumeclaims", "requests.storage")
    if scope in SCOPES:
        return resource in POD_RESOURCES or resource.startswith(("hugepages-", "requests.hugepages-")) or resource.endswith("ephemeral-storage")
    return True


def validate(quota: Manifest) -> Errors:
    found: Errors = []
    spec = quota.get("spec") or {}
    _validate_amounts(spec.get("hard"), "spec.hard", found)
    if scopes := spec.get("scopes"):
        _validate_scopes(scopes, spec, found)
    if selector := spec.get("scopeSelector"):
        _validate_selector(selector, spec, "spec.scopeSelector.matchExpressions", found)
    return found


def _validate_amounts(amounts: Manifest | None, path: str, found: Errors) -> None:
    for name, text in (amounts or {}).items():
        quota_resource_name(name, f"{path}[{name}]", found)
        amount(name, text, f"{path}[{name}]", found)


def _misfits(scope: str, spec: Manifest) -> int:
    return sum(1 for name in spec.get("hard") or () if is_standard_quota(name) and not scope_fits(scope, name))


def _validate_scopes(scopes: list[str], spec: Manifest, found: Errors) -> None:
    for scope in scopes:
        if scope not in SCOPES:
            found.append(invalid("spec.scopes", scopes, "unsupported scope"))
        found += [invalid("spec.scopes", scopes, "unsupported scope applied to resource")] * _misfits(scope, spec)
    for pair in CONFLICTS:
        if pair <= set(scopes):
            found.append(invalid("spec.scopes", scopes, "conflicting scopes"))


def _validate_selector(selector: Manifest, spec: Manifest, path: str, found: Errors) -> None:
    seen = set()
    for requirement in selector.get("matchExpressions") or ():
        scope, operator, values = requirement.get("scopeName", ""), requirement.get("operator", ""), requirement.get("values") or []
        seen.add(scope)
        if scope not in SCOPES:
            found.append(invalid(f"{path}.scopeName", scope, "unsupported scope"))
        found += [invalid(path, selector, "unsupported scope applied to resource")] * _misfits(scope, spec)
        if scope in SCOPES and scope not in ("PriorityClass", "VolumeAttributesClass") and operator != "Exists":
            found.append(invalid(f"{path}.operator", operator, EXISTS_ONLY))
        if operator in ("In", "NotIn"):
            if not values:
                found.append(required(f"{path}.values", "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"))
        elif operator in ("Exists", "DoesNotExist"):
            if values:
                found.append(invalid(f"{path}.values", values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"))
        else:
            found.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    found += [invalid(path, spec.get("scopes"), "conflicting scopes") for pair in CONFLICTS if pair <= seen]


def validate_update(quota: Manifest, old: Manifest) -> Errors:
    new, before = (quota.get("spec") or {}).get("scopes") or [], (old.get("spec") or {}).get("scopes") or []
    return [invalid("spec.scopes", new, IMMUTABLE)] if set(new) != set(before) else []


def validate_status(quota: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    for name in ("hard", "used"):
        _validate_amounts((quota.get("status") or {}).get(name), f"status.{name}", found)
    return found


def row(quota: Manifest, now: float) -> list[Any]:
    status = quota.get("status") or {}
    hard, used = status.get("hard") or {}, status.get("used") or {}
    requests: list[str] = []
    limits: list[str] = []
    for name in sorted(hard):
        text = f"{name}: {used.get(name, '0')}/{hard[name]}"
        (limits if name.startswith("limits") else requests).append(text)
    return [quota["metadata"].get("name", ""), ", ".join(requests), ", ".join(limits), age(quota, now)]


KIND = Kind(
    group="",
    kind="ResourceQuota",
    plural="resourcequotas",
    returns_deleted=True,
    short_names=("quota",),
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_update=validate_update,
    columns=(
        NAME,
        Column("Request", "Request represents a minimum amount of cpu/memory that a container may consume."),
        Column("Limit", "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node."),
        AGE,
    ),
    row=row,
    subresources={"status": status_subresource(validate=validate_status)},
)
