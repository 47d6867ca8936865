"""The operating system that a pod says it is for: what makes no sense there.

Models validation.validateLinux, validateWindows.
"""

from cluster_engine.machinery.field import Errors, forbidden
from cluster_engine.resources.core.pod.containers import LISTS
from cluster_engine.resources.kind import Manifest

OWN = ("hostUsers", "hostPID", "hostIPC", "shareProcessNamespace")
POD = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
)
CONTAINER = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
    "runAsUser",
    "runAsGroup",
)


def validate_system(name: str, spec: Manifest, path: str, found: Errors) -> None:
    if name == "linux":
        _refuse(spec, ("windowsOptions",), ("windowsOptions",), "windows options cannot be set for a linux pod", path, found)
        return
    why = "cannot be set for a windows pod"
    for field in OWN:
        if spec.get(field) is not None and (spec[field] or field in ("hostUsers", "shareProcessNamespace")):
            found.append(forbidden(f"{path}.{field}", why))
    _refuse(spec, POD, CONTAINER, why, path, found)


def _refuse(spec: Manifest, pod: tuple[str, ...], container: tuple[str, ...], why: str, path: str, found: Errors) -> None:
    context = spec.get("securityContext") or {}
    found += [forbidden(f"{path}.securityContext.{field}", why) for field in pod if context.get(field) is not None]
    for name in LISTS:
        for i, each in enumerate(spec.get(name) or ()):
            own = each.get("securityContext") or {}
            found += [forbidden(f"{path}.{name}[{i}].securityContext.{field}", why) for field in container if own.get(field) is not None]
