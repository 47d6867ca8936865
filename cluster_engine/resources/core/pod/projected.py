"""Projected volumes: several sources in one folder.

Models validation.validateProjectionSources.
"""

from cluster_engine.machinery.field import Errors, forbidden, invalid, required
from cluster_engine.resources.checks import file_mode, label_selector, non_reserved_path, required_text
from cluster_engine.resources.core.pod.volume_files import downward_file, key_to_path
from cluster_engine.resources.kind import Manifest

KINDS = ("secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate")
CONFLICT = "conflicting duplicate paths"


def projected(source: Manifest, path: str, found: Errors) -> None:
    file_mode(f"{path}.defaultMode", source.get("defaultMode"), found)
    taken: set[str] = set()
    for i, part in enumerate(source.get("sources") or ()):
        given = [kind for kind in KINDS if part.get(kind) is not None]
        for kind in given:
            _validate_part(kind, part[kind], f"{path}.sources[{i}].{kind}", path, taken, found)
        if len(given) > 1:
            found.append(forbidden(f"{path}.sources[{i}]", "may not specify more than 1 volume type per source"))


def _validate_part(kind: str, part: Manifest, path: str, volume_path: str, taken: set[str], found: Errors) -> None:
    if kind in ("secret", "configMap"):
        required_text(f"{path}.name", part.get("name"), found)
        for i, item in enumerate(part.get("items") or ()):
            key_to_path(item, f"{path}.items[{i}]", found)
            _take(item.get("path"), part.get("name", ""), taken, volume_path, found)
    elif kind == "downwardAPI":
        for item in part.get("items") or ():
            downward_file(item, path, found)
            _take(item.get("path"), item.get("path", ""), taken, volume_path, found)
    elif kind == "serviceAccountToken":
        _validate_token(part, path, volume_path, found)
    elif kind == "clusterTrustBundle":
        _validate_trust_bundle(part, path, found)
        _take(part.get("path"), part.get("path", ""), taken, volume_path, found)


def _take(place: str | None, shown: str, taken: set[str], path: str, found: Errors) -> None:
    if not place:
        return
    if place in taken:
        found.append(invalid(path, shown, CONFLICT))
    taken.add(place)


def _validate_token(token: Manifest, path: str, volume_path: str, found: Errors) -> None:
    seconds = token.get("expirationSeconds", 0)
    if seconds < 600:
        found.append(invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"))
    if seconds > 1 << 32:
        found.append(invalid(f"{path}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds"))
    place = token.get("path")
    if not place:
        found.append(required(f"{volume_path}.path"))
    else:
        non_reserved_path(f"{volume_path}.path", place, found)


def _validate_trust_bundle(bundle: Manifest, path: str, found: Errors) -> None:
    name, signer = bundle.get("name"), bundle.get("signerName")
    if name is not None and signer is not None:
        found.append(invalid(path, bundle, "only one of name and signerName may be used"))
    elif name is not None:
        if not name:
            found.append(required(f"{path}.name", "must be a valid object name"))
        if bundle.get("labelSelector") is not None:
            found.append(invalid(f"{path}.labelSelector", bundle["labelSelector"], "labelSelector must be unset if name is specified"))
    elif signer is not None:
        if not signer:
            found.append(required(f"{path}.signerName", "must be a valid signer name"))
        label_selector(f"{path}.labelSelector", bundle.get("labelSelector"), found)
    else:
        found.append(required(path, "either name or signerName must be specified"))
    required_text(f"{path}.path", bundle.get("path"), found)
    non_reserved_path(f"{path}.path", bundle.get("path", ""), found)
