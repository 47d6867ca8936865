"""What a decision may ask for. Each action says `why` in a learner's words; the loop alone carries it out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from cluster_engine.machinery.status import ApiError

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Create:
    """POST `manifest`. An AlreadyExists answer is a failure unless `or_exists`.

    `then(made)`: the actions that follow at once and need what the server gave (a generated name). `refused(error)`: the last
    actions of a plan that ends because the server said no; the key is worked on again after its back-off all the same.
    """

    resource: str
    manifest: Manifest
    why: str
    or_exists: bool = False
    then: "Callable[[Manifest], Iterable[Action]] | None" = None
    refused: "Callable[[ApiError], Iterable[Action]] | None" = None


@dataclass(frozen=True, slots=True)
class Update:
    """PUT `manifest`, which carries the resourceVersion it was decided on."""

    resource: str
    manifest: Manifest
    why: str
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class UpdateStatus:
    """PUT `manifest` to the status subresource, with the resourceVersion it was decided on."""

    resource: str
    manifest: Manifest
    why: str


@dataclass(frozen=True, slots=True)
class Patch:
    """PATCH one object. `type`: json, merge, strategic or apply. A NotFound answer is success when `or_gone`."""

    resource: str
    namespace: str
    name: str
    patch: Any
    why: str
    type: str = "merge"
    subresource: str = ""
    or_gone: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    """DELETE with a uid precondition. NotFound (or another uid standing there) is success."""

    resource: str
    namespace: str
    name: str
    why: str
    uid: str = ""
    grace: int | None = None
    propagation: str = ""
    resource_version: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """POST `manifest` to a subresource (binding, eviction, finalize, approval) of metadata.name."""

    resource: str
    subresource: str
    manifest: Manifest
    why: str


@dataclass(frozen=True, slots=True)
class Event:
    """Record an event about `about`. `type`: Normal or Warning. Never fails a decision."""

    about: Manifest
    type: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Decide about the same key again at `moment` (epoch seconds of cluster time)."""

    moment: float
    why: str = ""


Action = Create | Update | UpdateStatus | Patch | Delete | Post | Event | WakeAt
