"""The first-visit tour: which part, what it is, and the idea of the architecture behind it, in three beats."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """`part`: the map's id of what is shown ("" for the whole). `idea`: the thought behind it."""

    part: str
    title: str
    what: str
    idea: str


STEPS = (
    Step(
        "",
        "A whole cluster, at work",
        "Everything here runs: what moves, has moved; what is written, is stored. On top is the control plane, below are the machines.",
        "Kubernetes splits deciding from doing. A master holds what is wanted, workers run it, and the two talk all the time.",
    ),
    Step(
        "apiserver",
        "One door",
        "The API server is the bar in the middle. Each request passes seven stages, from who are you to stored.",
        "Nobody talks past it. kubectl, loops and machines all use the same API, so one place checks, allows and remembers.",
    ),
    Step(
        "etcd",
        "One memory",
        "etcd keeps every object under a key, with a revision that only grows. The solid slots are safe.",
        "A single, consistent record of what is wanted and what is so. If all else died, this alone would bring the cluster back.",
    ),
    Step(
        "controller-manager",
        "Loops, not scripts",
        "Each loop looks at what is wanted and what there is, and does the next small thing to close the gap.",
        "Observe, compare, act, again. Five pods wanted and four found means that one is made; nobody has to notice the failure.",
    ),
    Step(
        "scheduler",
        "A place for every pod",
        "The scheduler drops the machines that cannot run a pod, scores the rest and writes down its choice.",
        "It looks at free CPU and memory, priorities and constraints. It starts nothing itself: a choice is only a line in the store.",
    ),
    Step(
        "user",
        "You",
        "Your commands arrive here: kubectl with this cluster's kubeconfig, the form under Apply, or the object pages.",
        "kubectl is a polite way to send HTTP. You say what you want; the cluster works out how.",
    ),
    Step(
        "kubelet",
        "The hand on each machine",
        "The kubelet reads which pods were given to its machine, has the runtime start them, and reports back.",
        "Calls go both ways: it watches the API server for work, and the API server reaches it for logs and commands.",
    ),
    Step(
        "runtime",
        "The runtime runs",
        "containerd pulls images and starts containers when the kubelet calls. A cell fills as its image arrives.",
        "Behind one small interface the runtime can be containerd, CRI-O or Docker. Limits on CPU and memory hold here.",
    ),
    Step(
        "proxy",
        "Services are rules",
        "kube-proxy turns each Service into rules on its machine, so that one steady address reaches whichever pods are ready.",
        "Pods come and go with their addresses. A Service stands still, and the load is spread over what is behind it.",
    ),
    Step(
        "",
        "Now watch it work",
        "Open Apply, take the guestbook and send it. Space stops the clock, the dot steps one event, Trace tells how a thing came to be.",
        "Kill a pod, cordon a machine, scale a Deployment: the loops answer, and each answer says why.",
    ),
)
