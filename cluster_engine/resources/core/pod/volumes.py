"""Volumes of a pod: what they are filled from.

Models pkg/apis/core/v1/defaults.go (SetDefaults_Volume and its sources).
"""

from collections.abc import Callable

from cluster_engine.resources.core.pod.env import default_source
from cluster_engine.resources.core.pod.images import default_pull_policy
from cluster_engine.resources.kind import Manifest

FILE_MODE = 0o644


def default_volumes(spec: Manifest) -> None:
    for volume in spec.get("volumes") or ():
        if len(volume) < 2 and "name" in volume or not volume:
            volume["emptyDir"] = {}
            continue
        for name, source in volume.items():
            if (fill := FILLERS.get(name)) is not None:
                fill(source)


def _mode(source: Manifest) -> None:
    source.setdefault("defaultMode", FILE_MODE)


def default_host_path(source: Manifest) -> None:
    source.setdefault("type", "")


def _downward(source: Manifest) -> None:
    _mode(source)
    for item in source.get("items") or ():
        default_source(item)


def _projected(source: Manifest) -> None:
    _mode(source)
    for part in source.get("sources") or ():
        if (token := part.get("serviceAccountToken")) is not None:
            token.setdefault("expirationSeconds", 3600)
        if (certificate := part.get("podCertificate")) is not None:
            certificate.setdefault("maxExpirationSeconds", 86400)
        for item in (part.get("downwardAPI") or {}).get("items") or ():
            default_source(item)


def _ephemeral(source: Manifest) -> None:
    template = source.get("volumeClaimTemplate")
    if template is not None:
        template.setdefault("metadata", {})
        spec = template.setdefault("spec", {})
        spec.setdefault("resources", {})
        spec.setdefault("volumeMode", "Filesystem")


def _image(source: Manifest) -> None:
    if not source.get("pullPolicy"):
        source["pullPolicy"] = default_pull_policy(source.get("reference", ""))


def fill(**values: object) -> Callable[[Manifest], None]:
    """A default that sets what is absent or empty."""

    def apply(source: Manifest) -> None:
        for name, value in values.items():
            if source.get(name) in (None, ""):
                source[name] = value

    return apply


default_iscsi = fill(iscsiInterface="default")
default_rbd = fill(pool="rbd", user="admin", keyring="/etc/ceph/keyring")
default_azure_disk = fill(cachingMode="ReadWrite", kind="Shared", fsType="ext4", readOnly=False)
default_scale_io = fill(storageMode="ThinProvisioned", fsType="xfs")

FILLERS: dict[str, Callable[[Manifest], None]] = {
    "secret": _mode,
    "configMap": _mode,
    "downwardAPI": _downward,
    "projected": _projected,
    "hostPath": default_host_path,
    "ephemeral": _ephemeral,
    "image": _image,
    "iscsi": default_iscsi,
    "rbd": default_rbd,
    "azureDisk": default_azure_disk,
    "scaleIO": default_scale_io,
}
