"""APIService: one version of one group, and who serves it. Models kube-aggregator pkg/registry/apiservice and its validation."""

from typing import Any

from cluster_engine.kernel.clock import timestamp
from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, invalid, required
from cluster_engine.resources.checks import each
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, NAME, age


def default(service: Manifest) -> None:
    target = service.setdefault("spec", {}).get("service")
    if target is not None and target.get("port") is None:
        target["port"] = 443
    service.setdefault("status", {})


def prepare_create(service: Manifest, request: Request) -> None:
    service["status"] = {}
    if service["spec"].get("service") is None:
        service["status"] = {"conditions": [_local(request)]}


def _local(request: Request) -> Manifest:
    """What a server says of the versions that it serves itself."""
    message = "Local APIServices are always available"
    return {"type": "Available", "status": "True", "reason": "Local", "message": message, "lastTransitionTime": timestamp(request.now)}


def prepare_update(service: Manifest, old: Manifest, request: Request) -> None:
    service["status"] = old.get("status", {})


def validate_name(name: str, generated: bool) -> list[str]:
    for bad in "/%":
        if bad in name:
            return [f"may not contain '{bad}'"]
    return [f"may not be '{name}'"] if name in (".", "..") else []


def validate(service: Manifest) -> Errors:
    found: Errors = []
    spec = service.get("spec") or {}
    name, group, version = service["metadata"].get("name", ""), spec.get("group", ""), spec.get("version", "")
    wanted = f"{version}.{group}"
    if name != wanted:
        found.append(invalid("metadata.name", name, f'must be `spec.version+"."+spec.group`: "{wanted}"'))
    if group:
        each("spec.group", group, names.is_dns1123_subdomain(group), found)
    elif version != "v1":
        found.append(required("spec.group", "only v1 may have an empty group and it better be legacy kube"))
    each("spec.version", version, names.is_dns1035_label(version), found)
    _validate_priorities(spec, found)
    _validate_service(spec, found)
    return found


def _validate_priorities(spec: Manifest, found: Errors) -> None:
    for name, most in (("groupPriorityMinimum", 20000), ("versionPriority", 1000)):
        value = spec.get(name, 0)
        if not 0 < value <= most:
            found.append(invalid(f"spec.{name}", value, f"must be positive and less than {most}"))


def _validate_service(spec: Manifest, found: Errors) -> None:
    service, insecure = spec.get("service"), bool(spec.get("insecureSkipTLSVerify"))
    if service is None:
        if spec.get("caBundle"):
            found.append(invalid("spec.caBundle", f"{len(spec['caBundle'])} bytes", "local APIServices may not have a caBundle"))
        if insecure:
            found.append(invalid("spec.insecureSkipTLSVerify", True, "local APIServices may not have insecureSkipTLSVerify"))
        return
    for name in ("namespace", "name"):
        if not service.get(name):
            found.append(required(f"spec.service.{name}"))
    if not 1 <= service.get("port", 443) <= 65535:
        found.append(invalid("spec.service.port", service["port"], f"port is not valid: {names.inclusive_range(1, 65535)}"))
    if insecure and spec.get("caBundle"):
        found.append(invalid("spec.insecureSkipTLSVerify", True, "may not be true if caBundle is present"))


def row(service: Manifest, now: float) -> list[Any]:
    target = (service.get("spec") or {}).get("service")
    where = f"{target.get('namespace', '')}/{target.get('name', '')}" if target is not None else "Local"
    return [service["metadata"].get("name", ""), where, _available(service), age(service, now)]


def _available(service: Manifest) -> str:
    for condition in (service.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "Available":
            status = condition.get("status", "Unknown")
            return "True" if status == "True" else f"{status} ({condition.get('reason', '')})"
    return "Unknown"


KIND = Kind(
    group="apiregistration.k8s.io",
    kind="APIService",
    plural="apiservices",
    namespaced=False,
    categories=("api-extensions",),
    storage_prefix="apiregistration.k8s.io/apiservices",
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate_name=validate_name,
    validate=validate,
    columns=(
        NAME,
        Column("Service", "The reference to the service that hosts this API endpoint."),
        Column("Available", "Whether this service is available."),
        AGE,
    ),
    row=row,
    subresources={"status": status_subresource()},
)
