"""The programs of the cluster itself, as static pods and add-ons run them: etcd, the control plane, kube-proxy, CoreDNS, CNI agents, pause."""

from cluster_engine.runtime.image import Image
from cluster_engine.runtime.process import Process
from cluster_engine.runtime.programs.generic import Anything
from cluster_engine.runtime.programs.program import Program, Server
from cluster_engine.runtime.signals import INT, TERM

VERSIONS = r"v1\.\d+\.\d+"
PARTS: dict[str, tuple[float, tuple[int, ...], float, float]] = {
    # size, ports, memory MiB, millicores
    "kube-apiserver": (27, (6443,), 310.0, 45.0),
    "kube-controller-manager": (23, (10257,), 62.0, 15.0),
    "kube-scheduler": (17, (10259,), 32.0, 4.0),
    "kube-proxy": (26, (10249, 10256), 18.0, 1.0),
}


def _started(process: Process) -> list[str]:
    return [f"I1121 1 serving: {process.argv[0]} started", "I1121 1 Serving securely on [::]"]


def _coredns(process: Process) -> list[str]:
    return [".:53", "CoreDNS-1.13.1", "linux/amd64, go1.25.2"]


def agent(name: str, memory: float, ports: tuple[int, ...] = ()) -> Program:
    return Server(names=(name,), ports=ports, boots=0.3, ready=_started, memory=memory, cpu=3.0)


PROGRAMS = (
    *(
        Server(names=(name,), ports=ports, boots=0.5, ready=_started, stops={TERM: 0, INT: 0}, memory=memory, cpu=cpu)
        for name, (_, ports, memory, cpu) in PARTS.items()
    ),
    Server(names=("etcd",), ports=(2379, 2380, 2381), boots=0.4, ready=_started, memory=55.0, cpu=20.0),
    Anything(names=("coredns",), speaks="any", boots=0.2, ready=_coredns, memory=16.0, cpu=2.0),
    Server(names=("pause",), memory=0.5, cpu=0.0),
    agent("calico-node", 110.0),
    agent("calico-kube-controllers", 20.0),
    agent("flanneld", 14.0),
    agent("weaver", 40.0),
    agent("metrics-server", 22.0, (10250,)),
    agent("local-path-provisioner", 9.0),
)
IMAGES = (
    *(Image(f"registry.k8s.io/{name}", size, (name,), (), VERSIONS, base="distroless", tools=(name,)) for name, (size, _, _, _) in PARTS.items()),
    Image("registry.k8s.io/etcd", 21, ("etcd",), (), r"3\.\d\.\d+(-\d+)?", base="distroless", tools=("etcd",)),
    Image("registry.k8s.io/pause", 0.3, ("/pause",), (), r"[\d.]+|latest", base="scratch", tools=("pause",), own_layers=1),
    Image("registry.k8s.io/coredns/coredns", 22, ("/coredns",), (), r"v1\.\d+\.\d+", base="distroless", tools=("coredns",), ports=(53, 8080, 8181)),
    Image("docker.io/calico/node", 120, ("calico-node",), (), r"v3\.\d+\.\d+", base="distroless", tools=("calico-node",)),
    Image("quay.io/calico/node", 120, ("calico-node",), (), r"v3\.\d+\.\d+", base="distroless", tools=("calico-node",)),
    Image("quay.io/calico/kube-controllers", 35, ("calico-kube-controllers",), (), r"v3\.\d+\.\d+", base="distroless", tools=("calico-kube-controllers",)),
    Image("ghcr.io/flannel-io/flannel", 27, ("flanneld",), (), r"v0\.\d+\.\d+", base="alpine", tools=("flanneld",)),
    Image("docker.io/weaveworks/weave-kube", 30, ("weaver",), (), r"latest|2\.\d\.\d", base="alpine", tools=("weaver",)),
    Image("registry.k8s.io/metrics-server/metrics-server", 20, ("/metrics-server",), (), r"v0\.\d+\.\d+", base="distroless", tools=("metrics-server",)),
    Image("docker.io/rancher/local-path-provisioner", 15, ("local-path-provisioner",), (), r"v0\.0\.\d+", base="alpine", tools=("local-path-provisioner",)),
)
