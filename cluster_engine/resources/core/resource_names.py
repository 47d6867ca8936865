"""Names of resources: which of cpu, memory, storage, huge pages, quotas and extended resources may stand where, and in what amounts.

Models pkg/apis/core/helper/helpers.go and the resource validators of pkg/apis/core/validation/validation.go.
"""

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, invalid
from cluster_engine.machinery.quantity import ZERO, QuantityError, of_milli, parse
from cluster_engine.resources.checks import NEGATIVE, NOT_POSITIVE, each

HUGE_PAGES = "hugepages-"
CONTAINER = frozenset({"cpu", "memory", "ephemeral-storage"})
OBJECTS = frozenset({"pods", "resourcequotas", "services", "replicationcontrollers", "secrets", "persistentvolumeclaims", "configmaps"})
PORTS = frozenset({"services.nodeports", "services.loadbalancers"})
COMPUTE_QUOTA = frozenset(f"{part}.{name}" for part in ("requests", "limits") for name in ("cpu", "memory", "ephemeral-storage"))
STANDARD = CONTAINER | OBJECTS | PORTS | COMPUTE_QUOTA | {"storage", "requests.storage"}
QUOTA = CONTAINER | OBJECTS | PORTS | COMPUTE_QUOTA | {"requests.storage"}
INTEGER = OBJECTS | PORTS


def round_amounts(amounts: dict[str, str] | None) -> None:
    """Nothing finer than a thousandth is kept."""
    if amounts:
        for name, text in amounts.items():
            if text[-1:] in ("u", "n"):
                amounts[name] = str(of_milli(parse(text).milli))


def is_huge_page(name: str) -> bool:
    return name.startswith(HUGE_PAGES)


def is_native(name: str) -> bool:
    """Without a domain, or within kubernetes.io."""
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    return not is_native(name) and not name.startswith("requests.") and not names.is_qualified_name(f"requests.{name}")


def is_integer(name: str) -> bool:
    return name in INTEGER or is_extended(name)


def is_overcommit_allowed(name: str) -> bool:
    return is_native(name) and not is_huge_page(name)


def is_standard_quota(name: str) -> bool:
    return name in QUOTA or is_huge_page(name) or name.startswith("requests.hugepages-")


def resource_name(name: str, path: str, found: Errors) -> None:
    if messages := names.is_qualified_name(name):
        each(path, name, messages, found)
    elif "/" not in name and name not in STANDARD and not is_huge_page(name) and not name.startswith("requests.hugepages-"):
        found.append(invalid(path, name, "must be a standard resource type or fully qualified"))


def container_resource_name(name: str, path: str, found: Errors) -> None:
    if name in CONTAINER:
        return
    resource_name(name, path, found)
    if "/" not in name:
        if not is_huge_page(name):
            found.append(invalid(path, name, "must be a standard resource for containers"))
    elif not is_native(name) and not is_extended(name):
        found.append(invalid(path, name, "doesn't follow extended resource name standard"))


def quota_resource_name(name: str, path: str, found: Errors) -> None:
    resource_name(name, path, found)
    if "/" not in name and not is_standard_quota(name):
        found.append(invalid(path, name, "must be a standard resource for quota"))


def amount(name: str, text: str, path: str, found: Errors) -> None:
    """Not negative, and whole where the resource comes in pieces."""
    quantity = parse(text)
    if quantity < ZERO:
        found.append(invalid(path, text, NEGATIVE))
    if not quantity.is_integer and is_integer(name):
        found.append(invalid(path, text, "must be an integer"))


def positive(text: str, path: str, found: Errors) -> bool:
    if parse(text) > ZERO:
        return True
    found.append(invalid(path, text, NOT_POSITIVE))
    return False


def basic(text: str, path: str, found: Errors) -> None:
    """Not negative; upstream shows the rounded number here, not the text."""
    whole = parse(text).whole
    if whole < 0:
        found.append(invalid(path, whole, "must be a valid resource quantity"))


def huge_page_amount(name: str, text: str, path: str, found: Errors) -> None:
    try:
        page = parse(name[len(HUGE_PAGES) :]).value
    except QuantityError:
        page = ZERO.value
    if not page or parse(text).value % page:
        found.append(invalid(path, text, f"{text} is not positive integer multiple of {name}"))
