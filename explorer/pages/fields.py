"""Completion for manifests: the fields at a path of a kind with their types, from the served schemas."""

import re
from typing import Any

MOST = 200


def at(api: Any, api_version: str, kind: str, path: str) -> list[dict[str, str]]:
    """[{name, type, about}] at `path` ("spec.template.spec"), list indices left out; kinds and versions where nothing is chosen."""
    if path == "apiVersion":
        return [{"name": v, "type": "", "about": ""} for v in sorted({_version(k) for k in api.registry})]
    if path == "kind":
        known = [k for k in api.registry if not api_version or _version(k) == api_version]
        return [{"name": k.kind, "type": "kind", "about": f"in {_version(k)}"} for k in sorted(known, key=lambda k: k.kind)]
    found = api.registry.by_kind(api_version, kind)
    group, _, version = api_version.rpartition("/")
    node = api.schemas.schema(group, version, kind) if found else None
    for step in filter(None, re.sub(r"\[\d*\]", "", path).split(".")):
        node = _into(node, step)
    return _fields(_struct(node))[:MOST]


def _version(kind: Any) -> str:
    return f"{kind.group}/{kind.versions[0]}" if kind.group else kind.versions[0]


def _struct(node: Any) -> Any:
    """The type that a path ends in: a list's or map's items."""
    while node is not None and not node.fields and node.items is not None:
        node = node.items
    return node


def _into(node: Any, step: str) -> Any:
    node = _struct(node)
    field = node.fields.get(step) if node is not None else None
    return field.schema if field is not None else None


def _fields(node: Any) -> list[dict[str, str]]:
    if node is None:
        return []
    return [{"name": name, "type": _type(f.schema), "about": "required" if f.required else ""} for name, f in sorted(node.fields.items())]


def _type(node: Any) -> str:
    """What a field wants: "list of Container", "integer", "map"."""
    if node.type == "list" and node.items is not None:
        return f"list of {_type(node.items)}"
    return str(node.struct_name or "object") if node.type == "struct" else str(node.type)
