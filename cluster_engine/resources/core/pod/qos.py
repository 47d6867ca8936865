"""Quality of service: Guaranteed, Burstable or BestEffort, which decides who goes first when a node runs short.

Models pkg/apis/core/v1/helper/qos/qos.go.
"""

from cluster_engine.resources.kind import Manifest

COMPUTE = ("cpu", "memory")


def qos_class(spec: Manifest) -> str:
    pod_level = spec.get("resources") or {}
    if pod_level.get("requests") or pod_level.get("limits"):
        return _class([pod_level])
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    return _class([c.get("resources") or {} for c in containers])


def _class(resources: list[Manifest]) -> str:
    guaranteed, any_set = True, False
    for each in resources:
        requests, limits = each.get("requests") or {}, each.get("limits") or {}
        for name in COMPUTE:
            request, limit = _set(requests.get(name)), _set(limits.get(name))
            any_set = any_set or request is not None or limit is not None
            guaranteed = guaranteed and limit is not None and request == limit
    if not any_set:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"


def _set(quantity: str | None) -> str | None:
    """A quantity of zero counts as none. Quantities are canonical text, so equal ones are equal text."""
    return None if quantity in (None, "0") else quantity
