"""A pod's specification as a whole: what holds for pods and for the templates of workloads.

Models pkg/apis/core/v1/defaults.go (SetDefaults_PodSpec).
"""

from cluster_engine.resources.core.pod.containers import all_containers, default_container
from cluster_engine.resources.core.pod.volumes import default_volumes
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
