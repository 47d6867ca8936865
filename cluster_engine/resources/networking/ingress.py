"""Ingress: rules by which HTTP from outside finds its service.

Models pkg/registry/networking/ingress/strategy.go and pkg/apis/networking/validation.ValidateIngress.
"""

import ipaddress
import re
from typing import Any

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, FieldError, invalid, not_supported, required
from cluster_engine.resources.addresses import check_ip
from cluster_engine.resources.checks import each, label, port_number, subdomain
from cluster_engine.resources.kind import Column, Kind, Manifest, Request, status_subresource
from cluster_engine.resources.table import AGE, NAME, NONE, age

CLASS_ANNOTATION = "kubernetes.io/ingress.class"
PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
FORBIDDEN_IN_PATH = ("//", "/./", "/../", "%2f", "%2F")
FORBIDDEN_ENDS = ("/..", "/.")
NETWORKING = "io.k8s.api.networking.v1."
WILDCARD = re.compile(r"\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
WILDCARD_MESSAGE = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, "
    "'-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is "
    "'\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
SHOWN_HOSTS = 3


def default(ingress: Manifest) -> None:
    ingress.setdefault("spec", {})
    ingress.setdefault("status", {}).setdefault("loadBalancer", {})


def prepare_create(ingress: Manifest, request: Request) -> None:
    ingress["status"] = {"loadBalancer": {}}


def prepare_update(ingress: Manifest, old: Manifest, request: Request) -> None:
    ingress["status"] = old.get("status", {})


def validate(ingress: Manifest) -> Errors:
    found: Errors = []
    spec = ingress.get("spec") or {}
    rules, backend = spec.get("rules") or [], spec.get("defaultBackend")
    if not rules and backend is None:
        found.append(invalid("spec", None, "either `defaultBackend` or `rules` must be specified"))
    if backend is not None:
        _validate_backend(backend, "spec.defaultBackend", found)
    for index, rule in enumerate(rules):
        _validate_rule(rule, f"spec.rules[{index}]", found)
    for index, tls in enumerate(spec.get("tls") or ()):
        for number, host in enumerate(tls.get("hosts") or ()):
            _validate_host(host, f"spec.tls[{index}].hosts[{number}]", found)
        if tls.get("secretName"):
            subdomain(f"spec.tls[{index}].secretName", tls["secretName"], found)
    if spec.get("ingressClassName") is not None:
        each("spec.ingressClassName", spec["ingressClassName"], names.is_dns1123_subdomain(spec["ingressClassName"]), found)
    return found


def validate_create(ingress: Manifest) -> Errors:
    noted = (ingress["metadata"].get("annotations") or {}).get(CLASS_ANNOTATION)
    name = (ingress.get("spec") or {}).get("ingressClassName")
    if noted is not None and name is not None and noted != name:
        return [invalid(f"annotations.{CLASS_ANNOTATION}", noted, "must match `ingressClassName` when both are specified")]
    return []


def _validate_rule(rule: Manifest, path: str, found: Errors) -> None:
    host, http = rule.get("host", ""), rule.get("http")
    if host:
        if _is_address(host):
            found.append(invalid(f"{path}.host", host, "must be a DNS name, not an IP address"))
        else:
            _validate_host(host, f"{path}.host", found)
    if http is None:
        return
    paths = http.get("paths") or []
    if not paths:
        found.append(required(f"{path}.http.paths"))
    for index, one in enumerate(paths):
        _validate_path(one, f"{path}.http.paths[{index}]", found)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _validate_host(host: str, path: str, found: Errors) -> None:
    if "*" in host:
        if not WILDCARD.fullmatch(host):
            found.append(invalid(path, host, WILDCARD_MESSAGE))
    else:
        each(path, host, names.is_dns1123_subdomain(host), found)


def _validate_path(one: Manifest, path: str, found: Errors) -> None:
    text, type_ = one.get("path", ""), one.get("pathType")
    if type_ is None:
        found.append(required(f"{path}.pathType", "pathType must be specified"))
    elif type_ in ("Exact", "Prefix"):
        _validate_strict_path(text, f"{path}.path", found)
    elif type_ == "ImplementationSpecific":
        if text and not text.startswith("/"):
            found.append(invalid(f"{path}.path", text, "must be an absolute path"))
    else:
        found.append(not_supported(f"{path}.pathType", type_, PATH_TYPES))
    _validate_backend(one.get("backend") or {}, f"{path}.backend", found)


def _validate_strict_path(text: str, path: str, found: Errors) -> None:
    if not text.startswith("/"):
        found.append(invalid(path, text, "must be an absolute path"))
        return
    for sequence in FORBIDDEN_IN_PATH:
        if sequence in text:
            found.append(invalid(path, text, f"must not contain '{sequence}'"))
    for end in FORBIDDEN_ENDS:
        if text.endswith(end):
            found.append(invalid(path, text, f"cannot end with '{end}'"))


def _validate_backend(backend: Manifest, path: str, found: Errors) -> None:
    service, resource = backend.get("service"), backend.get("resource")
    if resource is not None and service is not None:
        found.append(FieldError(path, "Invalid value", 'Invalid value: "": cannot set both resource and service backends'))
    elif resource is not None:
        _validate_resource(resource, f"{path}.resource", found)
    elif service is None:
        found.append(invalid(path, "", "resource or service backend is required"))
    else:
        _validate_service(service, path, found)


def _validate_resource(resource: Manifest, path: str, found: Errors) -> None:
    group = resource.get("apiGroup")
    if group:
        subdomain(f"{path}.apiGroup", group, found)
    for name in ("kind", "name"):
        if not resource.get(name):
            found.append(required(f"{path}.{name}"))


def _validate_service(service: Manifest, path: str, found: Errors) -> None:
    if not service.get("name"):
        found.append(required(f"{path}.service.name"))
    else:
        label(f"{path}.service.name", service["name"], found)
    port = service.get("port") or {}
    name, number = port.get("name"), port.get("number")
    if name and number:
        found.append(invalid(path, "", "cannot set both port name & port number"))
    elif name:
        each(f"{path}.service.port.name", name, names.is_port_name(name), found)
    elif number:
        port_number(f"{path}.service.port.number", number, found)
    else:
        found.append(required(path, "port name or number is required"))


def validate_status(ingress: Manifest, old: Manifest) -> Errors:
    found: Errors = []
    points = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    for index, point in enumerate(points):
        path = f"status.loadBalancer.ingress[{index}]"
        if point.get("ip"):
            check_ip(f"{path}.ip", point["ip"], found)
        if point.get("hostname"):
            if _is_address(point["hostname"]):
                found.append(invalid(f"{path}.hostname", point["hostname"], "must be a DNS name, not an IP address"))
            else:
                each(f"{path}.hostname", point["hostname"], names.is_dns1123_subdomain(point["hostname"]), found)
    return found


def warnings(ingress: Manifest, old: Manifest | None) -> list[str]:
    if old is None and CLASS_ANNOTATION in (ingress["metadata"].get("annotations") or {}):
        return [f"annotation \"{CLASS_ANNOTATION}\" is deprecated, please use 'spec.ingressClassName' instead"]
    return []


def row(ingress: Manifest, now: float) -> list[Any]:
    spec = ingress.get("spec") or {}
    points = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    address = ",".join(p.get("ip") or p.get("hostname", "") for p in points)
    noted = (ingress["metadata"].get("annotations") or {}).get(CLASS_ANNOTATION)
    ports = "80, 443" if spec.get("tls") else "80"
    return [ingress["metadata"].get("name", ""), spec.get("ingressClassName") or noted or NONE, _hosts(spec), address, ports, age(ingress, now)]


def _hosts(spec: Manifest) -> str:
    hosts = [rule["host"] for rule in spec.get("rules") or () if rule.get("host")]
    if not hosts:
        return "*"
    more = f" + {len(hosts) - SHOWN_HOSTS} more..." if len(hosts) > SHOWN_HOSTS else ""
    return ",".join(hosts[:SHOWN_HOSTS]) + more


KIND = Kind(
    group="networking.k8s.io",
    kind="Ingress",
    plural="ingresses",
    storage_prefix="ingress",
    short_names=("ing",),
    has_generation=True,
    default=default,
    prepare_create=prepare_create,
    prepare_update=prepare_update,
    validate=validate,
    validate_create=validate_create,
    warnings=warnings,
    columns=(
        NAME,
        Column("Class", "The name of the IngressClass resource that should be used for additional configuration"),
        Column("Hosts", "Hosts that incoming requests are matched against before the ingress rule"),
        Column("Address", "Address is a list containing ingress points for the load-balancer"),
        Column("Ports", "Ports of TLS configurations that open"),
        AGE,
    ),
    row=row,
    subresources={"status": status_subresource(validate=validate_status)},
)
