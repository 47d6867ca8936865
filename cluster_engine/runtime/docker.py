"""Docker through its shim (cri-dockerd): the CRI is translated to Docker's API, and dockerd drives a containerd of its own.

Models Mirantis/cri-dockerd: one more process and one more hop for every call; names as Docker gives them (k8s_CONTAINER_POD_...).
"""

from dataclasses import replace

from cluster_engine.runtime.containerd import Containerd
from cluster_engine.runtime.cri import ContainerStatus, CriError
from cluster_engine.runtime.image_store import StoredPull
from cluster_engine.runtime.reference import parse


class Docker(Containerd):
    """Slower to start, for every call takes a detour."""

    name = "docker"
    version = "29.1.2"
    process_tree = ("systemd", "cri-dockerd", "dockerd", "containerd", "containerd-shim-runc-v2")
    sandbox_seconds = (0.25, 0.5)
    create_seconds = (0.06, 0.15)
    start_seconds = (0.12, 0.3)
    log_format = "/var/lib/docker/containers/{id}/{id}-json.log"

    def container_status(self, container: str) -> ContainerStatus:
        """Docker shows the name by which an image was asked for, and names digests as docker-pullable."""
        status = super().container_status(container)
        short = status.image.removeprefix("docker.io/library/").removeprefix("docker.io/")
        return replace(status, image=short, image_id="docker-pullable://" + status.image_id.removeprefix("docker.io/library/").removeprefix("docker.io/"))

    def container_name(self, container: str) -> str:
        """k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT, as `docker ps` shows it."""
        found = self.container(container)
        pod = found.sandbox.config
        return f"k8s_{found.config.name}_{pod.name}_{pod.namespace}_{pod.uid}_{found.config.attempt}"

    def pull_image(self, image: str, now: float, pod: str = "") -> StoredPull:
        pull = super().pull_image(image, now, pod)
        return pull if pull.error is None else replace(pull, error=worded(image, pull.error))


def worded(image: str, error: CriError) -> CriError:
    """The refusal in the words of dockerd."""
    reference = parse(image)
    short = reference.name.removeprefix("docker.io/")
    if error.message.endswith("not found"):
        text = f"Error response from daemon: manifest for {short.removeprefix('library/')}:{reference.tag} not found: manifest unknown: manifest unknown"
    elif "denied" in error.message or "authorize" in error.message:
        text = (
            f"Error response from daemon: pull access denied for {short.removeprefix('library/')}, repository does not exist or may require 'docker login': "
            "denied: requested access to the resource is denied"
        )
    else:
        text = f'Error response from daemon: Get "https://{reference.registry}/v2/": {error.message.rpartition(": ")[2]}'
    return CriError("Unknown", text, error.reason)
