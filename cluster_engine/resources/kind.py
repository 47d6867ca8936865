"""The declaration of one kind: everything the API server must know to serve it, as data and pure functions.

Models the registration in pkg/registry/<group>/<kind>/{storage,strategy}.go together with pkg/apis/<group>.
All functions work on raw manifests in the kind's storage version. `default`, `prepare_*` change the manifest they are
given (it is the request's private copy); every other function must leave its arguments alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cluster_engine.machinery.field import Errors

Manifest = dict[str, Any]

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True)
class Request:
    """What a strategy may know of the request beside the objects."""

    now: float
    user: str = ""
    groups: tuple[str, ...] = ()
    subresource: str = ""
    dry_run: bool = False
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def spec_differs(new: Manifest, before: Manifest) -> bool:
    """Whether anything outside metadata and status differs."""
    return any(new.get(k) != before.get(k) for k in new.keys() | before.keys() if k not in ("metadata", "status"))


def nothing(*_: Any) -> None:
    """A strategy step that changes nothing."""


def no_errors(*_: Any) -> Errors:
    """A validation that finds nothing wrong."""
    return []


def no_warnings(*_: Any) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Column:
    """A column of kubectl's table. `priority` 1 shows with `-o wide` only; `type` and `format` are OpenAPI's.

    Where `description` is empty, the table shows the published description of the API field that `described_by` names
    ("io.k8s.api.core.v1.PodStatus.podIP": a definition of the OpenAPI document, a dot, one of its properties).
    """

    name: str
    description: str = ""
    type: str = "string"
    format: str = ""
    priority: int = 0
    described_by: str = ""


@dataclass(frozen=True, slots=True)
class Subresource:
    """A part of an object with its own verbs, such as `status`.

    `kind`/`group`/`version` name the body's kind where it differs from the parent's (scale: autoscaling/v1 Scale).
    `prepare(obj, old, request)` copies over what this subresource may not change; `validate(obj, old)` finds errors.
    `reset` lists the top-level paths that updates through this subresource keep from the old object ("spec", "metadata.labels").
    """

    name: str
    verbs: tuple[str, ...] = ("get", "patch", "update")
    kind: str = ""
    group: str = ""
    version: str = ""
    prepare: Callable[[Manifest, Manifest, Request], None] = nothing
    validate: Callable[[Manifest, Manifest], Errors] = no_errors
    reset: tuple[str, ...] = ()


def status_subresource(**changes: Any) -> Subresource:
    """The usual `status`: an update through it changes status (and metadata's managed parts) only."""
    return Subresource(name="status", reset=("spec",), **changes)


@dataclass(frozen=True, slots=True)
class ScalePaths:
    """Where `scale` finds its numbers in the parent. `selector_path` gives a map or a LabelSelector."""

    replicas: str = "spec.replicas"
    status_replicas: str = "status.replicas"
    selector: str = "spec.selector"


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a served version differs from the storage version. Each direction returns a new manifest, or changes nothing."""

    to_storage: Callable[[Manifest], Manifest]
    from_storage: Callable[[Manifest], Manifest]


@dataclass(frozen=True)
class Kind:
    """One kind of object.

    `versions`: served versions, preferred first; `storage_version`: the one that is stored and that all functions see.
    `storage_prefix`: etcd's path below /registry ("pods", "services/specs", "minions").
    `default(obj)`: fills what upstream's SetDefaults fills. `prepare_create(obj, request)` and `prepare_update(obj, old,
    request)`: the strategy (resets status, keeps immutable parts); the API server itself keeps generation: it starts at 1
    when `has_generation` and rises when `new_generation(new, before)` says so: when anything outside metadata and status changes.
    `validate(obj)` is run on create, with `validate_create(obj)`, and on update, with `validate_update(obj, old)`; metadata's own rules (names, labels,
    annotations, ownerReferences, finalizers) are checked by the API server with `validate_name(name, generated) -> list of
    messages`. `warnings(obj, old_or_None)` become Warning headers.
    `prepare_delete(obj, now)`: the object as its end begins, where a kind marks it with more than a time.
    `reset`: paths that writes to the object itself never change, so that nobody owns them by such a write (beside status).
    `row(obj, now)` gives the cells of `columns` (now: epoch seconds, for ages).
    `selectable`: field selector paths beyond metadata.name/metadata.namespace -> value as text.
    `scale`: the paths of the scale subresource, if there is one. `stored_api_version`: apiVersion of the stored
    bytes where another group owns them (events.k8s.io events are stored as core events; `conversions` translate).
    `returns_deleted`: a delete answers with the object, not with a Status. `custom`: made by a CustomResourceDefinition.
    `free_finalizers`: any text may be a finalizer, not only Kubernetes' own and qualified names.
    `hashed_version`: the version that discovery's storage hash tells of, where upstream stores another one.
    `deprecated`: the warning that every answer about this kind carries; `deprecations`: the same by version. `delete_warning`: what to tell who deletes without
    saying what becomes of dependents. `field_annotations`: annotations that upstream keeps in a field of its internal form, so
    that metadata shown alone, in a table, lacks them.
    """

    group: str
    kind: str
    plural: str
    versions: tuple[str, ...] = ("v1",)
    storage_version: str = ""
    singular: str = ""
    list_kind: str = ""
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    storage_prefix: str = ""
    stored_api_version: str = ""
    has_generation: bool = False
    new_generation: Callable[[Manifest, Manifest], bool] = spec_differs
    default: Callable[[Manifest], None] = nothing
    prepare_create: Callable[[Manifest, Request], None] = nothing
    prepare_update: Callable[[Manifest, Manifest, Request], None] = nothing
    validate: Callable[[Manifest], Errors] = no_errors
    prepare_delete: Callable[[Manifest, float], Manifest] | None = None
    validate_create: Callable[[Manifest], Errors] = no_errors
    validate_update: Callable[[Manifest, Manifest], Errors] = no_errors
    validate_name: Callable[[str, bool], list[str]] | None = None
    warnings: Callable[[Manifest, Manifest | None], Sequence[str]] = no_warnings
    columns: tuple[Column, ...] = ()
    row: Callable[[Manifest, float], list[Any]] | None = None
    selectable: Mapping[str, Callable[[Manifest], str]] = field(default_factory=dict)
    subresources: Mapping[str, Subresource] = field(default_factory=dict)
    scale: ScalePaths | None = None
    conversions: Mapping[str, Conversion] = field(default_factory=dict)
    default_grace: Callable[[Manifest], int] | None = None
    allow_create_on_update: bool = False
    allow_unconditional_update: bool = True
    default_propagation: str = "Background"
    delete_warning: str = ""
    field_annotations: tuple[str, ...] = ()
    returns_deleted: bool = False
    reset: tuple[str, ...] = ()
    custom: bool = False
    free_finalizers: bool = False
    deprecated: str = ""
    deprecations: Mapping[str, str] = field(default_factory=dict)
    hashed_version: str = ""

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        set_(self, "storage_version", self.storage_version or self.versions[0])
        set_(self, "singular", self.singular or self.kind.lower())
        set_(self, "list_kind", self.list_kind or self.kind + "List")
        set_(self, "storage_prefix", self.storage_prefix or self.plural)

    @property
    def error_group(self) -> str:
        """The group that refusals name: that of the stored objects."""
        return self.api_version.rpartition("/")[0]

    @property
    def name(self) -> str:
        """`deployments.apps`, or `pods` in the core group: how the engine names a kind."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def api_version(self) -> str:
        """The storage version as apiVersion text."""
        return self.stored_api_version or self.group_version(self.storage_version)

    def group_version(self, version: str) -> str:
        return f"{self.group}/{version}" if self.group else version

    def key(self, namespace: str, name: str) -> str:
        """etcd's key of one object."""
        return f"/registry/{self.storage_prefix}/{namespace}/{name}" if self.namespaced else f"/registry/{self.storage_prefix}/{name}"

    def prefix(self, namespace: str = "") -> str:
        """etcd's key prefix of all objects, or of one namespace's."""
        base = f"/registry/{self.storage_prefix}/"
        return f"{base}{namespace}/" if self.namespaced and namespace else base
