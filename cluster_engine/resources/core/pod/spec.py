"""A pod's specification as a whole: what holds for pods and for the templates of workloads.

Models pkg/apis/core/v1/defaults.go (SetDefaults_PodSpec) and validation.ValidatePodSpec.
"""

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid, not_supported, required
from cluster_engine.resources.checks import label, labels, qualified_name, required_label, required_one_of, subdomain
from cluster_engine.resources.core.pod.affinity import validate_affinity
from cluster_engine.resources.core.pod.containers import (
    PodContext,
    all_containers,
    default_container,
    validate_containers,
    validate_ephemeral_containers,
    validate_init_containers,
)
from cluster_engine.resources.core.pod.host import validate_dns, validate_host_aliases
from cluster_engine.resources.core.pod.ports import validate_host_network
from cluster_engine.resources.core.pod.resources import validate_pod_resources, validate_resources
from cluster_engine.resources.core.pod.security import validate_host_users, validate_pod_security
from cluster_engine.resources.core.pod.spread import validate_spread
from cluster_engine.resources.core.pod.system import validate_system
from cluster_engine.resources.core.pod.tolerations import validate_tolerations
from cluster_engine.resources.core.pod.volumes import default_volumes, validate_volumes
from cluster_engine.resources.kind import Manifest

DEFAULTS = (("restartPolicy", "Always"), ("dnsPolicy", "ClusterFirst"), ("schedulerName", "default-scheduler"))


def default_pod_spec(spec: Manifest) -> None:
    for name, value in DEFAULTS:
        if not spec.get(name):
            spec[name] = value
    if spec.get("terminationGracePeriodSeconds") is None:
        spec["terminationGracePeriodSeconds"] = 30
    if spec.get("securityContext") is None:
        spec["securityContext"] = {}
    mirror_service_account(spec)
    for container in all_containers(spec):
        default_container(container)
    default_volumes(spec)


def mirror_service_account(spec: Manifest) -> None:
    """`serviceAccount` is the old name of `serviceAccountName`; both are kept equal, and the new one wins."""
    name = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if name:
        spec["serviceAccountName"] = spec["serviceAccount"] = name


RESTART_POLICIES = ("Always", "OnFailure", "Never")
DNS_POLICIES = ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None")
PREEMPTION = ("PreemptLowerPriority", "Never")
MAX_INT32 = 2**31 - 1
NAMES = ("serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName")
LABELS = ("hostname", "subdomain")


def validate_pod_spec(spec: Manifest, pod_name: str, path: str, found: Errors, is_pod: bool = False) -> None:
    """`pod_name` is empty for templates."""
    grace = spec.get("terminationGracePeriodSeconds")
    if grace is None:
        found.append(required(f"{path}.terminationGracePeriodSeconds"))
    volumes = validate_volumes(spec["volumes"], pod_name, f"{path}.volumes", found) if spec.get("volumes") else {}
    claims = _validate_claims(spec["resourceClaims"], f"{path}.resourceClaims", found) if spec.get("resourceClaims") else frozenset()
    pod = PodContext(volumes, claims, grace, spec.get("restartPolicy", ""), spec.get("hostUsers") is not False)
    main = spec.get("containers") or []
    validate_containers(main, pod, f"{path}.containers", found)
    if init := spec.get("initContainers"):
        validate_init_containers(init, main, pod, f"{path}.initContainers", found)
    if spec.get("ephemeralContainers"):
        validate_ephemeral_containers(spec, pod, f"{path}.ephemeralContainers", found)
    if spec.get("resources") is not None:
        validate_pod_resources(spec, claims, f"{path}.resources", found)
    if spec.get("hostNetwork"):
        validate_host_network(spec, path, is_pod, found)
    required_one_of(f"{path}.restartPolicy", spec.get("restartPolicy"), RESTART_POLICIES, found)
    required_one_of(f"{path}.dnsPolicy", spec.get("dnsPolicy"), DNS_POLICIES, found)
    if context := spec.get("securityContext"):
        validate_pod_security(context, spec, f"{path}.securityContext", found)
    _validate_scheduling(spec, path, found)
    _validate_names(spec, path, found)
    _validate_rest(spec, path, found)


def _validate_claims(claims: list[Manifest], path: str, found: Errors) -> frozenset[str]:
    seen: set[str] = set()
    for i, claim in enumerate(claims):
        name, own, template = claim.get("name", ""), claim.get("resourceClaimName"), claim.get("resourceClaimTemplateName")
        if name in seen and name:
            found.append(duplicate(f"{path}[{i}].name", name))
        else:
            required_label(f"{path}[{i}].name", name, found)
        seen.add(name)
        shown = {"Name": name, "ResourceClaimName": own, "ResourceClaimTemplateName": template}
        if own is not None and template is not None:
            found.append(invalid(f"{path}[{i}]", shown, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"))
        if own is None and template is None:
            found.append(invalid(f"{path}[{i}]", shown, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"))
        for field, value in (("resourceClaimName", own), ("resourceClaimTemplateName", template)):
            if value is not None:
                subdomain(f"{path}[{i}].{field}", value, found)
    return frozenset(seen - {""})


def _validate_scheduling(spec: Manifest, path: str, found: Errors) -> None:
    labels(f"{path}.nodeSelector", spec.get("nodeSelector"), found)
    if affinity := spec.get("affinity"):
        validate_affinity(affinity, f"{path}.affinity", found)
    seen: set[str] = set()
    for i, gate in enumerate(spec.get("schedulingGates") or ()):
        name = gate.get("name", "")
        qualified_name(f"{path}.schedulingGates[{i}]", name, found)
        if name in seen:
            found.append(duplicate(f"{path}.schedulingGates[{i}]", name))
        seen.add(name)
    if constraints := spec.get("topologySpreadConstraints"):
        validate_spread(constraints, f"{path}.topologySpreadConstraints", found)
    if tolerations := spec.get("tolerations"):
        validate_tolerations(tolerations, f"{path}.tolerations", found)
    if (policy := spec.get("preemptionPolicy")) is not None:
        required_one_of(f"{path}.preemptionPolicy", policy, PREEMPTION, found)


def _validate_names(spec: Manifest, path: str, found: Errors) -> None:
    for name in NAMES:
        if value := spec.get(name):
            subdomain(f"{path}.{name}", value, found)
    for name in LABELS:
        if value := spec.get(name):
            label(f"{path}.{name}", value, found)
    if (override := spec.get("hostnameOverride")) is not None:
        _validate_hostname_override(override, spec, f"{path}.hostnameOverride", found)


def _validate_hostname_override(override: str, spec: Manifest, path: str, found: Errors) -> None:
    if spec.get("hostNetwork"):
        found.append(forbidden(path, "may not be specified when hostNetwork is true"))
    if spec.get("setHostnameAsFQDN"):
        found.append(forbidden(path, "may not be specified when setHostnameAsFQDN is true"))
    if len(override) > 64:
        found.append(invalid(path, override, names.max_length(64)))
    subdomain(path, override, found)


def _validate_rest(spec: Manifest, path: str, found: Errors) -> None:
    validate_dns(spec, f"{path}.dnsConfig", found)
    for i, gate in enumerate(spec.get("readinessGates") or ()):
        qualified_name(f"{path}.readinessGates[{i}].conditionType", gate.get("conditionType", ""), found)
    validate_host_users(spec, path, found)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= MAX_INT32:
        found.append(invalid(f"{path}.activeDeadlineSeconds", deadline, names.inclusive_range(1, MAX_INT32)))
    if aliases := spec.get("hostAliases"):
        validate_host_aliases(aliases, f"{path}.hostAliases", found)
    if overhead := spec.get("overhead"):
        validate_resources({"limits": overhead}, frozenset(), f"{path}.overhead", found)
    if (system := spec.get("os")) is not None:
        name = system.get("name")
        if not name:
            found.append(required(f"{path}.os.name", "cannot be empty"))
        elif name not in ("linux", "windows"):
            found.append(not_supported(f"{path}.os", name, ("linux", "windows")))
        else:
            validate_system(name, spec, path, found)
