"""CRI-O: a runtime made for Kubernetes alone. No daemon below it: conmon watches each container, runc (crun) starts it.

Models cri-o/cri-o: its names, its process tree, its words when an image cannot be pulled.
"""

from dataclasses import replace

from cluster_engine.runtime.containerd import Containerd
from cluster_engine.runtime.cri import CriError
from cluster_engine.runtime.image_store import StoredPull
from cluster_engine.runtime.reference import parse


class CriO(Containerd):
    """Behind the CRI like any other."""

    name = "cri-o"
    version = "1.36.0"
    process_tree = ("systemd", "crio", "conmon")
    sandbox_seconds = (0.1, 0.25)
    create_seconds = (0.03, 0.08)
    start_seconds = (0.03, 0.08)
    cgroup_parent = "kubepods.slice"
    log_format = "/var/log/pods/{namespace}_{pod}_{uid}/{container}/{attempt}.log"

    def pull_image(self, image: str, now: float, pod: str = "") -> StoredPull:
        pull = super().pull_image(image, now, pod)
        return pull if pull.error is None else replace(pull, error=worded(image, pull.error))


def worded(image: str, error: CriError) -> CriError:
    """The refusal in the words of containers/image."""
    reference = parse(image)
    head = f"unable to pull image or OCI artifact: pull image err: initializing source docker://{reference}: "
    where = f"reading manifest {reference.tag} in {reference.name}: "
    if error.message.endswith("not found"):
        text = head + where + "manifest unknown"
    elif "denied" in error.message or "authorize" in error.message:
        text = head + where + "requested access to the resource is denied"
    else:
        text = f"{head}pinging container registry {reference.registry}: {error.message.rpartition(': dial')[2]}"
    return CriError("Unknown", text, error.reason)
