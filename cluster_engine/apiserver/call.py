"""A call: one request in the engine's own terms, whoever made it and however it came in.

The HTTP front (routes) and the in-process client (local) both make calls; `pipeline.execute` carries them out.
"""

from dataclasses import dataclass, field
from typing import Any

from cluster_engine.apiserver.attributes import Attributes, User
from cluster_engine.apiserver.audit import Trace
from cluster_engine.apiserver.query import NO_OPTIONS, Options
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.resources.kind import Kind, Request
from cluster_engine.store.record import Record


@dataclass(slots=True)
class Call:
    """One request for a resource.

    `body` is the decoded manifest (the call owns it and may change it in place), or a patch. `trusted`: it comes from a component
    inside the process, whose manifests have the right shape already, so that decoding and pruning are left out.
    `notes`: what strict reading found in a patch. `spoken`: a custom object as the client's version has it,
    before conversion. `manager` owns the fields that the call sets. `component` is the part of the
    cluster that a diagram shows as the caller.
    """

    verb: str
    kind: Kind
    version: str
    user: User
    trace: Trace
    now: float
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    options: Options = NO_OPTIONS
    body: Any = None
    patch_type: str = ""
    delete_options: Manifest = field(default_factory=dict)
    manager: str = ""
    component: str = ""
    why: str = ""
    because: tuple[int, ...] = ()
    trusted: bool = False
    warnings: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    spoken: Manifest | None = None

    @property
    def resource(self) -> str:
        return self.kind.plural

    def attributes(self) -> Attributes:
        """What the authorizer is asked."""
        kind, options = self.kind, self.options
        namespace = self.name if kind.name == "namespaces" else self.namespace
        return Attributes(
            self.verb, kind.group, self.version, kind.plural, self.subresource, namespace, self.name,
            label_selector=options.label_selector, field_selector=options.field_selector,
        )  # fmt: skip

    def request(self) -> Request:
        """What a kind's strategy may know of the call."""
        user = self.user
        return Request(self.now, user.name, user.groups, self.subresource, self.options.dry_run, user.uid, user.extra)


@dataclass(slots=True)
class Outcome:
    """What a verb gives back: a stored record, a manifest that is not stored, or a list.

    Only one of them is set. `code` is the HTTP status; `revision` the newest revision that the answer shows.
    """

    code: int = 200
    record: Record | None = None
    manifest: Manifest | None = None
    listed: "Page | None" = None
    extra: Any = None

    @property
    def object(self) -> Manifest:
        """The answer as a manifest in the storage version; shared when it is stored."""
        if self.record is not None:
            return self.record.object  # type: ignore[no-any-return]
        return self.manifest if self.manifest is not None else {}


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list, in storage version: records (served as their bytes) or manifests where objects were made for it."""

    records: list[Record]
    revision: int
    continue_token: str = ""
    remaining: int | None = None
