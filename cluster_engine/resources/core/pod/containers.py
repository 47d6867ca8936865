"""Containers: main, init and ephemeral ones, with what upstream fills in for each.

Models pkg/apis/core/v1/defaults.go (SetDefaults_Container).
"""

from collections.abc import Iterator

from cluster_engine.resources.core.pod.env import default_env
from cluster_engine.resources.core.pod.images import default_pull_policy
from cluster_engine.resources.core.pod.probes import default_container_probes
from cluster_engine.resources.kind import Manifest

LISTS = ("initContainers", "containers", "ephemeralContainers")


def all_containers(spec: Manifest) -> Iterator[Manifest]:
    """Every container of a pod, in the order of upstream's visitor: init, main, ephemeral."""
    for name in LISTS:
        yield from spec.get(name) or ()


def default_container(container: Manifest) -> None:
    if not container.get("imagePullPolicy"):
        container["imagePullPolicy"] = default_pull_policy(container.get("image", ""))
    container.setdefault("resources", {})
    if not container.get("terminationMessagePath"):
        container["terminationMessagePath"] = "/dev/termination-log"
    if not container.get("terminationMessagePolicy"):
        container["terminationMessagePolicy"] = "File"
    for port in container.get("ports") or ():
        if not port.get("protocol"):
            port["protocol"] = "TCP"
    default_env(container)
    default_container_probes(container)
