"""Pod: the smallest thing that is scheduled and run.

Models pkg/registry/core/pod/strategy.go and pkg/apis/core/v1/defaults.go (SetDefaults_Pod).
"""

from collections.abc import Callable

from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery.field import Errors, forbidden
from cluster_engine.resources.core.pod import status, subresources, update
from cluster_engine.resources.core.pod.annotations import validate_pod_annotations
from cluster_engine.resources.core.pod.app_armor import fill_profiles, validate_profiles_match
from cluster_engine.resources.core.pod.containers import all_containers, validate_image_padding
from cluster_engine.resources.core.pod.features import drop_disabled
from cluster_engine.resources.core.pod.label_keys import merge_label_keys
from cluster_engine.resources.core.pod.qos import qos_class
from cluster_engine.resources.core.pod.resources import default_pod_requests, default_requests
from cluster_engine.resources.core.pod.spec import default_pod_spec, validate_pod_spec
from cluster_engine.resources.core.pod.table import COLUMNS, row
from cluster_engine.resources.core.pod.warnings import pod_warnings
from cluster_engine.resources.kind import Kind, Manifest, Request, Subresource, status_subresource


def default(pod: Manifest) -> None:
    spec = pod.setdefault("spec", {})
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    default_pod_spec(spec)
    for container in all_containers(spec):
        default_requests(container)
    default_pod_requests(spec)
    if spec.get("terminationGracePeriodSeconds", 0) < 0:
        spec["terminationGracePeriodSeconds"] = 1
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
    drop_disabled(pod["spec"])
    merge_label_keys(pod)
    fill_profiles(pod)
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


def default_grace(pod: Manifest) -> int:
    """Seconds to end in; none for a pod that no kubelet runs, or no longer runs."""
    spec, phase = pod.get("spec", {}), pod.get("status", {}).get("phase")
    if not spec.get("nodeName") or phase in ("Succeeded", "Failed"):
        return 0
    return int(spec.get("terminationGracePeriodSeconds", 30))


def validate(pod: Manifest) -> Errors:
    """What holds on create and on every update."""
    found: Errors = []
    metadata, spec = pod["metadata"], pod.get("spec") or {}
    if annotations := metadata.get("annotations"):
        validate_pod_annotations(annotations, spec, "metadata.annotations", found)
    validate_pod_spec(spec, metadata.get("name", ""), "spec", found, is_pod=True)
    if not spec.get("serviceAccountName"):
        _validate_no_token(spec, found)
    for name in ("containers", "initContainers"):
        for i, container in enumerate(spec.get(name) or ()):
            if container.get("image", "").strip() != container.get("image", ""):
                validate_image_padding(container, f"spec.{name}[{i}]", found)
    return found


def _validate_no_token(spec: Manifest, found: Errors) -> None:
    """Without an account there is nobody whom a token could speak for."""
    for i, volume in enumerate(spec.get("volumes") or ()):
        for j, source in enumerate((volume.get("projected") or {}).get("sources") or ()):
            if source.get("serviceAccountToken") is not None:
                path = f"spec.volumes[{i}].projected.sources[{j}].serviceAccountToken"
                found.append(forbidden(path, "must not be specified when serviceAccountName is not set"))


def validate_create(pod: Manifest) -> Errors:
    found: Errors = []
    spec = pod.get("spec") or {}
    if spec.get("ephemeralContainers"):
        found.append(forbidden("spec.ephemeralContainers", "cannot be set on create"))
    if spec.get("nodeName") and spec.get("schedulingGates"):
        found.append(forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared"))
    validate_profiles_match(pod, found)
    return found


def validate_ephemeral(pod: Manifest, old: Manifest) -> Errors:
    return validate(pod) + subresources.validate_ephemeral(pod, old)


def validate_resize(pod: Manifest, old: Manifest) -> Errors:
    return validate(pod) + subresources.validate_resize(pod, old)


def _spec(name: str) -> Callable[[Manifest], str]:
    return lambda pod: str(pod.get("spec", {}).get(name, ""))


def _status(name: str) -> Callable[[Manifest], str]:
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
    validate=validate,
    validate_create=validate_create,
    validate_update=update.validate_update,
    warnings=pod_warnings,
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
        "status": status_subresource(validate=status.validate_status),
        "ephemeralcontainers": Subresource("ephemeralcontainers", prepare=subresources.prepare_ephemeral, validate=validate_ephemeral),
        "resize": Subresource("resize", prepare=subresources.prepare_resize, validate=validate_resize),
        "binding": Subresource("binding", verbs=("create",), kind="Binding", version="v1"),
        "eviction": Subresource("eviction", verbs=("create",), kind="Eviction", group="policy", version="v1"),
        "log": Subresource("log", verbs=("get",)),
        "exec": Subresource("exec", verbs=("create", "get"), kind="PodExecOptions", version="v1"),
        "attach": Subresource("attach", verbs=("create", "get"), kind="PodAttachOptions", version="v1"),
        "portforward": Subresource("portforward", verbs=("create", "get"), kind="PodPortForwardOptions", version="v1"),
        "proxy": Subresource("proxy", verbs=("create", "delete", "get", "patch", "update"), kind="PodProxyOptions", version="v1"),
    },
)
