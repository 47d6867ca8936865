"""Warnings about pods and templates: what is allowed, but hardly meant.

Models pkg/api/pod/warnings.go.
"""

from collections.abc import Iterator

from cluster_engine.machinery import names
from cluster_engine.machinery.field import quoted
from cluster_engine.machinery.quantity import parse
from cluster_engine.resources.addresses import ip_warnings
from cluster_engine.resources.core.pod.annotations import APP_ARMOR, SECCOMP_CONTAINER, SECCOMP_POD
from cluster_engine.resources.core.pod.containers import LISTS
from cluster_engine.resources.core.pod.path_warnings import overlaps
from cluster_engine.resources.kind import Manifest

OLD_ANNOTATIONS = (
    ("scheduler.alpha.kubernetes.io/critical-pod", 'non-functional in v1.16+; use the "priorityClassName" field instead'),
    ("security.alpha.kubernetes.io/sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'),
    ("security.alpha.kubernetes.io/unsafe-sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'),
)
OLD_VOLUMES = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}
OLD_NODE_LABELS = {
    "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
    "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
    "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
    "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}
SECCOMP = 'non-functional in v1.27+; use the "seccompProfile" field instead'
BYTES = ("memory", "ephemeral-storage")
HOSTNAME = "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: "
POD_NAMES = "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: "


def pod_warnings(pod: Manifest, old: Manifest | None) -> list[str]:
    """On create only: hardly anybody updates pods by hand."""
    if old is not None:
        return []
    found = list(_warnings(pod["spec"], pod["metadata"], "", ""))
    if messages := names.is_dns1123_label(pod["metadata"].get("name", "")):
        found.append(f"{HOSTNAME}[{' '.join(messages)}]")
    return found


def named_template_warnings(owner: Manifest, old: Manifest | None) -> list[str]:
    """Of a workload whose own name goes into the names of its pods."""
    messages = names.is_dns1123_label(owner["metadata"].get("name", "")) if old is None else []
    return ([f"{POD_NAMES}[{' '.join(messages)}]"] if messages else []) + template_warnings(owner, old)


def template_warnings(owner: Manifest, old: Manifest | None) -> list[str]:
    spec = owner.get("spec") or {}
    if old is not None and spec == old.get("spec"):
        return []
    template = spec.get("template") or {}
    return list(_warnings(template.get("spec") or {}, template.get("metadata") or {}, "spec.template.", "spec.template."))


def _warnings(spec: Manifest, meta: Manifest, path: str, template: str) -> Iterator[str]:
    yield from _scheduling(spec, path)
    annotations = meta.get("annotations") or {}
    for key, message in OLD_ANNOTATIONS:
        if key in annotations:
            yield f"{path}metadata.annotations[{key}]: {message}"
    if spec.get("volumes"):
        yield from _volumes(spec["volumes"], path)
    yield from _lists(spec, path)
    for name in BYTES:
        yield from _fraction((spec.get("overhead") or {}).get(name), f"{path}spec.overhead[{name}]")
    context = spec.get("securityContext") or {}
    if SECCOMP_POD in annotations and context.get("seccompProfile") is None:
        yield f"{path}metadata.annotations[{SECCOMP_POD}]: {SECCOMP}"
    containers = [(c, f"{path}spec.{name}[{i}]") for name in LISTS for i, c in enumerate(spec.get(name) or ())]
    for container, here in containers:
        if annotations:
            yield from _profiles(container, annotations, context, path, bool(template))
        yield from _container(container, here)
    if any(c.get("ports") for c, _ in containers):
        yield from _ports(containers)
        yield from _port_names(containers)
    if spec.get("terminationGracePeriodSeconds", 0) < 0:
        yield f"{path}spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
    if spec.get("affinity"):
        yield from _pod_affinity(spec["affinity"], f"{path}spec.affinity")
    for i, server in enumerate((spec.get("dnsConfig") or {}).get("nameservers") or ()):
        yield from ip_warnings(f"{path}spec.dnsConfig.nameservers[{i}]", server)
    for i, alias in enumerate(spec.get("hostAliases") or ()):
        yield from ip_warnings(f"{path}spec.hostAliases[{i}].ip", alias.get("ip", ""))


def _scheduling(spec: Manifest, path: str) -> Iterator[str]:
    for key in spec.get("nodeSelector") or ():
        if key in OLD_NODE_LABELS:
            yield f"{path}spec.nodeSelector[{key}]: {OLD_NODE_LABELS[key]}"
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    hard, soft = "requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution"
    for i, term in enumerate((affinity.get(hard) or {}).get("nodeSelectorTerms") or ()):
        yield from _term(term, f"{path}spec.affinity.nodeAffinity.{hard}.nodeSelectorTerms[{i}]")
    for i, term in enumerate(affinity.get(soft) or ()):
        yield from _term(term.get("preference") or {}, f"{path}spec.affinity.nodeAffinity.{soft}[{i}].preference", values=True)
    for i, constraint in enumerate(spec.get("topologySpreadConstraints") or ()):
        here, key = f"{path}spec.topologySpreadConstraints[{i}]", constraint.get("topologyKey", "")
        if key in OLD_NODE_LABELS:
            yield f"{here}.topologyKey: {key} is {OLD_NODE_LABELS[key]}"
        if constraint.get("labelSelector") is None:
            yield f"{here}.labelSelector: a null labelSelector results in matching no pod"


def _term(term: Manifest, path: str, values: bool = False) -> Iterator[str]:
    """`values`: label values count too; where they must fit, they were refused already."""
    for i, expression in enumerate(term.get("matchExpressions") or ()):
        key = expression.get("key", "")
        if key in OLD_NODE_LABELS:
            yield f"{path}.matchExpressions[{i}].key: {key} is {OLD_NODE_LABELS[key]}"
        for j, value in enumerate(expression.get("values") or ()) if values else ():
            for message in names.is_label_value(value):
                yield f"{path}.matchExpressions[{i}].values[{j}]: {value} is invalid, {message}"


def _pod_affinity(affinity: Manifest, path: str) -> Iterator[str]:
    nothing = "a null labelSelector results in matching no pod"
    for kind in ("podAffinity", "podAntiAffinity"):
        part = affinity.get(kind) or {}
        for i, term in enumerate(part.get("requiredDuringSchedulingIgnoredDuringExecution") or ()):
            if term.get("labelSelector") is None:
                yield f"{path}.{kind}.requiredDuringSchedulingIgnoredDuringExecution[{i}].labelSelector: {nothing}"
        for i, weighted in enumerate(part.get("preferredDuringSchedulingIgnoredDuringExecution") or ()):
            if (weighted.get("podAffinityTerm") or {}).get("labelSelector") is None:
                yield f"{path}.{kind}.preferredDuringSchedulingIgnoredDuringExecution[{i}].podAffinityTerm.labelSelector: {nothing}"


def _volumes(volumes: list[Manifest], path: str) -> Iterator[str]:
    for i, volume in enumerate(volumes):
        for name in volume:
            if name in OLD_VOLUMES:
                yield f"{path}spec.volumes[{i}].{'storageOS' if name == 'storageos' else name}: {OLD_VOLUMES[name]}"
        storage = ((((volume.get("ephemeral") or {}).get("volumeClaimTemplate") or {}).get("spec") or {}).get("resources") or {}).get("requests") or {}
        here = f"{path}spec.volumes[{i}].ephemeral.volumeClaimTemplate.spec.resources.requests[storage]"
        yield from _fraction(storage.get("storage"), here)
    yield from overlaps(volumes)


def _lists(spec: Manifest, path: str) -> Iterator[str]:
    for field, key in (("hostAliases", "ip"), ("imagePullSecrets", "name")):
        seen: set[str] = set()
        for i, item in enumerate(spec.get(field) or ()):
            value = item.get(key, "")
            if value in seen:
                yield f"{path}spec.{field}[{i}].{key}: duplicate {key} {quoted(value)}"
            seen.add(value)
    for i, secret in enumerate(spec.get("imagePullSecrets") or ()):
        if not secret.get("name"):
            yield f'{path}spec.imagePullSecrets[{i}].name: invalid empty name ""'


def _fraction(text: str | None, path: str) -> Iterator[str]:
    if text is not None and not parse(text).is_integer:
        yield f"{path}: fractional byte value {quoted(text)} is invalid, must be an integer"


def _profiles(container: Manifest, annotations: dict[str, str], pod: Manifest, path: str, template: bool) -> Iterator[str]:
    own, name = container.get("securityContext") or {}, container.get("name", "")
    if SECCOMP_CONTAINER + name in annotations and own.get("seccompProfile") is None:
        yield f"{path}metadata.annotations[{SECCOMP_CONTAINER}{name}]: {SECCOMP}"
    if template and APP_ARMOR + name in annotations and own.get("appArmorProfile") is None and pod.get("appArmorProfile") is None:
        yield f'{path}metadata.annotations[{APP_ARMOR}{name}]: deprecated since v1.30; use the "appArmorProfile" field instead'


def _container(container: Manifest, path: str) -> Iterator[str]:
    resources = container.get("resources") or {}
    for part in ("limits", "requests") if resources else ():
        for name in BYTES:
            yield from _fraction((resources.get(part) or {}).get(name), f"{path}.resources.{part}[{name}]")
    variables = container.get("env") or ()
    if len(variables) < 2:
        return
    seen: set[str] = set()
    for i, variable in enumerate(variables):
        name = variable.get("name", "")
        reference, value = f"$({name})", variable.get("value", "")
        if name in seen and (variable.get("valueFrom") is not None or value == reference or reference not in value):
            yield f"{path}.env[{i}]: hides previous definition of {quoted(name)}, which may be dropped when using apply"
        seen.add(name)


def _ports(containers: list[tuple[Manifest, str]]) -> Iterator[str]:
    known: dict[tuple[int, str], list[tuple[str, Manifest]]] = {}
    for container, path in containers:
        for i, port in enumerate(container.get("ports") or ()):
            here, host = f"{path}.ports[{i}]", port.get("hostPort", 0)
            if port.get("hostIP") and not host:
                yield f"{here}: hostIP set without hostPort: {_shown(port)}"
            others = known.setdefault((port.get("containerPort", 0), port.get("protocol", "")), [])
            for other_path, other in others:
                yield from _overlap(port, other, here, other_path)
            others.append((here, port))


def _port_names(containers: list[tuple[Manifest, str]]) -> Iterator[str]:
    known: dict[str, str] = {}
    for container, path in containers:
        for i, port in enumerate(container.get("ports") or ()):
            name, here = port.get("name"), f"{path}.ports[{i}]"
            if name and name in known:
                there = known[name]
                yield f"{here}: duplicate port name {quoted(name)} with {there}, services and probes that select ports by name will use {there}"
            elif name:
                known[name] = here


def _overlap(port: Manifest, other: Manifest, here: str, there: str) -> Iterator[str]:
    host, other_host = port.get("hostPort", 0), other.get("hostPort", 0)
    ip, other_ip = port.get("hostIP", ""), other.get("hostIP", "")
    if ip == other_ip and host == other_host:
        yield f"{here}: duplicate port definition with {there}"
    elif not host or not other_host:
        yield f"{here}: overlapping port definition with {there}"
    elif host == other_host and (not ip) != (not other_ip):
        yield f"{here}: dangerously ambiguous port definition with {there}"


def _shown(port: Manifest) -> str:
    return (
        f"{{Name:{port.get('name', '')} HostPort:{port.get('hostPort', 0)} ContainerPort:{port.get('containerPort', 0)} "
        f"Protocol:{port.get('protocol', '')} HostIP:{port.get('hostIP', '')}}}"
    )
