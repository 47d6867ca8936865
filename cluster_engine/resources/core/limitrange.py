"""LimitRange: bounds and defaults for what pods of a namespace may ask for.

Models pkg/registry/core/limitrange/strategy.go and pkg/apis/core/v1/defaults.go (SetDefaults_LimitRangeItem).
"""

from typing import Any

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid, required
from cluster_engine.machinery.quantity import of, parse
from cluster_engine.resources.checks import each
from cluster_engine.resources.core.resource_names import container_resource_name, is_overcommit_allowed, resource_name, round_amounts
from cluster_engine.resources.kind import Column, Kind, Manifest, Request
from cluster_engine.resources.lists import empty_as_null
from cluster_engine.resources.table import META, NAME

PARTS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
TYPES = ("Pod", "Container", "PersistentVolumeClaim")


def default(limit_range: Manifest) -> None:
    spec = limit_range.setdefault("spec", {})
    for item in spec.setdefault("limits", None) or ():
        if item.get("type") == "Container":
            _default_item(item)
        for part in PARTS:
            round_amounts(item.get(part))


def _default_item(item: Manifest) -> None:
    """A maximum is the default limit; a default limit is the default request, else a minimum is."""
    limits = item.setdefault("default", {})
    for name, quantity in (item.get("max") or {}).items():
        limits.setdefault(name, quantity)
    requests = item.setdefault("defaultRequest", {})
    for source in (limits, item.get("min") or {}):
        for name, quantity in source.items():
            requests.setdefault(name, quantity)
    for name in ("default", "defaultRequest"):
        if not item[name]:
            del item[name]


def prepare_create(limit_range: Manifest, request: Request) -> None:
    """A range may do without a name: it gets its uid for one."""
    metadata = limit_range["metadata"]
    empty_as_null(limit_range["spec"], "limits")
    if not metadata.get("name"):
        metadata["name"] = metadata["uid"]


def prepare_update(limit_range: Manifest, old: Manifest, request: Request) -> None:
    empty_as_null(limit_range["spec"], "limits")


def validate(limit_range: Manifest) -> Errors:
    found: Errors = []
    seen: set[str] = set()
    for i, item in enumerate((limit_range.get("spec") or {}).get("limits") or ()):
        kind, path = item.get("type", ""), f"spec.limits[{i}]"
        if messages := names.is_qualified_name(kind):
            each(f"{path}.type", kind, messages, found)
        elif "/" not in kind and kind not in TYPES:
            found.append(invalid(f"{path}.type", kind, "must be a standard limit type or fully qualified"))
        if kind in seen:
            found.append(duplicate(f"{path}.type", kind))
        seen.add(kind)
        _validate_item(item, kind, path, found)
    return found


def _validate_item(item: Manifest, kind: str, path: str, found: Errors) -> None:
    check = container_resource_name if kind in ("Pod", "Container") else resource_name
    compared = dict(item)
    for part in PARTS[:-1]:
        if kind == "Pod" and part in ("default", "defaultRequest"):
            if compared.pop(part, None):
                found.append(forbidden(f"{path}.{part}", "may not be specified when `type` is 'Pod'"))
            continue
        for name in item.get(part) or ():
            check(name, f"{path}.{part}[{name}]", found)
    if kind == "PersistentVolumeClaim" and not any("storage" in (item.get(part) or {}) for part in ("min", "max")):
        found.append(required(f"{path}.limits", "either minimum or maximum storage value is required, but neither was provided"))
    for name in item.get(PARTS[-1]) or ():
        check(name, f"{path}.{PARTS[-1]}[{name}]", found)
    for name in dict.fromkeys(n for part in PARTS for n in compared.get(part) or ()):
        _validate_order(compared, name, path, found)


# (which part, is above which, shown at, showing, in these words)
ORDER = (
    ("min", "max", "min", "min", "min value {} is greater than max value {}"),
    ("min", "defaultRequest", "defaultRequest", "defaultRequest", "min value {} is greater than default request value {}"),
    ("defaultRequest", "max", "defaultRequest", "defaultRequest", "default request value {} is greater than max value {}"),
    ("defaultRequest", "default", "defaultRequest", "defaultRequest", "default request value {} is greater than default limit value {}"),
    ("min", "default", "default", "min", "min value {} is greater than default value {}"),
    ("default", "max", "default", "max", "default value {} is greater than max value {}"),
)


def _validate_order(item: Manifest, name: str, path: str, found: Errors) -> None:
    amounts = {part: (item.get(part) or {}).get(name) for part in PARTS}
    for low, high, at, shown, words in ORDER:
        lower, upper = amounts[low], amounts[high]
        if lower is not None and upper is not None and parse(lower) > parse(upper):
            found.append(invalid(f"{path}.{at}[{name}]", amounts[shown], words.format(lower, upper)))
    _validate_ratio(amounts, f"{path}.maxLimitRequestRatio[{name}]", found)
    limit, request = amounts["default"], amounts["defaultRequest"]
    if not is_overcommit_allowed(name) and limit is not None and request is not None and parse(limit) != parse(request):
        why = f"default value {limit} must equal to defaultRequest value {request} in {name}"
        found.append(invalid(f"{path}.defaultRequest[{name}]", request, why))


def _validate_ratio(amounts: dict[str, Any], path: str, found: Errors) -> None:
    ratio, low, high = amounts["maxLimitRequestRatio"], amounts["min"], amounts["max"]
    if ratio is None:
        return
    if parse(ratio) < of(1):
        found.append(invalid(path, ratio, f"ratio {ratio} is less than 1"))
    if low is not None and high is not None and parse(low):
        exact = parse(high).value / parse(low).value
        if parse(ratio).value > exact:
            most = float(exact)
            found.append(invalid(path, ratio, f"ratio {ratio} is greater than max/min = {most:f}"))


def row(limit_range: Manifest, now: float) -> list[Any]:
    metadata = limit_range["metadata"]
    return [metadata.get("name", ""), metadata.get("creationTimestamp")]


KIND = Kind(
    group="",
    kind="LimitRange",
    plural="limitranges",
    short_names=("limits",),
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    allow_create_on_update=True,
    validate=validate,
    columns=(NAME, Column("Created At", type="date", described_by=META + "creationTimestamp")),
    row=row,
)
