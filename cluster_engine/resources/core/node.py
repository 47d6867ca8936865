"""Node: a machine that runs pods.

Models pkg/registry/core/node/strategy.go and pkg/printers (printNode).
"""

from typing import Any

from cluster_engine.resources.kind import Column, Kind, Manifest, Request, Subresource, status_subresource
from cluster_engine.resources.table import AGE, CORE, NAME, NONE, UNKNOWN, age, joined

ROLE_PREFIX, ROLE_LABEL = "node-role.kubernetes.io/", "kubernetes.io/role"


def default(node: Manifest) -> None:
    spec, status = node.setdefault("spec", {}), node.setdefault("status", {})
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


def prepare_update(node: Manifest, old: Manifest, request: Request) -> None:
    node["status"] = old.get("status", {})


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
    prepare_update=prepare_update,
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
        "status": status_subresource(),
        "proxy": Subresource("proxy", verbs=("create", "delete", "get", "patch", "update"), kind="NodeProxyOptions", version="v1"),
    },
)
