"""Parts: the name that the map knows a component by, whatever its cause, user or signal calls it."""

from functools import lru_cache

LOOPS = (
    "-controller", "-collector", "-manager", "-publisher", "-signer", "-signing", "-approver", "-approving", "-cleaner", "-binder", "-reclaimer", "-expander",
    "-protection", "-allocator", "-aggregation", "-mirroring", "-provisioner", "-attacher", "-autoscaler", "-resizer", "-releaser",
)  # fmt: skip
PLAIN = {
    "kube-scheduler": "scheduler", "scheduler": "scheduler", "etcd": "etcd", "apiserver": "apiserver", "kube-apiserver": "apiserver",
    "controller-manager": "controller-manager", "kube-controller-manager": "controller-manager",
}  # fmt: skip
ON_NODES = {
    "kubelet": "kubelet",
    "runtime": "runtime",
    "containerd": "runtime",
    "cri-o": "runtime",
    "docker": "runtime",
    "proxy": "proxy",
    "kube-proxy": "proxy",
    "pod": "pod",
}


@lru_cache(maxsize=4096)
def part_of(name: str) -> str:
    """ "controller-manager" for "replicaset-controller", "proxy/worker-1" for "kube-proxy/worker-1"; "user" for any other client."""
    kind, _, place = name.partition("/")
    if name == "kubelet" or kind in PLAIN:
        return PLAIN.get(kind, kind)
    if place and kind in ON_NODES:
        return f"{ON_NODES[kind]}/{place}"
    if kind.endswith(LOOPS):
        return "controller-manager"
    return "scheduler" if "scheduler" in kind else "user"
