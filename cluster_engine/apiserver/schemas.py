"""The schemas of the kinds that a server knows, and what is made from them on first use: decoders and field managers.

Definitions of built-in kinds are the same for all clusters and shared; custom kinds bring their own.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from cluster_engine.machinery import schema
from cluster_engine.machinery.managed_fields import FieldManager
from cluster_engine.machinery.schema.decode import decoder
from cluster_engine.resources.kind import Kind

Decoder = Callable[[Any], Any]


@cache
def definitions() -> schema.Definitions:
    """The published definitions of all built-in kinds."""
    return schema.load()


@cache
def builtin_schema(group: str, version: str, kind: str) -> "schema.Schema | None":
    return definitions().kind(group, version, kind)


@cache
def builtin_decoder(group: str, version: str, kind: str) -> Decoder:
    return decoder(builtin_schema(group, version, kind))


@cache
def builtin_field_manager(group: str, version: str, kind: str) -> FieldManager:
    return FieldManager(builtin_schema(group, version, kind))


class Schemas:
    """One server's view: `custom` holds what CustomResourceDefinitions added, by (group, version, kind)."""

    def __init__(self) -> None:
        self.custom: dict[tuple[str, str, str], schema.Schema] = {}
        self._managers: dict[tuple[str, str, str], FieldManager] = {}
        self._decoders: dict[tuple[str, str, str], Decoder] = {}

    def schema(self, group: str, version: str, kind: str) -> "schema.Schema | None":
        return self.custom.get((group, version, kind)) or builtin_schema(group, version, kind)

    def decoder(self, group: str, version: str, kind: str) -> Decoder:
        return builtin_decoder(group, version, kind)

    def field_manager(self, kind: Kind, version: str) -> FieldManager:
        return self.field_manager_of((kind.group, version, kind.kind))

    def field_manager_of(self, gvk: tuple[str, str, str]) -> FieldManager:
        return builtin_field_manager(*gvk)
