"""All volumes of a pod: which plugin has each, and the mounts of a container.

Models pkg/kubelet/volumemanager and makeMounts of pkg/kubelet/kubelet_pods.go.
"""

from collections.abc import Callable, Mapping

from cluster_engine.volumes.claims import claim
from cluster_engine.volumes.local import empty_dir, host_path
from cluster_engine.volumes.mount import Mount
from cluster_engine.volumes.plugin import Manifest, NotReady, Sources, Volume
from cluster_engine.volumes.projected import config_map, downward, projected, secret

Plugin = Callable[[str, str, Manifest, Sources], Volume]
PLUGINS: dict[str, Plugin] = {
    "emptyDir": empty_dir,
    "hostPath": host_path,
    "configMap": config_map,
    "secret": secret,
    "downwardAPI": downward,
    "projected": projected,
    "persistentVolumeClaim": claim,
}


def _elsewhere(namespace: str, name: str, source: Manifest, sources: Sources) -> Volume:
    """Disks and shares of clouds and file servers: present, and shared by whoever names the same."""
    return Volume(name, f"remote:{sorted(source.items())}")


def prepare(namespace: str, pod_name: str, volumes: list[Manifest], sources: Sources) -> dict[str, Volume]:
    """Every volume by name. Raises NotReady with the first one's reason, prefixed by its name."""
    result: dict[str, Volume] = {}
    for volume in volumes:
        name = volume["name"]
        kind = next((key for key in volume if key != "name"), "emptyDir")
        source = volume.get(kind) or {}
        if kind == "ephemeral":
            kind, source = "persistentVolumeClaim", {"claimName": f"{pod_name}-{name}"}
        try:
            result[name] = PLUGINS.get(kind, _elsewhere)(namespace, name, source, sources)
        except NotReady as error:
            raise NotReady(f'MountVolume.SetUp failed for volume "{name}" : {error}', error.expected) from error
    return result


def mounts(container: Manifest, volumes: Mapping[str, Volume], expand: Callable[[str], str]) -> tuple[Mount, ...]:
    """A container's mounts; `expand` resolves subPathExpr."""
    result = []
    for mount in container.get("volumeMounts") or ():
        volume = volumes.get(mount["name"])
        if volume is None:
            continue
        sub_path = mount.get("subPath") or (expand(mount["subPathExpr"]) if mount.get("subPathExpr") else "")
        read_only = bool(mount.get("readOnly")) or volume.read_only
        result.append(Mount(mount["mountPath"], volume.source, read_only, volume.files, sub_path, volume.medium, volume.limit))
    return tuple(result)
