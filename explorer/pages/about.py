"""What each part is, in three beats for the inspector: one sentence on what it is, one on how it works."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class About:
    title: str
    full: str
    glyph: str
    hue: str
    words: str


PARTS = {
    "apiserver": About("API server", "kube-apiserver", "api", "api",
        "The one door to the cluster. It asks who one is and what one may do, fills in and checks what one sends, stores it, and tells everybody who watches."),
    "etcd": About("etcd", "etcd", "etcd", "etcd",
        "Keeps every object under a key, each write with a revision of its own. What it has committed survives; everything else can be made again from it."),
    "scheduler": About("Scheduler", "kube-scheduler", "sched", "sched",
        "Chooses a node for every pod that has none. It drops nodes that cannot run the pod, scores the rest and writes one Binding."),
    "controller-manager": About("Controller manager", "kube-controller-manager", "cm", "cm",
        "Many loops in one process. Each compares what is wanted with what there is, for one kind of object, and does the next small thing."),
    "kubelet": About("kubelet", "kubelet", "kubelet", "kubelet",
        "Runs the pods that were given to its node: it calls the runtime, probes the containers and reports what is so."),
    "runtime": About("Container runtime", "", "rt", "rt",
        "Pulls images, makes sandboxes with a network of their own and starts containers in them, when the kubelet calls."),
    "proxy": About("kube-proxy", "kube-proxy", "proxy", "proxy",
        "Writes the rules on its node that lead a Service's address to the pods that are ready."),
    "user": About("kubectl and forms", "you", "user", "user",
        "Everything from outside comes this way: kubectl with the cluster's kubeconfig, the editor under Apply, programs that speak the API."),
}  # fmt: skip

KINDS = {
    "Pod": "The smallest thing that runs: containers that share one address and their volumes, on one node, from birth to end.",
    "Node": "A machine. Its kubelet keeps it in the books by a heartbeat; pods are given to it until it is full.",
    "Service": "A steady address and name for whichever pods its selector picks. It has no place: it is a rule on every node.",
    "Deployment": "Says how many pods of which template there shall be, and walks from one template to the next without a gap.",
    "ReplicaSet": "Keeps so many pods of one template alive. Deployments make one for each template that they have had.",
    "StatefulSet": "Keeps pods that have a name and storage of their own, made and unmade in order.",
    "DaemonSet": "Keeps one pod on every node that fits.",
}
