"""Sources that only PersistentVolumes have, or have in a form of their own: with secrets of any namespace, or on one node.

Models the validate...PersistentVolumeSource functions of pkg/apis/core/validation/validation.go.
"""

from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.resources.checks import label, no_backsteps, required_text, subdomain
from cluster_engine.resources.core.pod.volume_sources import Check, driver_name, needs
from cluster_engine.resources.kind import Manifest

SECRETS = ("controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef")


def _local(source: Manifest, path: str, found: Errors) -> None:
    if required_text(f"{path}.path", source.get("path"), found):
        no_backsteps(f"{path}.path", source["path"], found)


def _glusterfs(source: Manifest, path: str, found: Errors) -> None:
    needs("endpoints", "path")(source, path, found)
    namespace = source.get("endpointsNamespace")
    if namespace == "":
        found.append(invalid(f"{path}.endpointsNamespace", "", "if the endpointnamespace is set, it must be a valid namespace name"))
    elif namespace is not None:
        label(f"{path}.endpointsNamespace", namespace, found)


def _azure_file(source: Manifest, path: str, found: Errors) -> None:
    needs("secretName", "shareName")(source, path, found)
    if source.get("secretNamespace") == "":
        found.append(required(f"{path}.secretNamespace"))


def _csi(source: Manifest, path: str, found: Errors) -> None:
    driver_name(source.get("driver", ""), f"{path}.driver", found)
    required_text(f"{path}.volumeHandle", source.get("volumeHandle"), found)
    for name in SECRETS:
        if (secret := source.get(name)) is None:
            continue
        if required_text(f"{path}.{name}.name", secret.get("name"), found):
            subdomain(f"{path}.{name}.name", secret["name"], found)
        if required_text(f"{path}.{name}.namespace", secret.get("namespace"), found):
            label(f"{path}.{name}.namespace", secret["namespace"], found)


OWN: dict[str, tuple[str, Check]] = {
    "local": ("local", _local),
    "glusterfs": ("glusterfs", _glusterfs),
    "azureFile": ("azureFile", _azure_file),
    "csi": ("csi", _csi),
}
