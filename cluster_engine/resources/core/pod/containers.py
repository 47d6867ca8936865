"""Containers: main, init and ephemeral ones, with what upstream fills in for each.

Models pkg/apis/core/v1/defaults.go (SetDefaults_Container) and validation.validateContainers, validateInitContainers.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid, not_found, not_supported, required
from cluster_engine.resources.checks import label, required_one_of
from cluster_engine.resources.core.pod.env import default_env, validate_env, validate_env_from
from cluster_engine.resources.core.pod.images import default_pull_policy
from cluster_engine.resources.core.pod.mounts import Volumes, validate_devices, validate_mounts
from cluster_engine.resources.core.pod.ports import validate_host_ports, validate_ports
from cluster_engine.resources.core.pod.probes import PROBES, default_container_probes, validate_lifecycle, validate_probes
from cluster_engine.resources.core.pod.resources import validate_resources
from cluster_engine.resources.core.pod.security import validate_security
from cluster_engine.resources.core.resource_names import round_amounts
from cluster_engine.resources.kind import Manifest

LISTS = ("initContainers", "containers", "ephemeralContainers")


def all_containers(spec: Manifest) -> Iterator[Manifest]:
    """Every container of a pod, in the order of upstream's visitor: init, main, ephemeral."""
    for name in LISTS:
        yield from spec.get(name) or ()


def default_container(container: Manifest) -> None:
    if not container.get("imagePullPolicy"):
        container["imagePullPolicy"] = default_pull_policy(container.get("image", ""))
    resources = container.setdefault("resources", {})
    if resources:
        round_amounts(resources.get("limits"))
        round_amounts(resources.get("requests"))
    if not container.get("terminationMessagePath"):
        container["terminationMessagePath"] = "/dev/termination-log"
    if not container.get("terminationMessagePolicy"):
        container["terminationMessagePolicy"] = "File"
    for port in container.get("ports") or ():
        if not port.get("protocol"):
            port["protocol"] = "TCP"
    default_env(container)
    default_container_probes(container)


MESSAGE_POLICIES = ("File", "FallbackToLogsOnError")
PULL_POLICIES = ("Always", "IfNotPresent", "Never")
RESTART_POLICIES = ("Always", "Never", "OnFailure")
RESIZE_RESOURCES, RESIZE_POLICIES = ("cpu", "memory"), ("NotRequired", "RestartContainer")
RULE_ACTIONS, RULE_OPERATORS = ("Restart", "RestartAllContainers"), ("In", "NotIn")
NOT_FOR_INIT = "may not be set for init containers without restartPolicy=Always"
NOT_FOR_EPHEMERAL = "cannot be set for an Ephemeral Container"
FORBIDDEN_FOR_EPHEMERAL = ("ports", "resources", "resizePolicy", "restartPolicy", "restartPolicyRules", *PROBES, "lifecycle")


@dataclass(frozen=True, slots=True)
class PodContext:
    """What the rules of a container must know of its pod."""

    volumes: Volumes
    claims: frozenset[str]
    grace: int | None
    restart_policy: str
    host_users: bool


def validate_containers(containers: list[Manifest], pod: PodContext, path: str, found: Errors) -> None:
    if not containers:
        found.append(required(path))
        return
    names: set[str] = set()
    ports = False
    for i, container in enumerate(containers):
        here = f"{path}[{i}]"
        validate_common(container, pod, here, found)
        name = container.get("name", "")
        if name in names:
            found.append(duplicate(f"{here}.name", name))
        names.add(name)
        if (lifecycle := container.get("lifecycle")) is not None:
            validate_lifecycle(lifecycle, pod.grace, f"{here}.lifecycle", found)
        validate_probes(container, pod.grace, here, found)
        ports = ports or "ports" in container
    if ports:
        validate_host_ports(containers, path, found)


def validate_init_containers(containers: list[Manifest], main: list[Manifest], pod: PodContext, path: str, found: Errors) -> None:
    names = {c.get("name", "") for c in main}
    for i, container in enumerate(containers):
        here = f"{path}[{i}]"
        validate_common(container, pod, here, found)
        name = container.get("name", "")
        if name in names:
            found.append(duplicate(f"{here}.name", name))
        elif name:
            names.add(name)
        validate_host_ports([container], path, found)
        if container.get("restartPolicy") == "Always":
            if (lifecycle := container.get("lifecycle")) is not None:
                validate_lifecycle(lifecycle, pod.grace, f"{here}.lifecycle", found)
            validate_probes(container, pod.grace, here, found)
            continue
        for field in ("lifecycle", *PROBES):
            if container.get(field) is not None:
                found.append(forbidden(f"{here}.{field}", NOT_FOR_INIT))


def validate_ephemeral_containers(spec: Manifest, pod: PodContext, path: str, found: Errors) -> None:
    others = {c.get("name", "") for name in ("containers", "initContainers") for c in spec.get(name) or ()}
    names = set(others)
    for i, container in enumerate(spec["ephemeralContainers"]):
        here, name = f"{path}[{i}]", container.get("name", "")
        validate_common(container, pod, here, found)
        validate_image_padding(container, here, found)
        if name in names:
            found.append(duplicate(f"{here}.name", name))
        names.add(name)
        if (target := container.get("targetContainerName")) and target not in others:
            found.append(not_found(f"{here}.targetContainerName", target))
        for field in FORBIDDEN_FOR_EPHEMERAL:
            if container.get(field):
                found.append(forbidden(f"{here}.{field}", NOT_FOR_EPHEMERAL))
        for j, mount in enumerate(container.get("volumeMounts") or ()):
            for field in ("subPath", "subPathExpr"):
                if mount.get(field):
                    found.append(forbidden(f"{here}.volumeMounts[{j}].{field}", NOT_FOR_EPHEMERAL))


def validate_image_padding(container: Manifest, path: str, found: Errors) -> None:
    """Of pods only: templates may hold an image that is filled in later."""
    image = container.get("image", "")
    if image.strip() != image:
        found.append(invalid(f"{path}.image", image, "must not have leading or trailing whitespace"))


def validate_common(container: Manifest, pod: PodContext, path: str, found: Errors) -> None:
    """What holds for every container, whatever its part in the pod."""
    name = container.get("name")
    if not name:
        found.append(required(f"{path}.name"))
    else:
        label(f"{path}.name", name, found)
    if not container.get("image"):
        found.append(required(f"{path}.image"))
    if container.get("terminationMessagePolicy") != "File":
        required_one_of(f"{path}.terminationMessagePolicy", container.get("terminationMessagePolicy"), MESSAGE_POLICIES, found)
    if ports := container.get("ports"):
        validate_ports(ports, f"{path}.ports", found)
    if env := container.get("env"):
        validate_env(env, f"{path}.env", found)
    if env_from := container.get("envFrom"):
        validate_env_from(env_from, f"{path}.envFrom", found)
    if container.get("volumeMounts"):
        validate_mounts(container, pod.volumes, f"{path}.volumeMounts", found)
    if container.get("volumeDevices"):
        validate_devices(container, pod.volumes, f"{path}.volumeDevices", found)
    if container.get("imagePullPolicy") not in PULL_POLICIES:
        required_one_of(f"{path}.imagePullPolicy", container.get("imagePullPolicy"), PULL_POLICIES, found)
    if resources := container.get("resources"):
        validate_resources(resources, pod.claims, f"{path}.resources", found)
    if resize := container.get("resizePolicy"):
        _validate_resize(resize, pod.restart_policy, f"{path}.resizePolicy", found)
    if "restartPolicy" in container or "restartPolicyRules" in container:
        _validate_restart(container, path, found)
    if (context := container.get("securityContext")) is not None:
        validate_security(context, pod.host_users, f"{path}.securityContext", found)


def _validate_resize(policies: list[Manifest], restart_policy: str, path: str, found: Errors) -> None:
    seen: set[str] = set()
    for i, policy in enumerate(policies):
        name, restart = policy.get("resourceName", ""), policy.get("restartPolicy", "")
        if name in seen:
            found.append(duplicate(f"{path}[{i}]", name))
        seen.add(name)
        required_one_of(path, name, RESIZE_RESOURCES, found)
        required_one_of(path, restart, RESIZE_POLICIES, found)
        if restart_policy == "Never" and restart != "NotRequired":
            found.append(invalid(path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'"))


def _validate_restart(container: Manifest, path: str, found: Errors) -> None:
    """A container's own restart policy, and the exit codes for which it holds."""
    policy, rules = container.get("restartPolicy"), container.get("restartPolicyRules") or ()
    if policy is None:
        if rules:
            found.append(required(f"{path}.restartPolicy", "must specify restartPolicy when restart rules are used"))
    elif policy not in RESTART_POLICIES:
        found.append(not_supported(f"{path}.restartPolicy", policy, RESTART_POLICIES))
    for i, rule in enumerate(rules):
        here = f"{path}.restartPolicyRules[{i}]"
        required_one_of(f"{here}.action", rule.get("action"), RULE_ACTIONS, found)
        codes = rule.get("exitCodes")
        if codes is None:
            found.append(required(f"{here}.exitCodes", "must be specified"))
        else:
            required_one_of(f"{here}.exitCodes.operator", codes.get("operator"), RULE_OPERATORS, found)
