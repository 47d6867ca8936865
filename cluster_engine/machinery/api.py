"""The API as an interface: its verbs on raw manifests, as a named user, each write with its cause.

Models k8s.io/client-go/dynamic. `resource` is `plural.group` ("deployments.apps") or `plural` in the core group ("pods"),
always in the kind's storage version. Every method raises `machinery.status.ApiError` as the server words it. Manifests
that come back are shared with the store: never change them, copy first (`changed` in machinery.manifest).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """A consistent list: `items` as of `revision`."""

    items: list[Manifest]
    revision: int


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One change. `type`: ADDED, MODIFIED, DELETED. `object`: the new manifest, or the last one for DELETED."""

    type: str
    object: Manifest
    revision: int
    previous: Manifest | None = None


class EventStream(Protocol):
    """Pull events with `poll`; raises ApiError 410 when it fell behind the kept history: list again."""

    def poll(self) -> list[WatchEvent]: ...

    def close(self) -> None: ...


class Client(Protocol):
    """A component's view of the API server. `why` and `because` (revisions acted on) go into the revision's cause."""

    component: str
    user: str

    def get(self, resource: str, namespace: str, name: str) -> Manifest: ...

    def list(self, resource: str, namespace: str = "", *, labels: str = "", fields: str = "") -> Listed: ...

    def watch(self, resource: str, since: int, namespace: str = "", on_ready: Callable[[], None] | None = None) -> EventStream:
        """Events after revision `since`."""

    def create(self, resource: str, manifest: Manifest, *, subresource: str = "", why: str = "", because: tuple[int, ...] = ()) -> Manifest:
        """Create in metadata.namespace. With `subresource` ("binding", "eviction", "token") metadata.name is the parent's."""

    def update(self, resource: str, manifest: Manifest, *, subresource: str = "", why: str = "", because: tuple[int, ...] = ()) -> Manifest:
        """Replace; compare-and-swap on metadata.resourceVersion where the manifest has one."""

    def patch(
        self, resource: str, namespace: str, name: str, patch: Any, *, type: str = "merge", subresource: str = "", why: str = "", because: tuple[int, ...] = ()
    ) -> Manifest:
        """`type`: json, merge, strategic or apply."""

    def delete(
        self, resource: str, namespace: str, name: str, *, uid: str = "", resource_version: str = "", grace: int | None = None,
        propagation: str = "", why: str = "", because: tuple[int, ...] = (),
    ) -> int:  # fmt: skip
        """Delete with preconditions where given; `propagation`: "", Background, Foreground or Orphan.

        Returns the revision that this made (the deletion's, or the update's that marked the object), 0 for none.
        """
