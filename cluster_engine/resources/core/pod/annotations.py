"""Annotations that mean something on pods: mirror pods, deletion cost, and the old places of seccomp and AppArmor profiles.

Models validation.ValidatePodSpecificAnnotations and its update rules.
"""

import re

from cluster_engine.machinery.field import Errors, forbidden, invalid
from cluster_engine.resources.checks import relative_path
from cluster_engine.resources.core.pod.containers import all_containers
from cluster_engine.resources.kind import Manifest

MIRROR = "kubernetes.io/config.mirror"
DELETION_COST = "controller.kubernetes.io/pod-deletion-cost"
SECCOMP_POD, SECCOMP_CONTAINER = "seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/"
APP_ARMOR = "container.apparmor.security.beta.kubernetes.io/"
_int32 = re.compile(r"-?(0|[1-9][0-9]*)").fullmatch


def validate_pod_annotations(annotations: dict[str, str], spec: Manifest, path: str, found: Errors) -> None:
    if MIRROR in annotations and not spec.get("nodeName"):
        found.append(invalid(f"{path}[{MIRROR}]", annotations[MIRROR], "must set spec.nodeName if mirror pod annotation is set"))
    cost = annotations.get(DELETION_COST)
    if cost is not None and not (_int32(cost) and cost != "-0" and -(2**31) <= int(cost) < 2**31):
        found.append(invalid(f"{path}[{DELETION_COST}]", cost, "must be a 32bit integer"))
    for key, value in annotations.items():
        if key == SECCOMP_POD or key.startswith(SECCOMP_CONTAINER):
            _validate_seccomp(value, f"{path}.{key}", found)
        elif key.startswith(APP_ARMOR):
            _validate_app_armor(key, value, spec, f"{path}[{key}]", found)


def _validate_seccomp(profile: str, path: str, found: Errors) -> None:
    if profile in ("runtime/default", "docker/default", "unconfined"):
        return
    if profile.startswith("localhost/"):
        relative_path(path, profile.removeprefix("localhost/"), found)
    else:
        found.append(invalid(path, profile, "must be a valid seccomp profile"))


def _validate_app_armor(key: str, profile: str, spec: Manifest, path: str, found: Errors) -> None:
    name = key.removeprefix(APP_ARMOR)
    if all(c.get("name") != name for c in all_containers(spec)):
        found.append(invalid(path, name, "container not found"))
    if profile and profile not in ("runtime/default", "unconfined") and not profile.startswith("localhost/"):
        found.append(invalid(path, profile, f'invalid AppArmor profile name: "{profile}"'))


def validate_annotations_update(new: dict[str, str], old: dict[str, str], spec: Manifest, path: str, found: Errors) -> None:
    for key, value in old.items():
        if new.get(key) == value:
            continue
        if key.startswith(APP_ARMOR):
            found.append(forbidden(f"{path}[{key}]", "may not remove or update AppArmor annotations"))
        if key == MIRROR:
            found.append(forbidden(f"{path}[{key}]", "may not remove or update mirror pod annotation"))
    for key in new:
        if key not in old and key.startswith(APP_ARMOR):
            found.append(forbidden(f"{path}[{key}]", "may not add AppArmor annotations"))
        if key not in old and key == MIRROR:
            found.append(forbidden(f"{path}[{key}]", "may not add mirror pod annotation"))
    validate_pod_annotations(new, spec, path, found)
