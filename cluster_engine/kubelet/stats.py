"""What containers, pods and the node use, as metrics-server and `kubectl top` read it.

Models pkg/kubelet/server/stats and pkg/kubelet/metrics/collectors/resource_metrics.go.
"""

from typing import Any

from cluster_engine.client.client import Manifest
from cluster_engine.kernel.clock import timestamp
from cluster_engine.kubelet.fleet import Machine
from cluster_engine.kubelet.kubelet import Kubelet
from cluster_engine.kubelet.pod_worker import PodWorker
from cluster_engine.machinery.quantity import parse
from cluster_engine.runtime.cri import ContainerStats

SYSTEM_MILLICORES, SYSTEM_MEMORY = 90, 420 * (1 << 20)
MILLICORES_PER_POD, MEMORY_PER_POD = 1, 2 * (1 << 20)


def pods_of(machine: Machine) -> list[PodWorker]:
    return [w for w in machine.kubelet.workers.values() if w.sandbox] if isinstance(machine.kubelet, Kubelet) else []


def of_pod(machine: Machine, worker: PodWorker, now: float) -> dict[str, ContainerStats]:
    """By container."""
    return {c.name: machine.runtime.container_stats(c.id, now) for c in worker.containers if c.running}


def of_node(machine: Machine, now: float) -> tuple[int, int]:
    """Nanocores and bytes of the whole node: its pods, and what the system takes."""
    found = [stats for worker in pods_of(machine) for stats in of_pod(machine, worker, now).values()]
    cores = sum(s.cpu_nanocores for s in found) + (SYSTEM_MILLICORES + MILLICORES_PER_POD * len(found)) * 1_000_000
    capacity = parse(machine.context.shape.cpu).milli * 1_000_000
    memory = sum(s.memory_working_set for s in found) + SYSTEM_MEMORY + MEMORY_PER_POD * len(found) + machine.runtime.pressure_memory
    return min(cores, capacity), memory


def pod_metrics(machine: Machine, worker: PodWorker, now: float) -> Manifest:
    """The PodMetrics object of metrics.k8s.io."""
    meta = worker.pod["metadata"]
    containers = [{"name": n, "usage": _usage(s.cpu_nanocores, s.memory_working_set)} for n, s in of_pod(machine, worker, now).items()]
    head = {"name": meta["name"], "namespace": meta["namespace"], "creationTimestamp": timestamp(now)} | (
        {"labels": meta["labels"]} if meta.get("labels") else {}
    )
    return {
        "kind": "PodMetrics",
        "apiVersion": "metrics.k8s.io/v1beta1",
        "metadata": head,
        "timestamp": timestamp(now),
        "window": "15s",
        "containers": containers,
    }


def node_metrics(machine: Machine, node: Manifest, now: float) -> Manifest:
    """The NodeMetrics object of metrics.k8s.io."""
    head = {"name": machine.context.node, "creationTimestamp": timestamp(now), "labels": node["metadata"].get("labels") or {}}
    return {
        "kind": "NodeMetrics",
        "apiVersion": "metrics.k8s.io/v1beta1",
        "metadata": head,
        "timestamp": timestamp(now),
        "window": "15s",
        "usage": _usage(*of_node(machine, now)),
    }


def _usage(nanocores: int, memory: int) -> dict[str, str]:
    return {"cpu": f"{nanocores}n" if nanocores else "0", "memory": f"{memory // 1024}Ki"}


def summary(machine: Machine, now: float) -> dict[str, Any]:
    """/stats/summary."""
    moment = timestamp(now)
    cores, memory = of_node(machine, now)
    pods = []
    for worker in pods_of(machine):
        meta = worker.pod["metadata"]
        containers = [_container(name, stats, moment) for name, stats in of_pod(machine, worker, now).items()]
        pods.append(
            {
                "podRef": {"name": meta["name"], "namespace": meta["namespace"], "uid": worker.uid},
                "startTime": timestamp(worker.start_time),
                "containers": containers,
            }
        )
    used, capacity = machine.runtime.image_fs_info()
    node = {
        "nodeName": machine.context.node, "cpu": {"time": moment, "usageNanoCores": cores}, "memory": {"time": moment, "workingSetBytes": memory},
        "runtime": {"imageFs": {"time": moment, "usedBytes": used, "capacityBytes": capacity, "availableBytes": capacity - used}},
    }  # fmt: skip
    return {"node": node, "pods": pods}


def _container(name: str, stats: ContainerStats, moment: str) -> dict[str, Any]:
    return {
        "name": name, "cpu": {"time": moment, "usageNanoCores": stats.cpu_nanocores, "usageCoreNanoSeconds": stats.cpu_nanoseconds},
        "memory": {"time": moment, "workingSetBytes": stats.memory_working_set, "rssBytes": stats.memory_rss},
        "rootfs": {"time": moment, "usedBytes": stats.root_fs_used}, "logs": {"time": moment, "usedBytes": stats.log_used},
    }  # fmt: skip


def metrics_text(machine: Machine, now: float) -> str:
    """/metrics/resource in Prometheus' text form."""
    cores, memory = of_node(machine, now)
    lines = [
        "# TYPE node_cpu_usage_seconds_total counter",
        f"node_cpu_usage_seconds_total {cores / 1e9:g}",
        "# TYPE node_memory_working_set_bytes gauge",
        f"node_memory_working_set_bytes {memory}",
    ]
    lines += ["# TYPE container_cpu_usage_seconds_total counter", "# TYPE container_memory_working_set_bytes gauge"]
    for worker in pods_of(machine):
        meta = worker.pod["metadata"]
        for name, stats in of_pod(machine, worker, now).items():
            labels = f'{{container="{name}",namespace="{meta["namespace"]}",pod="{meta["name"]}"}}'
            lines += [
                f"container_cpu_usage_seconds_total{labels} {stats.cpu_nanoseconds / 1e9:g}",
                f"container_memory_working_set_bytes{labels} {stats.memory_working_set}",
            ]
    metrics = machine.kubelet.inspect()["metrics"]
    lines += ["# TYPE kubelet_running_pods gauge", f"kubelet_running_pods {metrics['pods']}"]
    return "\n".join(lines) + "\n"
