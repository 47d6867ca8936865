"""Small nodes and pods for scheduling tests, as manifests."""

from typing import Any

from cluster_engine.kernel.chance import Chance
from cluster_engine.scheduler.cycle import Cycle
from cluster_engine.scheduler.pod_info import PodInfo
from cluster_engine.scheduler.profile import Profile
from cluster_engine.scheduler.snapshot import Snapshot

Manifest = dict[str, Any]


def node(name: str, cpu: str = "4", memory: str = "8Gi", pods: str = "110", labels: dict[str, str] | None = None, **spec: Any) -> Manifest:
    return {
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}},
        "spec": spec,
        "status": {"allocatable": {"cpu": cpu, "memory": memory, "pods": pods}},
    }


def pod(name: str, cpu: str = "", memory: str = "", labels: dict[str, str] | None = None, node_name: str = "", priority: int = 0, **spec: Any) -> Manifest:
    requests = {k: v for k, v in (("cpu", cpu), ("memory", memory)) if v}
    container = {"name": "c", "image": "nginx:1.27", "resources": {"requests": requests} if requests else {}}
    body: Manifest = {"containers": [container], "priority": priority, **spec}
    if node_name:
        body["nodeName"] = node_name
    return {"kind": "Pod", "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}", "labels": labels or {}}, "spec": body, "status": {}}


def snapshot(nodes: list[Manifest], pods: list[Manifest] | None = None) -> Snapshot:
    found = Snapshot()
    for manifest in nodes:
        found.set_node(manifest)
    for manifest in pods or []:
        found.set_pod(PodInfo(manifest))
    return found


def cycle(profile: Profile | None = None) -> Cycle:
    return Cycle(profile or Profile(), Chance(1))


def chosen(manifest: Manifest, state: Snapshot) -> str:
    return cycle().decide(PodInfo(manifest), state)[0].chosen


def reasons(manifest: Manifest, state: Snapshot) -> dict[str, tuple[str, ...]]:
    """The reasons of every node that was refused."""
    verdicts = cycle().decide(PodInfo(manifest), state)[0]
    return {name: verdict.reasons for name, verdict in verdicts.failed.items()}
