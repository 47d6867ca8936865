"""The schemas of the kinds that a server knows, and what is made from them on first use: decoders and field managers.

Definitions of built-in kinds are the same for all clusters and shared; custom kinds bring their own.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from cluster_engine.machinery.apply.sets import Set
from cluster_engine.machinery.managed_fields import FieldManager
from cluster_engine.machinery.schema import Definitions, Schema, load
from cluster_engine.machinery.schema.decode import decoder
from cluster_engine.resources.kind import Kind

Decoder = Callable[[Any], Any]


@cache
def definitions() -> Definitions:
    """The published definitions of all built-in kinds."""
    return load()


@cache
def builtin_schema(group: str, version: str, kind: str) -> Schema | None:
    return definitions().kind(group, version, kind)


@cache
def builtin_decoder(group: str, version: str, kind: str) -> Decoder:
    shape = builtin_schema(group, version, kind)
    if shape is None:
        raise LookupError(f"{kind} of {group}/{version} has no schema")
    return decoder(shape)


def resets_of(kind: Kind) -> dict[str, Set]:
    """The fields that a write through a subresource ("" for the main one) never changes, and so cannot own."""
    found: dict[str, Set] = {name: _tree(sub.reset) for name, sub in kind.subresources.items() if sub.reset}
    own = (*kind.reset, "status") if "status" in kind.subresources else kind.reset
    return found | {"": _tree(own)} if own else found


def _tree(dotted: tuple[str, ...]) -> Set:
    tree: Set = {}
    for path in dotted:
        node = tree
        for part in path.split("."):
            node = node.setdefault(f"f:{part}", {})
    return tree


class Schemas:
    """One server's view: `custom` holds what CustomResourceDefinitions added, by (group, version, kind), `openapi` how they wrote it."""

    def __init__(self) -> None:
        self.custom: dict[tuple[str, str, str], Schema] = {}
        self.custom_decoders: dict[tuple[str, str, str], Decoder] = {}
        self.openapi: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._managers: dict[tuple[str, str, str], FieldManager] = {}

    def forget(self, gvk: tuple[str, str, str]) -> None:
        """A custom version has changed or gone: what was made from its schema is made anew."""
        self.custom.pop(gvk, None)
        self.custom_decoders.pop(gvk, None)
        self.openapi.pop(gvk, None)
        self._managers.pop(gvk, None)

    def schema(self, group: str, version: str, kind: str) -> Schema | None:
        return self.custom.get((group, version, kind)) or builtin_schema(group, version, kind)

    def shape(self, group: str, version: str, kind: str) -> Schema:
        """The schema of a kind that has one."""
        found = self.schema(group, version, kind)
        if found is None:
            raise LookupError(f"{kind} of {group}/{version} has no schema")
        return found

    def decoder(self, group: str, version: str, kind: str) -> Decoder:
        return self.custom_decoders.get((group, version, kind)) or builtin_decoder(group, version, kind)

    def field_manager(self, kind: Kind, version: str) -> FieldManager:
        """The field manager of a kind in one of its versions."""
        key = (kind.group, version, kind.kind)
        found = self._managers.get(key)
        if found is None:
            found = self._managers[key] = FieldManager(self.schema(*key), resets_of(kind))
        return found

    def field_manager_of(self, gvk: tuple[str, str, str]) -> FieldManager:
        """The field manager of a body that is no stored kind."""
        return self._managers.get(gvk) or self._managers.setdefault(gvk, FieldManager(self.schema(*gvk)))
