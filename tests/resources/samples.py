"""Samples of objects for the tests of kinds, and short ways to judge them."""

from typing import Any

from cluster_engine.resources.kind import Kind, Request
from cluster_engine.resources.registry import builtin_registry

NOW = 1_767_225_600.0  # 2026-01-01T00:00:00Z
REQUEST = Request(now=NOW)
REGISTRY = builtin_registry()
Manifest = dict[str, Any]


def kind_of(obj: Manifest) -> Kind:
    found = REGISTRY.by_kind(obj["apiVersion"], obj["kind"])
    assert found is not None
    return found


def made(obj: Manifest) -> Manifest:
    """The object as a create leaves it."""
    kind = kind_of(obj)
    kind.default(obj)
    kind.prepare_create(obj, REQUEST)
    return obj


def faults(obj: Manifest) -> list[str]:
    """What a create of the object is refused for."""
    kind = kind_of(obj)
    made(obj)
    return [str(e) for e in (*kind.validate(obj), *kind.validate_create(obj))]


def update_faults(new: Manifest, old: Manifest) -> list[str]:
    """What a change from `old`, which must be as stored, to `new` is refused for."""
    kind = kind_of(new)
    kind.default(new)
    kind.prepare_update(new, old, REQUEST)
    return [str(e) for e in (*kind.validate(new), *kind.validate_update(new, old))]


def row(obj: Manifest) -> dict[str, Any]:
    """The cells of the object's table row by the names of their columns."""
    kind = kind_of(obj)
    assert kind.row is not None
    return dict(zip((c.name for c in kind.columns), kind.row(obj, NOW), strict=True))


def pod(*containers: Manifest, status: Manifest | None = None, **spec: Any) -> Manifest:
    found: Manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "shop", "creationTimestamp": "2025-12-31T23:00:00Z"},
        "spec": {"containers": list(containers) or [{"name": "app", "image": "nginx:1.25"}], **spec},
    }
    if status is not None:
        found["status"] = status
    return found


def workload(kind: str, **spec: Any) -> Manifest:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": "nginx"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web", "namespace": "shop", "creationTimestamp": "2025-12-31T23:00:00Z"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template, **spec},
    }


def service(**spec: Any) -> Manifest:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop", "creationTimestamp": "2025-12-31T23:00:00Z"}, "spec": spec}
