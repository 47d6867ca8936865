"""Environment variables: plain, or taken from fields, resources, config maps and secrets.

Models pkg/apis/core/v1/defaults.go and validation.ValidateEnv.
"""

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
