"""The Kubernetes definitions: reads the published JSON schemas of a release and makes trees of types of them.

The file is fetched at set-up from the kubernetes-validate wheel (`build/kubernetes-v1.36.json`). What that form has lost
(texts or numbers where it says null, IntOrString, Quantity, Go's pointers) is restored here and in `go_types.py`.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from cluster_engine.machinery.schema import go_types
from cluster_engine.machinery.schema.tree import (
    ANY,
    BOOLEAN,
    BYTES,
    INT_OR_STRING,
    INTEGER,
    LIST,
    MAP,
    MICRO_TIME,
    NUMBER,
    QUANTITY,
    STRING,
    STRUCT,
    TIME,
    Field,
    Schema,
    absent,
)

DEFAULT_PATH = Path(__file__).resolve().parents[3] / "build" / "kubernetes-v1.36.json"

META = "io.k8s.apimachinery.pkg.apis.meta.v1."
SPECIAL = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": (QUANTITY, "resource.Quantity"),
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": (INT_OR_STRING, "intstr.IntOrString"),
    META + "Time": (TIME, "v1.Time"),
    META + "MicroTime": (MICRO_TIME, "v1.MicroTime"),
    META + "FieldsV1": (ANY, "v1.FieldsV1"),
    "io.k8s.apimachinery.pkg.runtime.RawExtension": (ANY, "runtime.RawExtension"),
    "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": (ANY, "v1.JSON"),
}
JSON_SCHEMA = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
OR_BOOL, OR_ARRAY, OR_STRINGS = JSON_SCHEMA + "OrBool", JSON_SCHEMA + "OrArray", JSON_SCHEMA + "OrStringArray"

GO_NUMBERS = {"int32": "int32", "int64": "int64", "double": "float64"}
ZEROS: dict[str, Callable[[], Any]] = {STRING: str, INTEGER: int, NUMBER: int, BOOLEAN: bool, QUANTITY: lambda: "0", INT_OR_STRING: int}


def nothing() -> None:
    """What Go prints for an empty pointer, list, map or time: null."""


class Definitions:
    """All types of a release; trees are made when first asked for, and kept."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw: Mapping[str, Any] = raw
        self._trees: dict[str, Schema] = {}
        self._kinds: dict[tuple[str, str, str], str] = {}
        for name, definition in raw.items():
            for gvk in definition.get("x-kubernetes-group-version-kind", ()):
                self._kinds[(gvk["group"], gvk["version"], gvk["kind"])] = name

    def kind(self, group: str, version: str, kind: str) -> Schema | None:
        """The tree of a kind, or None where the release has no such kind."""
        name = self._kinds.get((group, version, kind))
        return self.named(name) if name else None

    def name_of(self, group: str, version: str, kind: str) -> str:
        """The definition's full name, such as io.k8s.api.apps.v1.Deployment; empty when there is none."""
        return self._kinds.get((group, version, kind), "")

    def kinds(self) -> Iterator[tuple[str, str, str]]:
        return iter(self._kinds)

    def named(self, name: str) -> Schema:
        """The tree of a definition by its full name."""
        tree = self._trees.get(name)
        if tree is None:
            tree = self._trees[name] = Schema(*SPECIAL.get(name, (STRUCT, go_name(name))), name=name)
            self._fill(tree, name)
        return tree

    @property
    def object_meta(self) -> Schema:
        return self.named(META + "ObjectMeta")

    def _fill(self, tree: Schema, name: str) -> None:
        if name in (OR_BOOL, OR_ARRAY, OR_STRINGS):
            self._fill_either(tree, name)
        elif tree.type == STRUCT:
            definition = self.raw[name]
            tree.atomic = definition.get("x-kubernetes-map-type") == "atomic"
            required = set(definition.get("required", ()))
            for key, prop in definition.get("properties", {}).items():
                tree.fields[key] = self._field(short_name(name), key, prop, key in required)

    def _fill_either(self, tree: Schema, name: str) -> None:
        """JSONSchemaPropsOrBool and its siblings: a schema, or something simple."""
        schema = self.named(JSON_SCHEMA)
        tree.fields, tree.atomic = schema.fields, False
        simple = {
            OR_BOOL: Schema(BOOLEAN, "bool"),
            OR_ARRAY: Schema(LIST, "[]v1.JSONSchemaProps", items=schema, list_type="atomic"),
            OR_STRINGS: Schema(LIST, "[]string", items=Schema(STRING, "string"), list_type="atomic"),
        }
        tree.alternative = simple[name]

    def _field(self, owner: str, key: str, prop: Mapping[str, Any], required: bool) -> Field:
        schema = self._schema(owner, key, prop)
        pointer = key in go_types.POINTERS.get(owner, ())
        return Field(
            name=key,
            schema=schema,
            required=required,
            pointer=pointer,
            empty=self._empty(owner, key, prop, schema, required),
            patch_strategy=tuple(s for s in prop.get("x-kubernetes-patch-strategy", "").split(",") if s),
            merge_key=prop.get("x-kubernetes-patch-merge-key", ""),
            default=go_types.KEY_DEFAULTS.get(f"{owner}.{key}"),
            embedded_in=_embedded(owner, key),
        )

    def _schema(self, owner: str, key: str, prop: Mapping[str, Any]) -> Schema:
        if "$ref" in prop and isinstance(prop["$ref"], str):
            named = self.named(prop["$ref"].rpartition("/")[2])
            return replace(named, atomic=False) if prop.get("x-kubernetes-map-type") == "granular" else named
        type_ = _type(prop)
        if type_ == "array":
            items = self._schema(owner, key, prop["items"])
            keys = tuple(prop.get("x-kubernetes-list-map-keys", ()))
            return Schema(LIST, f"[]{items.go}", items=items, list_type=prop.get("x-kubernetes-list-type", "atomic"), map_keys=keys)
        if type_ == "object":
            return self._map(owner, key, prop)
        return _leaf(owner, key, type_, prop.get("format", ""))

    def _map(self, owner: str, key: str, prop: Mapping[str, Any]) -> Schema:
        values = prop.get("additionalProperties")
        if not isinstance(values, Mapping):
            return Schema(ANY, "interface {}")
        items = self._schema(owner, key, values)
        go = "v1.ResourceList" if items.type == QUANTITY and key in go_types.RESOURCE_LISTS else f"map[string]{items.go}"
        return Schema(MAP, go, items=items, atomic=prop.get("x-kubernetes-map-type") == "atomic")

    def _empty(self, owner: str, key: str, prop: Mapping[str, Any], schema: Schema, required: bool) -> Callable[[], Any]:
        """What Go prints for the field when it is not set."""
        if key in go_types.NULLS.get(owner, ()):
            return nothing
        if "$ref" in prop and schema.type == STRUCT and schema.alternative is None:
            is_meta = key == "metadata" and schema.name.endswith("meta.v1.ObjectMeta")
            always = (required and key not in go_types.POINTERS.get(owner, ())) or key in go_types.STRUCTS.get(owner, ()) or is_meta
            return _EmptyStruct(schema) if always else nothing if key in go_types.PRINTED.get(owner, ()) else absent
        printed = (required and key not in go_types.OMITTED.get(owner, ())) or key in go_types.PRINTED.get(owner, ())
        if key in ("apiVersion", "kind") and "enum" in prop:
            return absent
        if not printed:
            return absent
        return nothing if key in go_types.POINTERS.get(owner, ()) else ZEROS.get(schema.type, nothing)


class _EmptyStruct:
    """Makes a fresh empty struct, with the parts in it that are always printed."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.parts: list[tuple[str, Callable[[], Any]]] | None = None

    def __call__(self) -> dict[str, Any]:
        if self.parts is None:
            self.parts = [(f.name, f.empty) for f in self.schema.fields.values() if f.empty is not absent]
        return {name: make() for name, make in self.parts}


def _type(prop: Mapping[str, Any]) -> str:
    found = prop.get("type", "")
    return found if isinstance(found, str) else next((t for t in found if t != "null"), "")


def _leaf(owner: str, key: str, type_: str, format_: str) -> Schema:
    if type_ == "string" and format_ == "byte":
        return Schema(BYTES, "[]uint8")
    if type_ == "string":
        named = go_types.NAMED_TEXTS.get(f"{owner}.{key}", "string")
        return Schema(STRING, named if named == "string" or "." in named else f"v1.{named}")
    if type_ == "integer":
        return Schema(INTEGER, GO_NUMBERS.get(format_, "int64"), format=format_ or "int64")
    if type_ == "number":
        return Schema(NUMBER, "float64", format="double")
    return Schema(BOOLEAN, "bool") if type_ == "boolean" else Schema(ANY, "interface {}")


def _embedded(owner: str, key: str) -> str:
    name, fields = go_types.EMBEDDED.get(owner, ("", frozenset()))
    if key in fields:
        return name
    name, others = go_types.EMBEDDED_REST.get(owner, ("", set()))
    return name if name and key not in others else ""


def go_name(name: str) -> str:
    """`io.k8s.api.core.v1.PodSpec` → `v1.PodSpec`."""
    return ".".join(name.split(".")[-2:])


def short_name(name: str) -> str:
    """`io.k8s.api.core.v1.PodSpec` → `core.PodSpec`: how the tables of Go facts name a type, whatever its version."""
    parts = name.split(".")
    return f"{parts[-3]}.{parts[-1]}"


def path() -> str:
    """Where the definitions lie: $ORRERY_SCHEMAS, or the project's build folder."""
    return os.environ.get("ORRERY_SCHEMAS") or str(DEFAULT_PATH)


@cache
def _load(file: str) -> Definitions:
    with open(file, encoding="utf-8") as f:
        raw = json.load(f)
    return Definitions(raw.get("$defs") or raw.get("definitions") or raw)


def load(file: str = "") -> Definitions:
    """The release's definitions, read once per process."""
    return _load(file or path())
