"""The registry of kinds: finds a `Kind` by resource name, by group and plural, or by apiVersion and kind.

Built-in kinds are the same for all clusters and are loaded once; each cluster adds its own CustomResourceDefinitions.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

import cluster_engine.resources as room
from cluster_engine.resources.kind import Kind


class Registry:
    """Kinds by name; `revision` rises with every change, so that discovery and OpenAPI know when to be made again."""

    def __init__(self, kinds: list[Kind]) -> None:
        self.revision = 0
        self._by_name: dict[str, Kind] = {}
        self._by_gvk: dict[tuple[str, str, str], Kind] = {}
        for kind in kinds:
            self.add(kind)

    def add(self, kind: Kind) -> None:
        self.remove(kind.name)
        self._by_name[kind.name] = kind
        for version in kind.versions:
            self._by_gvk[(kind.group, version, kind.kind)] = kind
        self.revision += 1

    def remove(self, name: str) -> None:
        old = self._by_name.pop(name, None)
        if old is None:
            return
        for version in old.versions:
            self._by_gvk.pop((old.group, version, old.kind), None)
        self.revision += 1

    def get(self, name: str) -> Kind | None:
        """By `plural.group`, or `plural` in the core group."""
        return self._by_name.get(name)

    def __getitem__(self, name: str) -> Kind:
        return self._by_name[name]

    def resource(self, group: str, version: str, plural: str) -> Kind | None:
        """By what stands in a URL."""
        kind = self._by_name.get(f"{plural}.{group}" if group else plural)
        return kind if kind is not None and version in kind.versions else None

    def by_kind(self, api_version: str, kind: str) -> Kind | None:
        """By what stands in a manifest."""
        group, _, version = api_version.rpartition("/")
        return self._by_gvk.get((group, version, kind))

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._by_name.values())


@cache
def builtin_kinds() -> tuple[Kind, ...]:
    """Every `KIND` (or `KINDS`) declared in a module below this room, in module order."""
    found: list[Kind] = []
    for module_info in sorted(pkgutil.walk_packages(room.__path__, room.__name__ + "."), key=lambda m: m.name):
        module = importlib.import_module(module_info.name)
        found.extend(kind for kind in getattr(module, "KINDS", ()) if isinstance(kind, Kind))
        if isinstance(kind := getattr(module, "KIND", None), Kind):
            found.append(kind)
    return tuple(found)


def builtin_registry() -> Registry:
    """A fresh registry of the built-in kinds, for one cluster."""
    return Registry(list(builtin_kinds()))
