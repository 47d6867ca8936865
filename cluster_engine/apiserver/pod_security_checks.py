"""The Pod Security Standards: what a pod may not ask for at the levels baseline and restricted.

Models staging/src/k8s.io/pod-security-admission/policy/check_*.go. Each check looks at one pod and says what is wrong, or "".
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cluster_engine.machinery.manifest import Manifest, at

LATEST = 10_000
SAFE_CAPABILITIES = frozenset(
    ("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT")
)  # fmt: skip
SAFE_VOLUMES = frozenset(("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret", "image"))
SAFE_SELINUX = frozenset(("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"))
SYSCTLS = (
    (0, "kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.ip_unprivileged_port_start net.ipv4.tcp_syncookies net.ipv4.ping_group_range"),
    (27, "net.ipv4.ip_local_reserved_ports"),
    (29, "net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes"),
    (32, "net.ipv4.tcp_rmem net.ipv4.tcp_wmem"),
)
APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod, or the template of one, as the checks look at it; `version` is the minor version of the policy."""

    annotations: dict[str, str]
    spec: Manifest
    version: int

    @property
    def containers(self) -> Iterator[Manifest]:
        for field in ("initContainers", "containers", "ephemeralContainers"):
            yield from self.spec.get(field) or ()

    @property
    def is_windows(self) -> bool:
        return self.version >= 25 and at(self.spec, "os.name") == "windows"


@dataclass(frozen=True, slots=True)
class Found:
    """One violation: `reason` in short and `detail` with names."""

    reason: str
    detail: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.detail})" if self.detail else self.reason


def _quoted(words: Iterable[str]) -> str:
    return ", ".join(json.dumps(w, ensure_ascii=False) for w in words)


def _noun(one: str, many: str, count: int) -> str:
    return one if count == 1 else many


def _containers(names: list[str]) -> str:
    return f"{_noun('container', 'containers', len(names))} {_quoted(names)}"


def _named(pod: Pod, wrong: Callable[[Manifest], bool]) -> list[str]:
    return [c["name"] for c in pod.containers if wrong(c)]


def _allow_privilege_escalation(pod: Pod) -> Found | None:
    bad = [] if pod.is_windows else _named(pod, lambda c: at(c, "securityContext.allowPrivilegeEscalation") is not False)
    return Found("allowPrivilegeEscalation != false", f"{_containers(bad)} must set securityContext.allowPrivilegeEscalation=false") if bad else None


def _app_armor(pod: Pod) -> Found | None:
    def wrong(value: str) -> bool:
        return bool(value) and value != "runtime/default" and not value.startswith("localhost/")

    found = [f'{key}="{value}"' for key, value in pod.annotations.items() if key.startswith(APPARMOR) and wrong(value)]
    setters = ["pod"] if _bad_apparmor(pod.spec) else []
    bad = _named(pod, _bad_apparmor)
    setters += [_containers(bad)] if bad else []
    if setters:
        types = {_apparmor_type(o) for o in (pod.spec, *pod.containers) if _bad_apparmor(o)}
        found.append(f"{' and '.join(setters)} must not set AppArmor profile type to {_quoted(sorted(types))}")
    found.sort()
    return Found(_noun("forbidden AppArmor profile", "forbidden AppArmor profiles", len(found)), ", ".join(found)) if found else None


def _apparmor_type(owner: Manifest) -> str:
    return at(owner, "securityContext.appArmorProfile.type") or ""


def _bad_apparmor(owner: Manifest) -> bool:
    profile = at(owner, "securityContext.appArmorProfile")
    return profile is not None and profile.get("type") not in ("RuntimeDefault", "Localhost")


def _added(pod: Pod, safe: frozenset[str]) -> tuple[list[str], list[str]]:
    """Containers that add capabilities beyond `safe`, and those capabilities."""
    beyond = {c["name"]: set(at(c, "securityContext.capabilities.add") or ()) - safe for c in pod.containers}
    return [name for name, extra in beyond.items() if extra], sorted(set[str]().union(*beyond.values()))


def _capabilities_baseline(pod: Pod) -> Found | None:
    bad, extra = _added(pod, SAFE_CAPABILITIES)
    return Found("non-default capabilities", f"{_containers(bad)} must not include {_quoted(extra)} in securityContext.capabilities.add") if bad else None


def _capabilities_restricted(pod: Pod) -> Found | None:
    if pod.is_windows or pod.version < 22:
        return None
    keeps = _named(pod, lambda c: "ALL" not in (at(c, "securityContext.capabilities.drop") or ()))
    bad, extra = _added(pod, frozenset(("NET_BIND_SERVICE",)))
    parts = [f'{_containers(keeps)} must set securityContext.capabilities.drop=["ALL"]'] if keeps else []
    parts += [f"{_containers(bad)} must not include {_quoted(extra)} in securityContext.capabilities.add"] if bad else []
    return Found("unrestricted capabilities", "; ".join(parts)) if parts else None


def _host_namespaces(pod: Pod) -> Found | None:
    found = [f"{field}=true" for field in ("hostNetwork", "hostPID", "hostIPC") if pod.spec.get(field)]
    return Found("host namespaces", ", ".join(found)) if found else None


def _host_path_volumes(pod: Pod) -> Found | None:
    bad = [v["name"] for v in pod.spec.get("volumes") or () if "hostPath" in v]
    return Found("hostPath volumes", f"{_noun('volume', 'volumes', len(bad))} {_quoted(bad)}") if bad else None


def _host_ports(pod: Pod) -> Found | None:
    ports = {c["name"]: {p["hostPort"] for p in c.get("ports") or () if p.get("hostPort")} for c in pod.containers}
    bad, used = [n for n, p in ports.items() if p], sorted(set[int]().union(*ports.values()), key=str)
    if not bad:
        return None
    text = f"{_containers(bad)} {_noun('uses', 'use', len(bad))} {_noun('hostPort', 'hostPorts', len(used))} {', '.join(map(str, used))}"
    return Found("hostPort", text)


def _handler_hosts(container: Manifest) -> set[str]:
    handlers = [container.get(p) or {} for p in PROBES] + [at(container, f"lifecycle.{hook}") or {} for hook in ("postStart", "preStop")]
    return {host for h in handlers for kind in ("httpGet", "tcpSocket") if (host := at(h, f"{kind}.host"))}


def _host_probes(pod: Pod) -> Found | None:
    if pod.version < 34:
        return None
    hosts = {c["name"]: _handler_hosts(c) for c in pod.containers}
    bad, used = sorted(n for n, h in hosts.items() if h), sorted(set[str]().union(*hosts.values()))
    if not bad:
        return None
    noun = _noun("probe or lifecycle host", "probe or lifecycle hosts", len(used))
    return Found("probe or lifecycle host", f"{_containers(bad)} {_noun('uses', 'use', len(bad))} {noun} {_quoted(used)}")


def _privileged(pod: Pod) -> Found | None:
    bad = _named(pod, lambda c: at(c, "securityContext.privileged") is True)
    return Found("privileged", f"{_containers(bad)} must not set securityContext.privileged=true") if bad else None


def _proc_mount(pod: Pod) -> Found | None:
    if pod.version >= 35 and pod.spec.get("hostUsers") is False:
        return None
    values = {c["name"]: at(c, "securityContext.procMount") for c in pod.containers}
    bad = {n: v for n, v in values.items() if v not in (None, "Default")}
    return Found("procMount", f"{_containers(list(bad))} must not set securityContext.procMount to {_quoted(sorted(set(bad.values())))}") if bad else None


def _restricted_volumes(pod: Pod) -> Found | None:
    bad: list[str] = []
    kinds: set[str] = set()
    for volume in pod.spec.get("volumes") or ():
        kind = next((k for k in volume if k != "name"), "unknown")
        if kind not in SAFE_VOLUMES:
            bad.append(volume["name"])
            kinds.add(kind)
    if not bad:
        return None
    text = f"{_noun('volume', 'volumes', len(bad))} {_quoted(bad)} {_noun('uses', 'use', len(bad))} restricted volume {_noun('type', 'types', len(kinds))}"
    return Found("restricted volume types", f"{text} {_quoted(sorted(kinds))}")


def _run_as_non_root(pod: Pod) -> Found | None:
    if pod.version >= 35 and pod.spec.get("hostUsers") is False:
        return None
    of_pod = at(pod.spec, "securityContext.runAsNonRoot")
    own = {c["name"]: at(c, "securityContext.runAsNonRoot") for c in pod.containers}
    explicit, implicit = [n for n, v in own.items() if v is False], [n for n, v in own.items() if v is None]
    setters = (["pod"] if of_pod is False and implicit else []) + ([_containers(explicit)] if explicit else [])
    if of_pod is False and not explicit and not implicit:
        setters = []
    if setters:
        return Found("runAsNonRoot != true", f"{' and '.join(setters)} must not set securityContext.runAsNonRoot=false")
    if of_pod is None and implicit:
        return Found("runAsNonRoot != true", f"pod or {_containers(implicit)} must set securityContext.runAsNonRoot=true")
    return None


def _run_as_user(pod: Pod) -> Found | None:
    if pod.version < 23 or (pod.version >= 35 and pod.spec.get("hostUsers") is False):
        return None
    bad = _named(pod, lambda c: at(c, "securityContext.runAsUser") == 0)
    setters = (["pod"] if at(pod.spec, "securityContext.runAsUser") == 0 else []) + ([_containers(bad)] if bad else [])
    return Found("runAsUser=0", f"{' and '.join(setters)} must not set runAsUser=0") if setters else None


def _seccomp(owner: Manifest) -> str | None:
    kind: str | None = at(owner, "securityContext.seccompProfile.type")
    return kind


def _wrong_seccomp(pod: Pod) -> Found | None:
    def wrong(kind: str | None) -> bool:
        return kind is not None and kind not in ("RuntimeDefault", "Localhost")

    bad = _named(pod, lambda c: wrong(_seccomp(c)))
    setters = (["pod"] if wrong(_seccomp(pod.spec)) else []) + ([_containers(bad)] if bad else [])
    kinds = sorted({kind for o in (pod.spec, *pod.containers) if (kind := _seccomp(o)) and wrong(kind)})
    return Found("seccompProfile", f"{' and '.join(setters)} must not set securityContext.seccompProfile.type to {_quoted(kinds)}") if setters else None


def _seccomp_baseline(pod: Pod) -> Found | None:
    return _wrong_seccomp(pod) if pod.version >= 19 else None


def _seccomp_restricted(pod: Pod) -> Found | None:
    if pod.is_windows or pod.version < 19:
        return None
    if (found := _wrong_seccomp(pod)) is not None:
        return found
    lacking = [] if _seccomp(pod.spec) is not None else _named(pod, lambda c: _seccomp(c) is None)
    wanted = 'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
    return Found("seccompProfile", f"pod or {_containers(lacking)} must set {wanted}") if lacking else None


def _selinux(pod: Pod) -> Found | None:
    def options(owner: Manifest) -> Manifest:
        return at(owner, "securityContext.seLinuxOptions") or {}

    def wrong(owner: Manifest) -> bool:
        return options(owner).get("type", "") not in SAFE_SELINUX or bool(options(owner).get("user") or options(owner).get("role"))

    bad = _named(pod, wrong)
    setters = (["pod"] if wrong(pod.spec) else []) + ([_containers(bad)] if bad else [])
    if not setters:
        return None
    owners = [options(o) for o in (pod.spec, *pod.containers)]
    types = sorted({o.get("type", "") for o in owners} - SAFE_SELINUX)
    data = [f"{_noun('type', 'types', len(types))} {_quoted(types)}"] if types else []
    data += ["user may not be set"] if any(o.get("user") for o in owners) else []
    data += ["role may not be set"] if any(o.get("role") for o in owners) else []
    return Found("seLinuxOptions", f"{' and '.join(setters)} set forbidden securityContext.seLinuxOptions: {'; '.join(data)}")


def _sysctls(pod: Pod) -> Found | None:
    safe = {name for since, names in SYSCTLS if pod.version >= since for name in names.split()}
    bad = [s["name"] for s in at(pod.spec, "securityContext.sysctls") or () if s["name"] not in safe]
    return Found("forbidden sysctls", ", ".join(bad)) if bad else None


def _host_process(pod: Pod) -> Found | None:
    def wrong(owner: Manifest) -> bool:
        return at(owner, "securityContext.windowsOptions.hostProcess") is True

    bad = _named(pod, wrong)
    setters = (["pod"] if wrong(pod.spec) else []) + ([_containers(bad)] if bad else [])
    return Found("hostProcess", f"{' and '.join(setters)} must not set securityContext.windowsOptions.hostProcess=true") if setters else None


Check = Callable[[Pod], Found | None]
BASELINE: dict[str, Check] = {
    "appArmorProfile": _app_armor, "capabilities_baseline": _capabilities_baseline, "hostNamespaces": _host_namespaces,
    "hostPathVolumes": _host_path_volumes, "hostPorts": _host_ports, "hostProbesAndHostLifecycle": _host_probes, "privileged": _privileged,
    "procMount": _proc_mount, "seLinuxOptions": _selinux, "seccompProfile_baseline": _seccomp_baseline, "sysctls": _sysctls,
    "windowsHostProcess": _host_process,
}  # fmt: skip
OVERRIDDEN = ("capabilities_baseline", "seccompProfile_baseline", "hostPathVolumes")
RESTRICTED: dict[str, Check] = {k: v for k, v in BASELINE.items() if k not in OVERRIDDEN} | {
    "allowPrivilegeEscalation": _allow_privilege_escalation, "capabilities_restricted": _capabilities_restricted,
    "restrictedVolumes": _restricted_volumes, "runAsNonRoot": _run_as_non_root, "runAsUser": _run_as_user,
    "seccompProfile_restricted": _seccomp_restricted,
}  # fmt: skip
LEVELS: dict[str, dict[str, Check]] = {"privileged": {}, "baseline": BASELINE, "restricted": RESTRICTED}


def violations(level: str, version: int, annotations: dict[str, str], spec: Manifest) -> list[Found]:
    """What a pod does that its level forbids, in the order of the checks' names."""
    pod, checks = Pod(annotations, spec, version), LEVELS[level]
    return [found for name in sorted(checks) if (found := checks[name](pod)) is not None]
