"""Probes and lifecycle hooks: how the kubelet asks a container whether it is alive and ready, and what it runs at its ends.

Models pkg/apis/core/v1/defaults.go (SetDefaults_Probe, SetDefaults_HTTPGetAction).
"""

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
