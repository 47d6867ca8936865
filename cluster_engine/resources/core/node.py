"""Node: a machine that runs pods.

Models pkg/registry/core/node/strategy.go and pkg/printers (printNode).
"""

from collections.abc import Iterable
from typing import Any

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid
from cluster_engine.resources.addresses import check_cidr, dual_stack_cidrs
from cluster_engine.resources.checks import qualified_name
from cluster_engine.resources.core.pod.tolerations import validate_effect
from cluster_engine.resources.core.resource_names import amount, round_amounts
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, Subresource, status_subresource
from cluster_engine.resources.table import AGE, CORE, NAME, NONE, UNKNOWN, age, joined

ROLE_PREFIX, ROLE_LABEL = "node-role.kubernetes.io/", "kubernetes.io/role"


def default(node: Manifest) -> None:
    spec, status = node.setdefault("spec", {}), node.setdefault("status", {})
    for part in ("capacity", "allocatable"):
        round_amounts(status.get(part))
    if status.get("allocatable") is None and status.get("capacity"):
        status["allocatable"] = dict(status["capacity"])
    status.setdefault("daemonEndpoints", {}).setdefault("kubeletEndpoint", {"Port": 0})
    status.setdefault("nodeInfo", dict.fromkeys(NODE_INFO, ""))
    if not spec.get("podCIDRs") and spec.get("podCIDR"):
        spec["podCIDRs"] = [spec["podCIDR"]]
    elif spec.get("podCIDRs") and not spec.get("podCIDR"):
        spec["podCIDR"] = spec["podCIDRs"][0]


NODE_INFO = (
    "machineID",
    "systemUUID",
    "bootID",
    "kernelVersion",
    "osImage",
    "containerRuntimeVersion",
    "kubeletVersion",
    "kubeProxyVersion",
    "operatingSystem",
    "architecture",
)


def prepare_create(node: Manifest, request: Request) -> None:
    node["spec"].pop("configSource", None)


def prepare_update(node: Manifest, old: Manifest, request: Request) -> None:
    node["spec"].pop("configSource", None)
    node["status"] = old.get("status", {})


ONE_PER_FAMILY = "may specify no more than one CIDR for each IP family"
ONCE = 'node updates may not change {} except from "" to valid'


def validate(node: Manifest) -> Errors:
    found: Errors = []
    validate_taints((node.get("spec") or {}).get("taints") or (), "metadata.taints", found)
    _validate_amounts(node, found)
    return found


def validate_create(node: Manifest) -> Errors:
    found: Errors = []
    cidrs = (node.get("spec") or {}).get("podCIDRs") or []
    for i, cidr in enumerate(cidrs):
        check_cidr(f"spec.podCIDRs[{i}]", cidr, found)
    if len(cidrs) > 1 and (len(cidrs) > 2 or not dual_stack_cidrs(cidrs)):
        found.append(invalid("spec.podCIDRs", cidrs, ONE_PER_FAMILY))
    found += [duplicate(f"spec.podCIDRs[{i}]", cidr) for i, cidr in enumerate(cidrs) if cidr in cidrs[:i]]
    return found


def validate_taints(taints: Iterable[Manifest], path: str, found: Errors) -> None:
    seen: set[tuple[str, str]] = set()
    for i, taint in enumerate(taints):
        key, value, effect = taint.get("key", ""), taint.get("value", ""), taint.get("effect", "")
        qualified_name(f"{path}[{i}].key", key, found)
        if messages := names.is_label_value(value):
            found.append(invalid(f"{path}[{i}].value", value, ";".join(messages)))
        validate_effect(effect, f"{path}[{i}].effect", found)
        if (key, effect) in seen:
            shown = {"Key": key, "Value": value, "Effect": effect, "TimeAdded": taint.get("timeAdded")}
            found.append(duplicate(f"{path}[{i}]", shown, "taints must be unique by key and effect pair"))
        seen.add((key, effect))


def _validate_amounts(node: Manifest, found: Errors) -> None:
    for part in ("capacity", "allocatable"):
        for name, text in ((node.get("status") or {}).get(part) or {}).items():
            amount(name, text, f"status.{part}.{name}", found)


def validate_update(node: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    seen: list[tuple[str, str]] = []
    for i, address in enumerate((node.get("status") or {}).get("addresses") or ()):
        pair = (address.get("type", ""), address.get("address", ""))
        if pair in seen:
            found.append(duplicate(f"status.addresses[{i}]", {"Type": pair[0], "Address": pair[1]}))
        seen.append(pair)
    new, before = node.get("spec") or {}, old.get("spec") or {}
    if before.get("podCIDRs") and new.get("podCIDRs") != before["podCIDRs"]:
        found.append(forbidden("spec.podCIDRs", ONCE.format("podCIDR")))
    if before.get("providerID") and new.get("providerID") != before["providerID"]:
        found.append(forbidden("spec.providerID", ONCE.format("providerID")))
    if new.get("externalID") != before.get("externalID"):
        found.append(forbidden("spec.externalID", "may not be updated"))
    return found


def validate_status(node: Manifest, old: Manifest) -> Errors:
    return validate(node) + validate_update(node, old)


def warnings(node: Manifest, old: Manifest | None) -> list[str]:
    return ["spec.externalID: this field is deprecated, and is unused by Kubernetes"] if (node.get("spec") or {}).get("externalID") else []


def roles(node: Manifest) -> list[str]:
    found = set()
    for label, value in (node["metadata"].get("labels") or {}).items():
        if label.startswith(ROLE_PREFIX):
            found.add(label[len(ROLE_PREFIX) :])
        elif label == ROLE_LABEL:
            found.add(value)
    return sorted(role for role in found if role)


def node_status(node: Manifest) -> str:
    words = []
    for condition in (node.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "Ready":
            words = ["Ready" if condition.get("status") == "True" else "NotReady"]
    words = words or ["Unknown"]
    return ",".join([*words, "SchedulingDisabled"] if (node.get("spec") or {}).get("unschedulable") else words)


def row(node: Manifest, now: float) -> list[Any]:
    status = node.get("status") or {}
    info = status.get("nodeInfo") or {}
    return [
        node["metadata"].get("name", ""),
        node_status(node),
        joined(roles(node)),
        age(node, now),
        info.get("kubeletVersion", ""),
        _address(status, "InternalIP"),
        _address(status, "ExternalIP"),
        info.get("osImage") or UNKNOWN,
        info.get("kernelVersion") or UNKNOWN,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def _address(status: Manifest, kind: str) -> str:
    return next((a.get("address", "") for a in status.get("addresses") or () if a.get("type") == kind), NONE)


KIND = Kind(
    group="",
    kind="Node",
    plural="nodes",
    namespaced=False,
    short_names=("no",),
    storage_prefix="minions",
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_create=validate_create,
    validate_update=validate_update,
    warnings=warnings,
    columns=(
        NAME,
        Column("Status", "The status of the node"),
        Column("Roles", "The roles of the node"),
        AGE,
        Column("Version", described_by=CORE + "NodeSystemInfo.kubeletVersion"),
        Column("Internal-IP", priority=1, described_by=CORE + "NodeStatus.addresses"),
        Column("External-IP", priority=1, described_by=CORE + "NodeStatus.addresses"),
        Column("OS-Image", priority=1, described_by=CORE + "NodeSystemInfo.osImage"),
        Column("Kernel-Version", priority=1, described_by=CORE + "NodeSystemInfo.kernelVersion"),
        Column("Container-Runtime", priority=1, described_by=CORE + "NodeSystemInfo.containerRuntimeVersion"),
    ),
    row=row,
    selectable={"spec.unschedulable": lambda n: "true" if (n.get("spec") or {}).get("unschedulable") else "false"},
    subresources={
        "status": status_subresource(validate=validate_status),
        "proxy": Subresource("proxy", verbs=("create", "delete", "get", "patch", "update"), kind="NodeProxyOptions", version="v1"),
    },
)
