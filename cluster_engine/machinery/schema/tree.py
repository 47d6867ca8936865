"""The tree of types: for every field its type, how lists and maps merge, and what Go prints when it is empty.

Models the parts of sigs.k8s.io/structured-merge-diff/schema and of Go's reflection that the machinery needs.
Trees are built once and then only read; they may contain themselves (JSONSchemaProps does).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# Types of a Schema. The first three have parts, the rest are leaves.
STRUCT, MAP, LIST = "struct", "map", "list"
STRING, INTEGER, NUMBER, BOOLEAN, BYTES = "string", "integer", "number", "boolean", "bytes"
QUANTITY, INT_OR_STRING, TIME, MICRO_TIME, ANY = "quantity", "int-or-string", "time", "micro-time", "any"
LEAVES = {STRING, INTEGER, NUMBER, BOOLEAN, BYTES, QUANTITY, INT_OR_STRING, TIME, MICRO_TIME, ANY}


def absent() -> Any:
    """Marks a field that Go does not print when it is empty."""
    raise AssertionError("absent fields have no empty value")


@dataclass(slots=True, eq=False, repr=False)
class Schema:
    """One type. `go` is its Go name, as error texts show it (`v1.PodSpec`, `[]v1.Container`, `int32`).

    `fields`: of a struct. `items`: of a list, or of a map's values. `list_type`: atomic, set or map (with `map_keys`).
    `atomic`: a struct or map that is owned as a whole. `keeps_unknown`: fields that are not declared are kept, not pruned
    (custom resources); `embedded`: the object is itself a Kubernetes object with its own metadata. `alternative`: a second
    reading, by the JSON type of the value (a JSONSchemaPropsOrBool is an object or a boolean). `decoder`, `namer` and
    `whole` hold what other files compile from the type on first use.
    """

    type: str
    go: str = ""
    fields: dict[str, "Field"] = field(default_factory=dict)
    items: "Schema | None" = None
    list_type: str = ""
    map_keys: tuple[str, ...] = ()
    atomic: bool = False
    keeps_unknown: bool = False
    embedded: bool = False
    nullable: bool = False
    format: str = ""
    alternative: "Schema | None" = None
    decoder: Callable[..., Any] | None = None
    namer: Callable[[Any], str] | None = None
    whole: Callable[[Any], dict[str, Any]] | None = None
    name: str = ""

    @property
    def is_leaf(self) -> bool:
        return self.type in LEAVES

    @property
    def struct_name(self) -> str:
        """The Go type's own name, without its package."""
        return self.go.rpartition(".")[2]


@dataclass(slots=True, eq=False, repr=False)
class Field:
    """A field of a struct.

    `pointer`: Go keeps an explicit zero value. `empty` makes what Go prints when the field is not set (`absent` for
    omitempty). `patch_strategy` and `merge_key` steer the strategic merge patch. `default` is the value that a list's key
    field has when it is not given (`protocol: TCP`). `embedded_in` names the Go struct that is embedded at this field.
    """

    name: str
    schema: Schema
    required: bool = False
    pointer: bool = False
    empty: Callable[[], Any] = absent
    patch_strategy: tuple[str, ...] = ()
    merge_key: str = ""
    default: Any = None
    embedded_in: str = ""


EMPTY_STRUCT = Schema(STRUCT, "struct {}")
ANYTHING = Schema(ANY, "interface {}", keeps_unknown=True)
