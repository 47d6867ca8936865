"""PodSecurity: a namespace's labels say how much its pods may ask of their node: enforce refuses, warn tells, audit notes.

Models plugin/pkg/admission/security/podsecurity and staging/src/k8s.io/pod-security-admission/admission.
"""

import re
from dataclasses import dataclass

from cluster_engine.apiserver.attributes import AdmissionRequest
from cluster_engine.apiserver.lookup import Lookup
from cluster_engine.apiserver.plugin import CREATE, UPDATE, Plugin, denied, is_main, object_of
from cluster_engine.apiserver.pod_security_checks import LATEST, LEVELS, Found, violations
from cluster_engine.machinery.field import Errors
from cluster_engine.machinery.field import invalid as wrong
from cluster_engine.machinery.manifest import Manifest, at
from cluster_engine.machinery.status import invalid

PREFIX = "pod-security.kubernetes.io/"
MODES = ("enforce", "audit", "warn")
IGNORED = frozenset(("exec", "attach", "binding", "eviction", "log", "portforward", "proxy", "status"))
TEMPLATES = {
    "replicationcontrollers": "spec.template", "podtemplates": "template", "replicasets.apps": "spec.template", "deployments.apps": "spec.template",
    "statefulsets.apps": "spec.template", "daemonsets.apps": "spec.template", "jobs.batch": "spec.template", "cronjobs.batch": "spec.jobTemplate.spec.template",
}  # fmt: skip
ORDER = tuple(LEVELS)
MOST_PODS = 3000
_version = re.compile(r"v1\.(0|[1-9][0-9]*)").fullmatch


@dataclass(frozen=True, slots=True)
class Level:
    """A level at a version of the policy, such as baseline:latest."""

    name: str = "privileged"
    version: str = "latest"

    def __str__(self) -> str:
        return f"{self.name}:{self.version}"

    def violations(self, meta: Manifest, spec: Manifest) -> list[Found]:
        match = _version(self.version)
        return violations(self.name, int(match[1]) if match else LATEST, meta.get("annotations") or {}, spec)


def policy_of(namespace: Manifest) -> tuple[dict[str, Level], Errors]:
    """The level of each mode, and what is wrong with the labels; a wrong level counts as restricted."""
    labels = at(namespace, "metadata.labels") or {}
    levels: dict[str, Level] = {}
    errors: Errors = []
    for mode in MODES:
        name, version = labels.get(f"{PREFIX}{mode}", "privileged"), labels.get(f"{PREFIX}{mode}-version", "latest")
        path = f"metadata.labels[{PREFIX}{mode}]"
        if name not in LEVELS:
            errors.append(wrong(path, name, "must be one of privileged, baseline, restricted"))
            name = "restricted" if mode == "enforce" else "privileged"
        if version != "latest" and not _version(version):
            errors.append(wrong(f"metadata.labels[{PREFIX}{mode}-version]", version, 'must be "latest" or "v1.x"'))
            version = "latest"
        levels[mode] = Level(name, version)
    return levels, errors


def _detail(found: list[Found]) -> str:
    return ", ".join(str(f) for f in found)


class PodSecurity(Plugin):
    """Judges pods, warns about workloads that make pods, and checks the labels of namespaces."""

    name = "PodSecurity"

    def __init__(self, objects: Lookup) -> None:
        self._objects = objects

    def handles(self, request: AdmissionRequest) -> bool:
        if request.operation not in (CREATE, UPDATE):
            return False
        if request.kind.name == "pods":
            return request.subresource not in IGNORED
        return not request.subresource and (request.kind.name in TEMPLATES or request.kind.name == "namespaces")

    def validate(self, request: AdmissionRequest) -> None:
        if request.kind.name == "namespaces":
            self._judge_namespace(request)
            return
        namespace = self._objects.get("namespaces", "", request.namespace)
        if namespace is None or not any(label.startswith(PREFIX) for label in at(namespace, "metadata.labels") or ()):
            return
        levels, _ = policy_of(namespace)
        if request.kind.name == "pods":
            if request.operation == CREATE or _matters(object_of(request), request.old or {}):
                self._judge_pod(request, object_of(request), levels, enforce=True)
        elif (template := at(object_of(request), TEMPLATES[request.kind.name])) is not None:
            self._judge_pod(request, template, levels, enforce=False)

    @staticmethod
    def _judge_pod(request: AdmissionRequest, pod: Manifest, levels: dict[str, Level], *, enforce: bool) -> None:
        meta, spec = pod.get("metadata") or {}, pod.get("spec") or {}
        if enforce and (found := levels["enforce"].violations(meta, spec)):
            raise denied(request, f'violates PodSecurity "{levels["enforce"]}": {_detail(found)}')
        if found := levels["audit"].violations(meta, spec):
            request.annotations["pod-security.kubernetes.io/audit-violations"] = f'would violate PodSecurity "{levels["audit"]}": {_detail(found)}'
        if found := levels["warn"].violations(meta, spec):
            request.warnings.append(f'would violate PodSecurity "{levels["warn"]}": {_detail(found)}')

    def _judge_namespace(self, request: AdmissionRequest) -> None:
        namespace = object_of(request)
        levels, errors = policy_of(namespace)
        before, old_errors = policy_of(request.old or {})
        if errors and (request.operation == CREATE or errors != old_errors):
            raise invalid("", "Namespace", namespace["metadata"].get("name", ""), errors)
        if is_main(request, "namespaces", UPDATE):
            self._warn_of_pods(request, before["enforce"], levels["enforce"])

    def _warn_of_pods(self, request: AdmissionRequest, old: Level, new: Level) -> None:
        """Tell which pods that are there already would not be let in any more."""
        if new in (old, Level(version=new.version)) or (new.version == old.version and ORDER.index(new.name) <= ORDER.index(old.name)):
            return
        pods: dict[str, list[str]] = {}
        for pod in self._objects.all("pods", request.name)[:MOST_PODS]:
            if found := new.violations(pod["metadata"], pod["spec"]):
                pods.setdefault(", ".join(f.reason for f in found), []).append(pod["metadata"]["name"])
        if pods:
            request.warnings.append(f'existing pods in namespace "{request.name}" violate the new PodSecurity enforce level "{new}"')
            request.warnings.extend(sorted(f"{_counted(names)}: {reasons}" for reasons, names in pods.items()))


def _counted(names: list[str]) -> str:
    others = len(names) - 1
    return names[0] + (f" (and {others} other pod{'s' if others > 1 else ''})" if others else "")


def _matters(pod: Manifest, old: Manifest) -> bool:
    """Whether an update changes anything that a check looks at; images, tolerations and deadlines are none of it."""
    ours, theirs = at(pod, "metadata.annotations") or {}, at(old, "metadata.annotations") or {}
    return pod["spec"] != old.get("spec") or any(ours.get(k) != theirs.get(k) for k in ours.keys() | theirs.keys() if "apparmor" in k)
