"""Files within volumes: which key of a config map or secret, or which fact about the pod, becomes which file.

Models validation.validateKeyToPath, validateDownwardAPIVolumeFile.
"""

from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.resources.checks import file_mode, non_reserved_path, required_text
from cluster_engine.resources.core.pod.env import FILE_FIELD_PATHS, validate_field_ref, validate_resource_ref
from cluster_engine.resources.kind import Manifest


def key_to_path(item: Manifest, path: str, found: Errors) -> None:
    required_text(f"{path}.key", item.get("key"), found)
    required_text(f"{path}.path", item.get("path"), found)
    non_reserved_path(f"{path}.path", item.get("path", ""), found)
    file_mode(f"{path}.mode", item.get("mode"), found)


def downward_file(item: Manifest, path: str, found: Errors) -> None:
    required_text(f"{path}.path", item.get("path"), found)
    non_reserved_path(f"{path}.path", item.get("path", ""), found)
    field, resource = item.get("fieldRef"), item.get("resourceFieldRef")
    if field is not None:
        validate_field_ref(field, FILE_FIELD_PATHS, f"{path}.fieldRef", found)
        if resource is not None:
            found.append(invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"))
    elif resource is not None:
        validate_resource_ref(resource, f"{path}.resourceFieldRef", found, volume=True)
    else:
        found.append(required(path, "one of fieldRef and resourceFieldRef is required"))
    file_mode(f"{path}.mode", item.get("mode"), found)
