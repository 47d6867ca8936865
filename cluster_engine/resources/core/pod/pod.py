"""Pod: the smallest thing that is scheduled and run.

Models pkg/registry/core/pod/strategy.go and pkg/apis/core/v1/defaults.go (SetDefaults_Pod).
"""

from cluster_engine.kernel.clock import timestamp
from cluster_engine.resources.core.pod.containers import all_containers
from cluster_engine.resources.core.pod.qos import qos_class
from cluster_engine.resources.core.pod.resources import default_requests
from cluster_engine.resources.core.pod.spec import default_pod_spec
from cluster_engine.resources.core.pod.table import COLUMNS, row
from cluster_engine.resources.kind import Kind, Manifest, Request, Subresource, status_subresource


def default(pod: Manifest) -> None:
    spec = pod.setdefault("spec", {})
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    default_pod_spec(spec)
    for container in all_containers(spec):
        default_requests(container)
    if spec.get("hostNetwork"):
        default_host_ports(spec)
    pod.setdefault("status", {})


def default_host_ports(spec: Manifest) -> None:
    """On the host's network a container's port is the host's."""
    for name in ("containers", "initContainers"):
        for container in spec.get(name) or ():
            for port in container.get("ports") or ():
                if not port.get("hostPort"):
                    port["hostPort"] = port.get("containerPort", 0)


def prepare_create(pod: Manifest, request: Request) -> None:
    pod["status"] = {"phase": "Pending", "qosClass": qos_class(pod["spec"])}
    if pod["spec"].get("schedulingGates"):
        pod["status"]["conditions"] = [gated_condition(request.now)]


def gated_condition(now: float) -> Manifest:
    return {
        "type": "PodScheduled",
        "status": "False",
        "lastProbeTime": None,
        "lastTransitionTime": timestamp(now),
        "reason": "SchedulingGated",
        "message": "Scheduling is blocked due to non-empty scheduling gates",
    }


def prepare_update(pod: Manifest, old: Manifest, request: Request) -> None:
    pod["status"] = old.get("status", {})
    _drop_gated_condition(pod)


def _drop_gated_condition(pod: Manifest) -> None:
    """Once the last gate is gone, the condition that told of gates is, too."""
    status = pod["status"]
    conditions = status.get("conditions")
    if conditions and not pod["spec"].get("schedulingGates"):
        kept = [c for c in conditions if not (c.get("type") == "PodScheduled" and c.get("reason") == "SchedulingGated")]
        if len(kept) < len(conditions):
            pod["status"] = {**status, "conditions": kept} if kept else {k: v for k, v in status.items() if k != "conditions"}


def default_grace(pod: Manifest) -> int:
    return int(pod.get("spec", {}).get("terminationGracePeriodSeconds", 30))


def _spec(name: str):  # type: ignore[no-untyped-def]
    return lambda pod: str(pod.get("spec", {}).get(name, ""))


def _status(name: str):  # type: ignore[no-untyped-def]
    return lambda pod: str(pod.get("status", {}).get(name, ""))


KIND = Kind(
    group="",
    kind="Pod",
    plural="pods",
    returns_deleted=True,
    short_names=("po",),
    categories=("all",),
    has_generation=True,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    default_grace=default_grace,
    columns=COLUMNS,
    row=row,
    selectable={
        "spec.nodeName": _spec("nodeName"),
        "spec.restartPolicy": _spec("restartPolicy"),
        "spec.schedulerName": _spec("schedulerName"),
        "spec.serviceAccountName": _spec("serviceAccountName"),
        "spec.hostNetwork": lambda pod: "true" if pod.get("spec", {}).get("hostNetwork") else "false",
        "status.phase": _status("phase"),
        "status.podIP": _status("podIP"),
        "status.nominatedNodeName": _status("nominatedNodeName"),
    },
    subresources={
        "status": status_subresource(),
        "ephemeralcontainers": Subresource("ephemeralcontainers"),
        "resize": Subresource("resize"),
        "binding": Subresource("binding", verbs=("create",), kind="Binding", version="v1"),
        "eviction": Subresource("eviction", verbs=("create",), kind="Eviction", group="policy", version="v1"),
        "log": Subresource("log", verbs=("get",)),
        "exec": Subresource("exec", verbs=("create", "get"), kind="PodExecOptions", version="v1"),
        "attach": Subresource("attach", verbs=("create", "get"), kind="PodAttachOptions", version="v1"),
        "portforward": Subresource("portforward", verbs=("create", "get"), kind="PodPortForwardOptions", version="v1"),
        "proxy": Subresource("proxy", verbs=("create", "delete", "get", "patch", "update"), kind="PodProxyOptions", version="v1"),
    },
)
