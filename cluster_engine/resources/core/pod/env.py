"""Environment variables: plain, or taken from fields, resources, config maps and secrets.

Models pkg/apis/core/v1/defaults.go and validation.ValidateEnv.
"""

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, invalid, not_supported, required
from cluster_engine.resources.checks import each, non_reserved_path, required_label, required_text
from cluster_engine.resources.kind import Manifest


def default_env(container: Manifest) -> None:
    for variable in container.get("env") or ():
        source = variable.get("valueFrom")
        if source:
            default_source(source)


def default_source(source: Manifest) -> None:
    """Of an environment variable or a downward API file."""
    if (field := source.get("fieldRef")) is not None and not field.get("apiVersion"):
        field["apiVersion"] = "v1"
    if (resource := source.get("resourceFieldRef")) is not None:
        resource.setdefault("divisor", "0")
    if (file := source.get("fileKeyRef")) is not None:
        file.setdefault("optional", False)


FIELD_PATHS = frozenset(
    {
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    }
)
FILE_FIELD_PATHS = frozenset({"metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"})
KNOWN_FIELD_PATHS = FIELD_PATHS | FILE_FIELD_PATHS | {"spec.restartPolicy", "spec.schedulerName", "status.phase"}
RESOURCES = frozenset(f"{part}.{name}" for part in ("limits", "requests") for name in ("cpu", "memory", "ephemeral-storage"))
HUGE_PAGES = ("limits.hugepages-", "requests.hugepages-")
BYTE_DIVISORS = frozenset({"1", *(f"1{unit}" for unit in "kMGTPE"), *(f"1{unit}i" for unit in "KMGTPE")})
BYTE_UNITS = "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported with the {} resource"
ONE_SOURCE = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
SEVERAL_SOURCES = "may not have more than one field specified at a time"


def validate_env(variables: list[Manifest], path: str, found: Errors) -> None:
    for i, variable in enumerate(variables):
        name = variable.get("name")
        if not name:
            found.append(required(f"{path}[{i}].name"))
        elif messages := names.is_env_var_name(name):
            each(f"{path}[{i}].name", name, messages, found)
        if (source := variable.get("valueFrom")) is not None:
            _validate_source(variable, source, f"{path}[{i}].valueFrom", found)


def _validate_source(variable: Manifest, source: Manifest, path: str, found: Errors) -> None:
    count = 0
    if (field := source.get("fieldRef")) is not None:
        count += 1
        validate_field_ref(field, FIELD_PATHS, f"{path}.fieldRef", found)
    if (resource := source.get("resourceFieldRef")) is not None:
        count += 1
        validate_resource_ref(resource, f"{path}.resourceFieldRef", found)
    for name in ("configMapKeyRef", "secretKeyRef"):
        if (selector := source.get(name)) is not None:
            count += 1
            _validate_key(selector, f"{path}.{name}", found)
    if (file := source.get("fileKeyRef")) is not None:
        count += 1
        _validate_file_key(file, f"{path}.fileKeyRef", found)
    if not count:
        found.append(invalid(path, "", ONE_SOURCE))
    elif variable.get("value"):
        found.append(invalid(path, "", "may not be specified when `value` is not empty"))
    elif count > 1:
        found.append(invalid(path, "", SEVERAL_SOURCES))


def _validate_key(selector: Manifest, path: str, found: Errors) -> None:
    name, key = selector.get("name", ""), selector.get("key")
    each(f"{path}.name", name, names.is_dns1123_subdomain(name), found)
    if not key:
        found.append(required(f"{path}.key"))
    else:
        each(f"{path}.key", key, names.is_config_map_key(key), found)


def _validate_file_key(file: Manifest, path: str, found: Errors) -> None:
    if required_text(f"{path}.key", file.get("key"), found):
        each(f"{path}.key", file["key"], names.is_env_var_name(file["key"]), found)
    required_label(f"{path}.volumeName", file.get("volumeName"), found)
    if required_text(f"{path}.path", file.get("path"), found):
        non_reserved_path(f"{path}.path", file["path"], found)


def split_subscript(field_path: str) -> tuple[str, str] | None:
    """`metadata.labels['app']` as its path and its key."""
    if not field_path.endswith("']"):
        return None
    head, separator, key = field_path[:-2].partition("['")
    return (head, key) if separator and head else None


def _conversion_error(version: str, field_path: str) -> str:
    if version != "v1":
        return f"unsupported pod version: {version}"
    subscripted = split_subscript(field_path)
    if subscripted is not None:
        return "" if subscripted[0] in ("metadata.annotations", "metadata.labels") else f"field label does not support subscript: {field_path}"
    return "" if field_path in KNOWN_FIELD_PATHS or field_path == "spec.host" else f"field label not supported: {field_path}"


def validate_field_ref(field: Manifest, supported: frozenset[str], path: str, found: Errors) -> None:
    version, field_path = field.get("apiVersion"), field.get("fieldPath")
    if not version:
        found.append(required(f"{path}.apiVersion"))
    elif not field_path:
        found.append(required(f"{path}.fieldPath"))
    elif error := _conversion_error(version, field_path):
        found.append(invalid(f"{path}.fieldPath", field_path, f"error converting fieldPath: {error}"))
    elif (subscripted := split_subscript(field_path)) is not None:
        key = subscripted[1].lower() if subscripted[0] == "metadata.annotations" else subscripted[1]
        each(path, key, names.is_qualified_name(key), found)
    elif field_path not in supported and field_path != "spec.host":
        found.append(not_supported(f"{path}.fieldPath", field_path, supported))


def validate_resource_ref(resource: Manifest, path: str, found: Errors, volume: bool = False) -> None:
    name = resource.get("resource", "")
    if volume and not resource.get("containerName"):
        found.append(required(f"{path}.containerName"))
    elif not name:
        found.append(required(f"{path}.resource"))
    elif name not in RESOURCES and not name.startswith(HUGE_PAGES):
        found.append(not_supported(f"{path}.resource", name, RESOURCES))
    _validate_divisor(name, resource.get("divisor", "0"), f"{path}.divisor", found)


def _validate_divisor(name: str, divisor: str, path: str, found: Errors) -> None:
    if divisor == "0":
        return
    _, _, resource = name.partition(".")
    if resource == "cpu":
        if divisor not in ("1m", "1"):
            found.append(invalid(path, name, "only divisor's values 1m and 1 are supported with the cpu resource"))
        return
    kind = {"memory": "memory", "ephemeral-storage": "local ephemeral storage"}.get(resource)
    kind = "hugepages" if resource.startswith("hugepages-") else kind
    if kind and divisor not in BYTE_DIVISORS:
        found.append(invalid(path, name, BYTE_UNITS.format(kind)))


def validate_env_from(sources: list[Manifest], path: str, found: Errors) -> None:
    for i, source in enumerate(sources):
        if prefix := source.get("prefix"):
            each(f"{path}[{i}].prefix", prefix, names.is_env_var_name(prefix), found)
        count = 0
        for name in ("configMapRef", "secretRef"):
            if (reference := source.get(name)) is not None:
                count += 1
                if required_text(f"{path}[{i}].{name}.name", reference.get("name"), found):
                    each(f"{path}[{i}].{name}.name", reference["name"], names.dns_subdomain_name(reference["name"], True), found)
        if not count:
            found.append(invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"))
        elif count > 1:
            found.append(invalid(path, "", SEVERAL_SOURCES))
