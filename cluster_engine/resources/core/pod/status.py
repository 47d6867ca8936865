"""What updates of a pod's status must keep: who reports may not move the pod, bring the dead to life or change its class.

Models validation.ValidatePodStatusUpdate.
"""

from collections.abc import Sequence

from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid
from cluster_engine.resources.addresses import check_ip, dual_stack
from cluster_engine.resources.checks import IMMUTABLE, qualified_name, subdomain
from cluster_engine.resources.core.pod.annotations import validate_annotations_update
from cluster_engine.resources.kind import Manifest

SYSTEM_CONDITIONS = frozenset({"PodScheduled", "Ready", "Initialized"})
DEAD = "may not be transitioned to non-terminated state"


def validate_status(pod: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    status, before = pod.get("status") or {}, old.get("status") or {}
    annotations, old_annotations = pod["metadata"].get("annotations") or {}, old["metadata"].get("annotations") or {}
    if annotations != old_annotations:
        validate_annotations_update(annotations, old_annotations, pod["spec"], "metadata.annotations", found)
    for i, condition in enumerate(status.get("conditions") or ()):
        if condition.get("type") not in SYSTEM_CONDITIONS:
            qualified_name(f"metadata.conditions[{i}].Type", condition.get("type", ""), found)
    nominated = status.get("nominatedNodeName")
    if nominated and nominated != before.get("nominatedNodeName"):
        subdomain("status.nominatedNodeName", nominated, found)
    if status.get("qosClass", "") != before.get("qosClass", ""):
        found.append(invalid("status.qosClass", status.get("qosClass", ""), IMMUTABLE))
    policy = old["spec"].get("restartPolicy", "Always")
    sidecars = {c.get("name") for c in old["spec"].get("initContainers") or () if c.get("restartPolicy") == "Always"}
    for name, restart, free in (
        ("containerStatuses", policy, set()),
        ("initContainerStatuses", policy, sidecars),
        ("ephemeralContainerStatuses", "Never", set()),
    ):
        _validate_transitions(status.get(name) or (), before.get(name) or (), restart, free, f"status.{name}", found)
    _validate_addresses(status, "podIPs", found)
    _validate_addresses(status, "hostIPs", found)
    return found


def _validate_transitions(new: Sequence[Manifest], old: Sequence[Manifest], policy: str, free: set[str], path: str, found: Errors) -> None:
    """A container that ended stays so, unless its policy starts it again."""
    if policy == "Always":
        return
    for i, status in enumerate(old):
        ended = (status.get("state") or {}).get("terminated")
        if ended is None or status.get("name") in free or (ended.get("exitCode", 0) and policy == "OnFailure"):
            continue
        if any(s.get("name") == status.get("name") and (s.get("state") or {}).get("terminated") is None for s in new):
            found.append(forbidden(f"{path}[{i}].state", DEAD))


def _validate_addresses(status: Manifest, field: str, found: Errors) -> None:
    entries = status.get(field) or []
    ips = [entry.get("ip", "") for entry in entries]
    path = f"status.{field}"
    if field == "hostIPs" and ips and ips[0] != status.get("hostIP", ""):
        found.append(invalid(f"{path}[0].ip", ips[0], "must be equal to `hostIP`"))
    for i, ip in enumerate(ips):
        check_ip(f"{path}[{i}]", ip, found)
    if len(ips) < 2:
        return
    shown = [{"IP": ip} for ip in ips]
    if not dual_stack(ips) or len(ips) > 2:
        found.append(invalid(path, shown, "may specify no more than one IP for each IP family"))
    for i, ip in enumerate(ips):
        if ip in ips[:i]:
            found.append(duplicate(f"{path}[{i}]", shown[i]))
