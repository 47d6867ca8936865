"""Volumes of a pod: what they are filled from.

Models pkg/apis/core/v1/defaults.go (SetDefaults_Volume and its sources) and validation.ValidateVolumes.
"""

from collections.abc import Callable

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, duplicate, forbidden, invalid, not_supported, required
from cluster_engine.machinery.object_meta import validate_annotations
from cluster_engine.machinery.quantity import ZERO, parse
from cluster_engine.resources.checks import each, file_mode, label, labels, required_text
from cluster_engine.resources.core.claim_spec import validate_claim_spec
from cluster_engine.resources.core.pod.env import default_source
from cluster_engine.resources.core.pod.images import default_pull_policy
from cluster_engine.resources.core.pod.projected import projected
from cluster_engine.resources.core.pod.volume_files import downward_file, key_to_path
from cluster_engine.resources.core.pod.volume_sources import SHARED, Check, csi_inline, git_repo, needs, validate_one_source
from cluster_engine.resources.kind import Manifest

FILE_MODE = 0o644


def default_volumes(spec: Manifest) -> None:
    for volume in spec.get("volumes") or ():
        if (len(volume) < 2 and "name" in volume) or not volume:
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


PULL_POLICIES = frozenset({"Always", "IfNotPresent", "Never"})


def _empty_dir(source: Manifest, path: str, found: Errors) -> None:
    limit = source.get("sizeLimit")
    if limit is not None and parse(limit) < ZERO:
        found.append(forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity"))


def _secret(source: Manifest, path: str, found: Errors) -> None:
    required_text(f"{path}.secretName", source.get("secretName"), found)
    _files(source, path, found)


def _config_map(source: Manifest, path: str, found: Errors) -> None:
    required_text(f"{path}.name", source.get("name"), found)
    _files(source, path, found)


def _files(source: Manifest, path: str, found: Errors) -> None:
    file_mode(f"{path}.defaultMode", source.get("defaultMode"), found)
    for i, item in enumerate(source.get("items") or ()):
        key_to_path(item, f"{path}.items[{i}]", found)


def _downward_api(source: Manifest, path: str, found: Errors) -> None:
    file_mode(f"{path}.defaultMode", source.get("defaultMode"), found)
    for item in source.get("items") or ():
        downward_file(item, path, found)


def _ephemeral_claim(source: Manifest, path: str, found: Errors) -> None:
    template = source.get("volumeClaimTemplate")
    if template is None:
        found.append(required(f"{path}.volumeClaimTemplate"))
        return
    path = f"{path}.volumeClaimTemplate"
    metadata = template.get("metadata") or {}
    found += validate_annotations(metadata.get("annotations") or {}, f"{path}.metadata.annotations")
    labels(f"{path}.metadata.labels", metadata.get("labels"), found)
    for name in metadata:
        if name not in ("annotations", "labels"):
            found.append(forbidden(f"{path}.metadata.{name}", "cannot be set"))
    validate_claim_spec(template.get("spec") or {}, f"{path}.spec", found)


def _image_volume(source: Manifest, path: str, found: Errors) -> None:
    required_text(f"{path}.reference", source.get("reference"), found)
    policy = source.get("pullPolicy", "")
    if policy and policy not in PULL_POLICIES:
        found.append(not_supported(f"{path}.pullPolicy", policy, PULL_POLICIES))


# In the order in which upstream looks at them: the first one counts, the others are one too many.
VOLUME_TYPES: dict[str, tuple[str, Check]] = {
    "emptyDir": ("emptyDir", _empty_dir),
    "hostPath": SHARED["hostPath"],
    "gitRepo": ("gitRepo", git_repo),
    "secret": ("secret", _secret),
    **{name: SHARED[name] for name in ("gcePersistentDisk", "awsElasticBlockStore", "nfs", "iscsi", "glusterfs", "flocker")},
    "persistentVolumeClaim": ("persistentVolumeClaim", needs("claimName")),
    **{name: SHARED[name] for name in ("rbd", "cinder", "cephfs", "quobyte")},
    "downwardAPI": ("downwardAPI", _downward_api),
    **{name: SHARED[name] for name in ("fc", "flexVolume")},
    "configMap": ("configMap", _config_map),
    **{name: SHARED[name] for name in ("azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume", "azureDisk", "storageos")},
    "projected": ("projected", projected),
    "scaleIO": SHARED["scaleIO"],
    "csi": ("csi", csi_inline),
    "ephemeral": ("ephemeral", _ephemeral_claim),
    "image": ("image", _image_volume),
}


def validate_volumes(volumes: list[Manifest], pod_name: str, path: str, found: Errors) -> dict[str, Manifest]:
    """Gives the good volumes by name, for the mounts; `pod_name` is empty for templates."""
    good: dict[str, Manifest] = {}
    made = {f"{pod_name}-{v.get('name', '')}" for v in volumes if v.get("ephemeral") is not None} if pod_name else set()
    for i, volume in enumerate(volumes):
        before, name = len(found), volume.get("name", "")
        _validate_source(volume, name, pod_name, f"{path}[{i}]", found)
        if not name:
            found.append(required(f"{path}[{i}].name"))
        else:
            label(f"{path}[{i}].name", name, found)
        if name in good:
            found.append(duplicate(f"{path}[{i}].name", name))
        if len(found) == before:
            good[name] = volume
        claim = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        if claim in made:
            why = "must not reference a PVC that gets created for an ephemeral volume"
            found.append(invalid(f"{path}[{i}].persistentVolumeClaim.claimName", claim, why))
    return good


def _validate_source(volume: Manifest, name: str, pod_name: str, path: str, found: Errors) -> None:
    if len(volume) == 2 and "name" in volume:
        kind = next(k for k in volume if k != "name")
        if kind in VOLUME_TYPES and volume[kind] is not None:
            shown, check = VOLUME_TYPES[kind]
            check(volume[kind], f"{path}.{shown}", found)
        else:
            found.append(required(path, "must specify a volume type"))
    else:
        validate_one_source(volume, VOLUME_TYPES, path, found)
    if pod_name and name and volume.get("ephemeral") is not None:
        claim = f"{pod_name}-{name}"
        each(f"{path}.name", name, [f'PVC name "{claim}": {m}' for m in names.is_dns1123_subdomain(claim)], found)
    portal = volume.get("iscsi") or {}
    if portal.get("initiatorName") is not None and len(f"{name}:{portal.get('targetPortal', '')}") > 64:
        why = "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified."
        found.append(invalid(f"{path}.name", name, why))
