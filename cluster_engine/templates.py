"""Cluster templates: how many masters, workers and etcd members a new cluster starts with.

The shapes are what `kubeadm` and managed offerings commonly give: small masters that carry a NoSchedule taint, equal workers
spread over zones.
"""

from dataclasses import dataclass

from cluster_engine.kubelet.node import NodeShape

CONTROL_PLANE_TAINT = {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}
ZONES = ("zone-a", "zone-b", "zone-c")


@dataclass(frozen=True, slots=True)
class Template:
    """What a new cluster is made of. `nodes` machines join at start; `etcd_members`: 1, 3 or 5; `about`: one line for people.

    `scheduler`, `nodes_run`: whether there are a scheduler and nodes at all (`bare` has neither).
    """

    name: str
    about: str
    nodes: tuple[NodeShape, ...] = ()
    etcd_members: int = 1
    scheduler: bool = True
    workloads: bool = True


def master(number: int) -> NodeShape:
    return NodeShape(
        name=f"master-{number}", roles=("control-plane",), cpu="2", memory="4Gi", zone=ZONES[(number - 1) % len(ZONES)],
        taints=(CONTROL_PLANE_TAINT,), control_plane=True,
    )  # fmt: skip


def worker(number: int, width: int = 1) -> NodeShape:
    return NodeShape(name=f"worker-{number:0{width}d}", cpu="4", memory="8Gi", zone=ZONES[(number - 1) % len(ZONES)])


def hollow_node(number: int) -> NodeShape:
    return NodeShape(name=f"node-{number:04d}", cpu="32", memory="256Gi", zone=f"z{number}", hollow=True)


def _workers(count: int) -> tuple[NodeShape, ...]:
    return tuple(worker(n, len(str(count))) for n in range(1, count + 1))


TEMPLATES = {
    t.name: t
    for t in (
        Template("dev", "1 master, 2 workers", (master(1), *_workers(2))),
        Template("ha", "3 masters, 3 workers, 3 etcd members", (master(1), master(2), master(3), *_workers(3)), etcd_members=3),
        Template("100-workers", "1 master, 100 workers", (master(1), *_workers(100))),
        Template("500-workers", "1 master, 500 workers", (master(1), *_workers(500))),
        Template("1000-workers", "1 master, 1,000 workers", (master(1), *_workers(1000))),
        Template("bare", "API server and controllers alone", scheduler=False, workloads=False),
        Template("hollow", "3 instant nodes", tuple(hollow_node(n) for n in range(3)), workloads=False),
    )
}
