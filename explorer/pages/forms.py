"""The forms for Deployment, Service, ConfigMap and Namespace: what was filled in, as the YAML that it stands for.

A form only writes YAML: the dry run and the API judge it like any other, and the learner sees what a form is short for.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from explorer.pages.submission import as_yaml

Manifest = dict[str, Any]
Values = Mapping[str, str]
TITLES = {"deployment": "Deployment", "service": "Service", "configmap": "ConfigMap", "namespace": "Namespace"}
LABEL = re.compile(r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$")


def written(kind: str, values: Values) -> tuple[str, dict[str, str]]:
    """(YAML, errors by field)."""
    errors: dict[str, str] = {}
    name = values.get("name", "").strip()
    if not LABEL.match(name):
        errors["name"] = "A name has lower-case letters, digits and '-', and begins and ends with a letter or digit."
    manifest = BUILD[kind](name, values, errors)
    return ("", errors) if errors else (as_yaml(manifest), {})


def _meta(name: str, values: Values) -> Manifest:
    namespace = values.get("namespace", "").strip()
    return {"name": name} | ({"namespace": namespace} if namespace and namespace != "default" else {})


def _number(values: Values, field: str, errors: dict[str, str], lowest: int, highest: int, default: int | None = None) -> int:
    text = values.get(field, "").strip()
    if not text and default is not None:
        return default
    if not text.isdigit() or not lowest <= int(text) <= highest:
        errors[field] = f"A whole number from {lowest} to {highest}."
        return lowest
    return int(text)


def _deployment(name: str, values: Values, errors: dict[str, str]) -> Manifest:
    image = values.get("image", "").strip()
    if not image or " " in image:
        errors["image"] = "An image is named like nginx:1.27 or quay.io/org/app:v2."
    container: Manifest = {"name": re.sub(r"[^a-z0-9-]", "-", image.rpartition("/")[2].partition(":")[0].lower()).strip("-") or "app", "image": image}
    if values.get("port", "").strip():
        container["ports"] = [{"containerPort": _number(values, "port", errors, 1, 65535)}]
    asked = {k: v for k in ("cpu", "memory") if (v := values.get(k, "").strip())}
    if asked:
        container["resources"] = {"requests": asked}
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"replicas": _number(values, "replicas", errors, 0, 5000, 1), "selector": {"matchLabels": dict(labels)}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": _meta(name, values) | {"labels": dict(labels)}, "spec": spec}


def _pairs(values: Values, field: str, errors: dict[str, str]) -> dict[str, str]:
    """Lines of key=value."""
    found: dict[str, str] = {}
    for text in values.get(field, "").replace(",", "\n").splitlines() if field == "selector" else values.get(field, "").splitlines():
        key, mark, value = text.partition("=")
        if text.strip() and (not mark or not key.strip()):
            errors[field] = f"Each line is key=value; {text.strip()!r} is not."
        elif text.strip():
            found[key.strip()] = value.strip()
    return found


def _service(name: str, values: Values, errors: dict[str, str]) -> Manifest:
    port = _number(values, "port", errors, 1, 65535, 80)
    entry: Manifest = {"port": port, "targetPort": _number(values, "target", errors, 1, 65535, port)}
    spec: Manifest = {"selector": _pairs(values, "selector", errors) or {"app": name}, "ports": [entry]}
    if (type_ := values.get("type", "ClusterIP")) in ("NodePort", "LoadBalancer"):
        spec = {"type": type_} | spec
    return {"apiVersion": "v1", "kind": "Service", "metadata": _meta(name, values), "spec": spec}


def _configmap(name: str, values: Values, errors: dict[str, str]) -> Manifest:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _meta(name, values), "data": _pairs(values, "data", errors)}


def _namespace(name: str, values: Values, errors: dict[str, str]) -> Manifest:
    labels = _pairs(values, "labels", errors)
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name} | ({"labels": labels} if labels else {})}


BUILD: dict[str, Callable[[str, Values, dict[str, str]], Manifest]] = {
    "deployment": _deployment, "service": _service, "configmap": _configmap, "namespace": _namespace,
}  # fmt: skip
