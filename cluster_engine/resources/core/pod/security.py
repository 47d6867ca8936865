"""Security contexts: as whom containers run, and what they may do to the host.

Models validation.ValidateSecurityContext, validatePodSpecSecurityContext and their parts.
"""

import re

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid, not_supported, required, too_long
from cluster_engine.resources.checks import each, relative_path, subdomain
from cluster_engine.resources.kind import Manifest

PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
PROC_MOUNTS = ("Default", "Unmasked")
SYSCTL_SEGMENT = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
SYSCTL = f"({SYSCTL_SEGMENT}[\\./])*{SYSCTL_SEGMENT}"
_sysctl = re.compile(SYSCTL).fullmatch
PATH_MAX = 4095
IPC_SYSCTLS = ("kernel.shm", "kernel.msg", "fs.mqueue.")
OPTIONS = (
    ("fsGroupChangePolicy", frozenset({"Always", "OnRootMismatch"})),
    ("supplementalGroupsPolicy", frozenset({"Merge", "Strict"})),
    ("seLinuxChangePolicy", frozenset({"MountOption", "Recursive"})),
)


def validate_pod_security(context: Manifest, spec: Manifest, path: str, found: Errors) -> None:
    for name in ("fsGroup", "runAsUser", "runAsGroup"):
        if (number := context.get(name)) is not None:
            each(f"{path}.{name}", number, names.is_user_or_group_id(number), found)
    for i, group in enumerate(context.get("supplementalGroups") or ()):
        each(f"{path}.supplementalGroups[{i}]", group, names.is_user_or_group_id(group), found)
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        found.append(invalid(f"{path}.shareProcessNamespace", True, "ShareProcessNamespace and HostPID cannot both be enabled"))
    if sysctls := context.get("sysctls"):
        _validate_sysctls(sysctls, spec, f"{path}.sysctls", found)
    for name, supported in OPTIONS:
        if (value := context.get(name)) is not None and value not in supported:
            found.append(not_supported(f"{path}.{name}", value, supported))
    _validate_profiles(context, path, found)


def _validate_profiles(context: Manifest, path: str, found: Errors) -> None:
    if (seccomp := context.get("seccompProfile")) is not None:
        _validate_seccomp(seccomp, f"{path}.seccompProfile", found)
    if (windows := context.get("windowsOptions")) is not None:
        _validate_windows(windows, f"{path}.windowsOptions", found)
    if (app_armor := context.get("appArmorProfile")) is not None:
        _validate_app_armor(app_armor, f"{path}.appArmorProfile", found)


def validate_security(context: Manifest, host_users: bool, path: str, found: Errors) -> None:
    """A container's own context."""
    for name in ("runAsUser", "runAsGroup"):
        if (number := context.get(name)) is not None:
            each(f"{path}.{name}", number, names.is_user_or_group_id(number), found)
    if (mount := context.get("procMount")) is not None:
        if mount not in PROC_MOUNTS:
            found.append(not_supported(f"{path}.procMount", mount, PROC_MOUNTS))
        if host_users and mount == "Unmasked":
            found.append(invalid(f"{path}.procMount", mount, "`hostUsers` must be false to use `Unmasked`"))
    if context.get("allowPrivilegeEscalation") is False:
        if context.get("privileged"):
            found.append(invalid(path, shown(context), "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"))
        if "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or ()):
            found.append(invalid(path, shown(context), "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN"))
    _validate_profiles(context, path, found)


SHOWN_FIELDS = (
    ("Capabilities", "capabilities"),
    ("Privileged", "privileged"),
    ("SELinuxOptions", "seLinuxOptions"),
    ("WindowsOptions", "windowsOptions"),
    ("RunAsUser", "runAsUser"),
    ("RunAsGroup", "runAsGroup"),
    ("RunAsNonRoot", "runAsNonRoot"),
    ("ReadOnlyRootFilesystem", "readOnlyRootFilesystem"),
    ("AllowPrivilegeEscalation", "allowPrivilegeEscalation"),
    ("ProcMount", "procMount"),
    ("SeccompProfile", "seccompProfile"),
    ("AppArmorProfile", "appArmorProfile"),
)


def shown(context: Manifest) -> Manifest:
    """A container's context as error texts print it: every field of Go's struct in its order."""
    texts = {go: context.get(name) for go, name in SHOWN_FIELDS}
    if (capabilities := context.get("capabilities")) is not None:
        texts["Capabilities"] = {"Add": capabilities.get("add"), "Drop": capabilities.get("drop")}
    for go in ("SeccompProfile", "AppArmorProfile"):
        if (profile := texts[go]) is not None:
            texts[go] = {"Type": profile.get("type", ""), "LocalhostProfile": profile.get("localhostProfile")}
    return texts


def _validate_seccomp(profile: Manifest, path: str, found: Errors) -> None:
    kind, local = profile.get("type", ""), profile.get("localhostProfile")
    if not kind:
        found.append(required(f"{path}.type", "type is required when seccompProfile is set"))
    elif kind not in PROFILES:
        found.append(not_supported(f"{path}.type", kind, PROFILES))
    if kind == "Localhost":
        if local is None:
            found.append(required(f"{path}.localhostProfile", "must be set when seccomp type is Localhost"))
        else:
            relative_path(f"{path}.localhostProfile", local, found)
    elif local is not None:
        value = {"Type": kind, "LocalhostProfile": local}
        found.append(invalid(f"{path}.localhostProfile", value, "can only be set when seccomp type is Localhost"))


def _validate_app_armor(profile: Manifest, path: str, found: Errors) -> None:
    kind, local = profile.get("type", ""), profile.get("localhostProfile")
    if not kind:
        found.append(required(f"{path}.type", "type is required when appArmorProfile is set"))
    elif kind not in PROFILES:
        found.append(not_supported(f"{path}.type", kind, PROFILES))
    elif kind != "Localhost":
        if local is not None:
            found.append(invalid(f"{path}.localhostProfile", local, "can only be set when AppArmor type is Localhost"))
    elif not local:
        found.append(required(f"{path}.localhostProfile", "must be set when AppArmor type is Localhost"))
    else:
        if local.strip() != local:
            found.append(invalid(f"{path}.localhostProfile", local, "must not be padded with whitespace"))
        if len(local) > PATH_MAX:
            found.append(too_long(f"{path}.localhostProfile", PATH_MAX))


def _validate_sysctls(sysctls: list[Manifest], spec: Manifest, path: str, found: Errors) -> None:
    seen: set[str] = set()
    for i, sysctl in enumerate(sysctls):
        name = sysctl.get("name", "")
        if not name:
            found.append(required(f"{path}[{i}].name"))
        elif len(name) > 253 or not _sysctl(name):
            found.append(invalid(f"{path}[{i}].name", name, f"must have at most 253 characters and match regex ^{SYSCTL}$"))
        elif name in seen:
            found.append(duplicate(f"{path}[{i}].name", name))
        plain = name.replace("/", ".")
        if spec.get("hostNetwork") and plain.startswith("net."):
            found.append(invalid(f"{path}[{i}].name", name, "may not be specified when 'hostNetwork' is true"))
        elif spec.get("hostIPC") and (plain == "kernel.sem" or plain.startswith(IPC_SYSCTLS)):
            found.append(invalid(f"{path}[{i}].name", name, "may not be specified when 'hostIPC' is true"))
        seen.add(name)


def _validate_windows(options: Manifest, path: str, found: Errors) -> None:
    if (name := options.get("gmsaCredentialSpecName")) is not None:
        subdomain(f"{path}.gmsaCredentialSpecName", name, found)
    if (credentials := options.get("gmsaCredentialSpec")) is not None:
        if not credentials:
            found.append(invalid(f"{path}.gmsaCredentialSpec", credentials, "gmsaCredentialSpec cannot be an empty string"))
        elif len(credentials) > 64 * 1024:
            found.append(invalid(f"{path}.gmsaCredentialSpec", credentials, "gmsaCredentialSpec size must be under 64 KiB"))
    if options.get("runAsUserName") == "":
        found.append(invalid(f"{path}.runAsUserName", "", "runAsUserName cannot be an empty string"))


def validate_host_users(spec: Manifest, path: str, found: Errors) -> None:
    """A pod with users of its own cannot share the host's other namespaces."""
    if spec.get("hostUsers") is not False:
        return
    for name, shown_name in (("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")):
        if spec.get(name):
            found.append(forbidden(f"{path}.{shown_name}", "when `pod.Spec.HostUsers` is false"))
