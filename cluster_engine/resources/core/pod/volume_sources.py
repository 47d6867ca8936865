"""Sources of volumes that pods and PersistentVolumes share, most of them drivers of old: what each must name.

Models the validate...VolumeSource functions of pkg/apis/core/validation/validation.go.
"""

import re
from collections.abc import Callable

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required, too_long
from cluster_engine.resources.checks import each, label, no_backsteps, relative_path, required_text, subdomain
from cluster_engine.resources.kind import Manifest

Check = Callable[[Manifest, str, Errors], None]

HOST_PATH_TYPES = frozenset({"", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"})
IQN = {
    "iqn": re.compile(r"iqn\.\d{4}-\d{2}\.([a-zA-Z0-9.-]+)(:[^,;*&$|\s]+)$"),
    "eui": re.compile(r"^eui.[a-zA-Z0-9]{16}$"),
    "naa": re.compile(r"^naa.[a-zA-Z0-9]{32}$"),
}
CACHING, DISK_KINDS = frozenset({"None", "ReadOnly", "ReadWrite"}), frozenset({"Shared", "Dedicated", "Managed"})
MANAGED_URI = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
BLOB_URI = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
HOST_PORTS = "must be a host:port pair or multiple pairs separated by commas"


def needs(*fields: str) -> Check:
    """A source that only must have these fields."""

    def check(source: Manifest, path: str, found: Errors) -> None:
        for name in fields:
            if not source.get(name):
                found.append(required(f"{path}.{name}"))

    return check


def host_path(source: Manifest, path: str, found: Errors) -> None:
    if not required_text(f"{path}.path", source.get("path"), found):
        return
    no_backsteps(f"{path}.path", source["path"], found)
    if source.get("type", "") not in HOST_PATH_TYPES:
        found.append(not_supported(f"{path}.type", source["type"], HOST_PATH_TYPES))


def git_repo(source: Manifest, path: str, found: Errors) -> None:
    required_text(f"{path}.repository", source.get("repository"), found)
    relative_path(f"{path}.directory", source.get("directory", ""), found)


def partitioned(identity: str) -> Check:
    """A cloud disk of one vendor: its name, and a partition from 1 to 255 or none."""

    def check(source: Manifest, path: str, found: Errors) -> None:
        required_text(f"{path}.{identity}", source.get(identity), found)
        if not 0 <= source.get("partition", 0) <= 255:
            found.append(invalid(f"{path}.partition", source["partition"], names.inclusive_range(1, 255)))

    return check


def nfs(source: Manifest, path: str, found: Errors) -> None:
    required_text(f"{path}.server", source.get("server"), found)
    place = source.get("path", "")
    required_text(f"{path}.path", place, found)
    if not place.startswith("/"):
        found.append(invalid(f"{path}.path", place, "must be an absolute path"))


def iscsi(source: Manifest, path: str, found: Errors) -> None:
    required_text(f"{path}.targetPortal", source.get("targetPortal"), found)
    if required_text(f"{path}.iqn", source.get("iqn"), found):
        _iscsi_name(source["iqn"], f"{path}.iqn", found)
    lun = source.get("lun", 0)
    if not 0 <= lun <= 255:
        found.append(invalid(f"{path}.lun", lun, names.inclusive_range(0, 255)))
    if (source.get("chapAuthDiscovery") or source.get("chapAuthSession")) and source.get("secretRef") is None:
        found.append(required(f"{path}.secretRef"))
    if (initiator := source.get("initiatorName")) is not None:
        _iscsi_name(initiator, f"{path}.initiatorname", found)


def _iscsi_name(name: str, path: str, found: Errors) -> None:
    pattern = IQN.get(name[:3])
    if pattern is None:
        found.append(invalid(path, name, "must be valid format starting with iqn, eui, or naa"))
    elif not pattern.search(name):
        found.append(invalid(path, name, "must be valid format"))


def fibre_channel(source: Manifest, path: str, found: Errors) -> None:
    targets, wwids, lun = source.get("targetWWNs"), source.get("wwids"), source.get("lun")
    if not targets and not wwids:
        found.append(required(f"{path}.targetWWNs", "must specify either targetWWNs or wwids, but not both"))
    if targets and wwids:
        found.append(invalid(f"{path}.targetWWNs", targets, "targetWWNs and wwids can not be specified simultaneously"))
    if targets and lun is None:
        found.append(required(f"{path}.lun", "lun is required if targetWWNs is specified"))
    elif targets and lun is not None and not 0 <= lun <= 255:
        found.append(invalid(f"{path}.lun", lun, names.inclusive_range(0, 255)))


def flocker(source: Manifest, path: str, found: Errors) -> None:
    name, uid = source.get("datasetName", ""), source.get("datasetUUID")
    if not name and not uid:
        found.append(required(path, "one of datasetName and datasetUUID is required"))
    if name and uid:
        found.append(invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"))
    if "/" in name:
        found.append(invalid(f"{path}.datasetName", name, "must not contain '/'"))


def cinder(source: Manifest, path: str, found: Errors) -> None:
    required_text(f"{path}.volumeID", source.get("volumeID"), found)
    if (secret := source.get("secretRef")) is not None:
        required_text(f"{path}.secretRef.name", secret.get("name"), found)


def quobyte(source: Manifest, path: str, found: Errors) -> None:
    registry = source.get("registry")
    if not registry:
        found.append(required(f"{path}.registry", HOST_PORTS))
    elif len(source.get("tenant", "")) >= 65:
        found.append(required(f"{path}.tenant", "must be a UUID and may not exceed a length of 64 characters"))
    else:
        for pair in registry.split(","):
            if pair.count(":") != 1:
                found.append(invalid(f"{path}.registry", registry, HOST_PORTS))
    required_text(f"{path}.volume", source.get("volume"), found)


def flex(source: Manifest, path: str, found: Errors) -> None:
    required_text(f"{path}.driver", source.get("driver"), found)
    for key in source.get("options") or ():
        domain = "." + key.partition("/")[0].lower()
        if domain.endswith((".kubernetes.io", ".k8s.io")):
            found.append(invalid(f"{path}.options[{key}]", key, "kubernetes.io and k8s.io namespaces are reserved"))


def azure_disk(source: Manifest, path: str, found: Errors) -> None:
    required_text(f"{path}.diskName", source.get("diskName"), found)
    uri = source.get("diskURI", "")
    required_text(f"{path}.diskURI", uri, found)
    caching, kind = source.get("cachingMode"), source.get("kind")
    if caching is not None and caching not in CACHING:
        found.append(not_supported(f"{path}.cachingMode", caching, CACHING))
    if kind is not None and kind not in DISK_KINDS:
        found.append(not_supported(f"{path}.kind", kind, DISK_KINDS))
    if kind == "Managed" and not uri.startswith("/subscriptions/"):
        found.append(not_supported(f"{path}.diskURI", uri, (MANAGED_URI,)))
    if kind is not None and kind != "Managed" and not uri.startswith("https://"):
        found.append(not_supported(f"{path}.diskURI", uri, (BLOB_URI,)))


def storage_os(source: Manifest, path: str, found: Errors) -> None:
    if required_text(f"{path}.volumeName", source.get("volumeName"), found):
        label(f"{path}.volumeName", source["volumeName"], found)
    if namespace := source.get("volumeNamespace"):
        label(f"{path}.volumeNamespace", namespace, found)
    if (secret := source.get("secretRef")) is not None:
        required_text(f"{path}.secretRef.name", secret.get("name"), found)


def driver_name(name: str, path: str, found: Errors) -> None:
    """A CSI driver's name: at most 63 bytes, a DNS name in any case."""
    if not name:
        found.append(required(path))
    if len(name) > 63:
        found.append(too_long(path, 63))
    each(path, name, names.is_dns1123_subdomain(name.lower()), found)


def csi_inline(source: Manifest, path: str, found: Errors) -> None:
    name = source.get("driver", "")
    if not name:
        found.append(required(f"{path}.driver"))
    else:
        driver_name(name, f"{path}.driver", found)
    if (secret := source.get("nodePublishSecretRef")) is not None and required_text(f"{path}.nodePublishSecretRef.name", secret.get("name"), found):
        subdomain(f"{path}.name", secret["name"], found)


SHARED: dict[str, tuple[str, Check]] = {
    "hostPath": ("hostPath", host_path),
    "gcePersistentDisk": ("persistentDisk", partitioned("pdName")),
    "awsElasticBlockStore": ("awsElasticBlockStore", partitioned("volumeID")),
    "nfs": ("nfs", nfs),
    "iscsi": ("iscsi", iscsi),
    "glusterfs": ("glusterfs", needs("endpoints", "path")),
    "flocker": ("flocker", flocker),
    "rbd": ("rbd", needs("monitors", "image")),
    "cinder": ("cinder", cinder),
    "cephfs": ("cephfs", needs("monitors")),
    "quobyte": ("quobyte", quobyte),
    "fc": ("fc", fibre_channel),
    "flexVolume": ("flexVolume", flex),
    "azureFile": ("azureFile", needs("secretName", "shareName")),
    "vsphereVolume": ("vsphereVolume", needs("volumePath")),
    "photonPersistentDisk": ("photonPersistentDisk", needs("pdID")),
    "portworxVolume": ("portworxVolume", needs("volumeID")),
    "azureDisk": ("azureDisk", azure_disk),
    "storageos": ("storageos", storage_os),
    "scaleIO": ("scaleIO", needs("gateway", "system", "volumeName")),
}


def validate_one_source(holder: Manifest, table: dict[str, tuple[str, Check]], path: str, found: Errors) -> None:
    """Exactly one of the sources in `table` must be set, and it must be right."""
    count = 0
    for name, (shown, check) in table.items():
        if (source := holder.get(name)) is None:
            continue
        count += 1
        if count > 1:
            found.append(forbidden(f"{path}.{'cephFS' if name == 'cephfs' else name}", "may not specify more than 1 volume type"))
        else:
            check(source, f"{path}.{shown}", found)
    if not count:
        found.append(required(path, "must specify a volume type"))
