"""Copy-on-write on manifests: stored objects are shared, so a change makes new dicts along its path and shares the rest."""

from collections.abc import Mapping
from typing import Any

Manifest = dict[str, Any]


def at(manifest: Any, path: str, default: Any = None) -> Any:
    """The value at a dotted path of map keys, or `default`."""
    for part in path.split("."):
        if not isinstance(manifest, Mapping) or part not in manifest:
            return default
        manifest = manifest[part]
    return manifest


def changed(manifest: Manifest, path: str, value: Any) -> Manifest:
    """A new manifest with `value` at the dotted `path`; only the dicts along the path are copied."""
    head, _, rest = path.partition(".")
    inner = manifest.get(head)
    return {**manifest, head: changed(inner if isinstance(inner, dict) else {}, rest, value) if rest else value}


def without(manifest: Manifest, path: str) -> Manifest:
    """A new manifest without the dotted `path`."""
    head, _, rest = path.partition(".")
    if head not in manifest:
        return manifest
    if rest:
        inner = manifest[head]
        return {**manifest, head: without(inner, rest)} if isinstance(inner, dict) else manifest
    return {k: v for k, v in manifest.items() if k != head}


def private(value: Any) -> Any:
    """A deep copy of JSON data, for code that changes in place."""
    if isinstance(value, dict):
        return {k: private(v) for k, v in value.items()}
    if isinstance(value, list):
        return [private(v) for v in value]
    return value
