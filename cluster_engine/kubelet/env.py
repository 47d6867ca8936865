"""The environment of a container: service links, envFrom, env; references to other variables are expanded.

Models pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables), pkg/kubelet/envvars and third_party/forked/golang/expansion.
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

from cluster_engine.client.client import Manifest
from cluster_engine.kubelet.context import NodeContext
from cluster_engine.machinery.quantity import Quantity, QuantityError, parse

NAME = re.compile(r"^[-._a-zA-Z][-._a-zA-Z0-9]*$")
REFERENCE = re.compile(r"\$\$|\$\(([^()]*)\)")


class ConfigError(Exception):
    """Something that the container refers to is not there (CreateContainerConfigError)."""


def expand(text: str, known: Mapping[str, str]) -> str:
    """`$(NAME)` becomes its value, `$$` a dollar; unknown references stay as they are."""
    if "$" not in text:
        return text
    return REFERENCE.sub(lambda m: "$" if m[0] == "$$" else known.get(m[1], m[0]), text)


def environment(context: NodeContext, pod: Manifest, container: Manifest, addresses: tuple[str, str]) -> dict[str, str]:
    """All variables. `addresses`: the pod's and the node's. Raises ConfigError."""
    namespace = pod["metadata"]["namespace"]
    result: dict[str, str] = {}
    for source in container.get("envFrom") or ():
        result.update(_all_of(context, namespace, source))
    links = service_links(context, namespace, pod["spec"].get("enableServiceLinks", True))
    for entry in container.get("env") or ():
        value = _value(context, pod, container, entry, addresses, {**links, **result})
        if value is not None:
            result[entry["name"]] = value
    return {**links, **result}


def _all_of(context: NodeContext, namespace: str, source: Manifest) -> dict[str, str]:
    prefix = source.get("prefix", "")
    for field, kind, find in (("configMapRef", "configmap", context.config_map), ("secretRef", "secret", context.secret)):
        ref = source.get(field)
        if ref is None:
            continue
        found = find(namespace, ref.get("name", ""))
        if found is None:
            if ref.get("optional"):
                return {}
            raise ConfigError(f'{kind} "{ref.get("name", "")}" not found')
        return {prefix + key: value for key, value in texts(found).items() if NAME.match(prefix + key)}
    return {}


def texts(manifest: Manifest) -> dict[str, str]:
    """A configMap's or secret's entries as text."""
    data = manifest.get("data") or {}
    if manifest["kind"] == "Secret":
        return {key: base64.b64decode(value or "").decode(errors="replace") for key, value in data.items()}
    return dict(data)


def _value(context: NodeContext, pod: Manifest, container: Manifest, entry: Manifest, addresses: tuple[str, str], known: Mapping[str, str]) -> str | None:
    source = entry.get("valueFrom")
    if source is None:
        return expand(entry.get("value", ""), known)
    if "fieldRef" in source:
        return field_value(pod, source["fieldRef"]["fieldPath"], context.node, addresses)
    if "resourceFieldRef" in source:
        return resource_value(context, pod, container, source["resourceFieldRef"])
    return _key_value(context, pod["metadata"]["namespace"], source)


def _key_value(context: NodeContext, namespace: str, source: Manifest) -> str | None:
    for field, kind, find in (("configMapKeyRef", "configmap", context.config_map), ("secretKeyRef", "secret", context.secret)):
        ref = source.get(field)
        if ref is None:
            continue
        found = find(namespace, ref.get("name", ""))
        entries = texts(found) if found is not None else {}
        if ref["key"] in entries:
            return entries[ref["key"]]
        if ref.get("optional"):
            return None
        if found is None:
            raise ConfigError(f'{kind} "{ref.get("name", "")}" not found')
        shown = "ConfigMap" if kind == "configmap" else "Secret"
        raise ConfigError(f"couldn't find key {ref['key']} in {shown} {namespace}/{ref['name']}")
    return None


def field_value(pod: Manifest, path: str, node: str, addresses: tuple[str, str]) -> str:
    """The downward API's fields."""
    meta, spec = pod["metadata"], pod["spec"]
    plain: dict[str, Any] = {
        "metadata.name": meta["name"],
        "metadata.namespace": meta["namespace"],
        "metadata.uid": meta.get("uid", ""),
        "spec.nodeName": node,
        "spec.serviceAccountName": spec.get("serviceAccountName", ""),
        "status.podIP": addresses[0],
        "status.podIPs": addresses[0],
        "status.hostIP": addresses[1],
        "status.hostIPs": addresses[1],
    }
    if path in plain:
        return str(plain[path])
    match = re.fullmatch(r"metadata\.(labels|annotations)(?:\['(.+)'\])?", path)
    if match is None:
        raise ConfigError(f"unsupported fieldPath: {path}")
    entries = meta.get(match[1]) or {}
    if match[2]:
        return str(entries.get(match[2], ""))
    return "\n".join(f'{key}="{value}"' for key, value in sorted(entries.items()))


def resource_value(context: NodeContext, pod: Manifest, container: Manifest, ref: Manifest) -> str:
    """limits.cpu and its like, divided; without a limit the node's allocatable counts."""
    if ref.get("containerName"):
        container = next((c for c in (*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())) if c["name"] == ref["containerName"]), container)
    kind, _, resource = ref["resource"].partition(".")
    text = ((container.get("resources") or {}).get(kind) or {}).get(resource)
    if text is None and kind == "limits":
        text = {"cpu": context.shape.cpu, "memory": context.shape.memory, "ephemeral-storage": context.shape.disk}.get(resource)
    divisor = parse(ref.get("divisor") or "1")
    divisor = divisor if divisor else parse("1")
    share = quantity(text or "0").value / divisor.value
    return str(-(-share.numerator // share.denominator))


def quantity(text: str) -> Quantity:
    try:
        return parse(text)
    except QuantityError:
        return parse("0")


def service_links(context: NodeContext, namespace: str, all_services: bool) -> dict[str, str]:
    """The variables that tell of services, as Docker's links once did."""
    informer = context.informers.of("services")
    if not informer.synced:
        informer.pump()
    result: dict[str, str] = {}
    for service in informer.all(namespace) if all_services else ():
        result.update(_link(service))
    kubernetes = informer.get("default", "kubernetes")
    if kubernetes is not None:
        result.update(_link(kubernetes))
    return result


def _link(service: Manifest) -> dict[str, str]:
    spec = service["spec"]
    address = spec.get("clusterIP", "")
    if not address or address == "None" or not spec.get("ports"):
        return {}
    name = service["metadata"]["name"].upper().replace("-", "_")
    first = spec["ports"][0]
    result = {f"{name}_SERVICE_HOST": address, f"{name}_SERVICE_PORT": str(first["port"])}
    for port in spec["ports"]:
        if port.get("name"):
            result[f"{name}_SERVICE_PORT_{port['name'].upper().replace('-', '_')}"] = str(port["port"])
    result[f"{name}_PORT"] = _url(first, address)
    for port in spec["ports"]:
        protocol = port.get("protocol", "TCP")
        prefix = f"{name}_PORT_{port['port']}_{protocol}"
        result |= {prefix: _url(port, address), f"{prefix}_PROTO": protocol.lower(), f"{prefix}_PORT": str(port["port"]), f"{prefix}_ADDR": address}
    return result


def _url(port: Manifest, address: str) -> str:
    return f"{port.get('protocol', 'TCP').lower()}://{address}:{port['port']}"
