"""Probes and lifecycle hooks: how the kubelet asks a container whether it is alive and ready, and what it runs at its ends.

Models pkg/apis/core/v1/defaults.go (SetDefaults_Probe, SetDefaults_HTTPGetAction) and validation.validateProbe, validateHandler.
"""

from cluster_engine.machinery import names
from cluster_engine.machinery.field import Errors, forbidden, invalid, not_supported, required
from cluster_engine.resources.checks import each, non_negative, port_number, port_number_or_name, required_text
from cluster_engine.resources.kind import Manifest

PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
HOOKS = ("postStart", "preStop")


def default_probe(probe: Manifest) -> None:
    for name, value in (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)):
        if not probe.get(name):
            probe[name] = value
    if (grpc := probe.get("grpc")) is not None:
        grpc.setdefault("service", "")
    default_handler(probe)


def default_handler(handler: Manifest) -> None:
    get = handler.get("httpGet")
    if get is None:
        return
    if not get.get("path"):
        get["path"] = "/"
    if not get.get("scheme"):
        get["scheme"] = "HTTP"


def default_container_probes(container: Manifest) -> None:
    for name in PROBES:
        if (probe := container.get(name)) is not None:
            default_probe(probe)
    lifecycle = container.get("lifecycle")
    if lifecycle:
        for name in HOOKS:
            if (hook := lifecycle.get(name)) is not None:
                default_handler(hook)


SCHEMES = frozenset({"HTTP", "HTTPS"})
COUNTS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")


def validate_probes(container: Manifest, grace: int | None, path: str, found: Errors) -> None:
    """Those of a container that runs on: a main container or a sidecar."""
    for name in PROBES:
        if (probe := container.get(name)) is not None:
            _validate_probe(probe, name, grace, f"{path}.{name}", found)


def _validate_probe(probe: Manifest, name: str, grace: int | None, path: str, found: Errors) -> None:
    validate_handler(probe, grace, path, found)
    for count in COUNTS:
        if probe.get(count, 0) < 0:
            non_negative(f"{path}.{count}", probe[count], found)
    own_grace = probe.get("terminationGracePeriodSeconds")
    if own_grace is not None and own_grace <= 0:
        found.append(invalid(f"{path}.terminationGracePeriodSeconds", own_grace, "must be greater than 0"))
    if name == "readinessProbe":
        if own_grace is not None:
            found.append(invalid(f"{path}.terminationGracePeriodSeconds", own_grace, "must not be set for readinessProbes"))
    elif probe.get("successThreshold") != 1:
        found.append(invalid(f"{path}.successThreshold", probe.get("successThreshold", 0), "must be 1"))


def validate_lifecycle(lifecycle: Manifest, grace: int | None, path: str, found: Errors) -> None:
    for name in HOOKS:
        if (hook := lifecycle.get(name)) is not None:
            validate_handler(hook, grace, f"{path}.{name}", found)


def validate_handler(handler: Manifest, grace: int | None, path: str, found: Errors) -> None:
    """Exactly one of exec, httpGet, tcpSocket, grpc and (for hooks) sleep."""
    count = 0
    for name in HANDLERS:
        if (action := handler.get(name)) is None:
            continue
        count += 1
        if count > 1:
            found.append(forbidden(f"{path}.{name}", "may not specify more than 1 handler type"))
        else:
            _validate_action(name, action, grace, f"{path}.{name}", found)
    if not count:
        found.append(required(path, "must specify a handler type"))


def _validate_action(name: str, action: Manifest, grace: int | None, path: str, found: Errors) -> None:
    if name == "httpGet":
        _validate_http_get(action, path, found)
    elif name == "tcpSocket":
        port_number_or_name(f"{path}.port", action.get("port"), found)
    elif name == "grpc":
        port_number(f"{path}.port", action.get("port", 0), found)
    elif name == "exec":
        if not action.get("command"):
            found.append(required(f"{path}.command"))
    elif grace is not None and not 0 <= action.get("seconds", 0) <= grace:
        found.append(invalid(path, action["seconds"], f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"))


def _validate_http_get(action: Manifest, path: str, found: Errors) -> None:
    required_text(f"{path}.path", action.get("path"), found)
    port_number_or_name(f"{path}.port", action.get("port"), found)
    if action.get("scheme") not in SCHEMES:
        found.append(not_supported(f"{path}.scheme", action.get("scheme", ""), SCHEMES))
    for header in action.get("httpHeaders") or ():
        name = header.get("name", "")
        each(f"{path}.httpHeaders", name, names.is_http_header_name(name), found)
