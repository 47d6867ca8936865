"""Who asks for what: the user and the attributes of a request, and the three gates that judge them.

Models k8s.io/apiserver/pkg/{authentication,authorization/authorizer,admission}/interfaces.go.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from cluster_engine.apiserver.http import HttpRequest
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.resources.kind import Kind

if TYPE_CHECKING:
    from cluster_engine.machinery.api import Client

SYSTEM_MASTERS = "system:masters"


@dataclass(frozen=True, slots=True)
class User:
    """An authenticated user. `extra` as in UserInfo.extra."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))
LOOPBACK = User("system:apiserver", (SYSTEM_MASTERS, "system:authenticated"))


@dataclass(frozen=True, slots=True)
class Attributes:
    """What is asked for. A resource request has `resource`; any other has only `verb` (lower-case method) and `path`."""

    verb: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""
    label_selector: str = ""
    field_selector: str = ""

    @property
    def is_resource(self) -> bool:
        return bool(self.resource)


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or not, and by which rule; `reason` is shown to whoever asked. `denied`: no other authorizer may allow it."""

    allowed: bool
    reason: str = ""
    denied: bool = False


class Authenticator(Protocol):
    """Gives the user; None when the request carries no credentials. Raises ApiError 401 for bad ones.

    Groups include "system:authenticated". Anonymous requests are judged by the server: None becomes `ANONYMOUS` when it allows them.
    """

    def authenticate(self, request: HttpRequest) -> User | None: ...


class Authorizer(Protocol):
    """Decides from rules; must be a pure function of the store's rules. `revision` rises whenever an earlier answer may differ."""

    @property
    def revision(self) -> int: ...

    def authorize(self, user: User, attributes: Attributes) -> Decision: ...


@dataclass(slots=True)
class AdmissionRequest:
    """What an admission plugin sees. `operation`: CREATE, UPDATE, DELETE or CONNECT.

    `object` is None for DELETE, `old` for CREATE. Objects are in the storage version (for a subresource with a body of its
    own kind: that kind). `options` is the manifest of CreateOptions, UpdateOptions, DeleteOptions or PodExecOptions.
    `kind` is the parent's for subresources. `now` in epoch seconds. `warnings` collects Warning headers,
    `annotations` what a page shows of a decision. `client` reads and writes as the API server itself.
    """

    operation: str
    kind: Kind
    namespace: str
    name: str
    subresource: str
    user: User
    options: Manifest
    dry_run: bool
    now: float
    client: "Client"
    version: str = ""
    body_kind: tuple[str, str, str] = ("", "", "")
    object: Manifest | None = None
    old: Manifest | None = None
    warnings: list[str] = field(default_factory=list)
    annotations: dict[str, str] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


class AdmissionPlugin(Protocol):
    """One plugin: one file in admission/. `handles` is asked first, so that a plugin costs nothing where it has no say.

    `admit` may change: it returns a new manifest (copy-on-write; never change the given one) or None for no change.
    `validate` runs after all mutation and after the kind's own validation. Both refuse by raising ApiError.
    """

    name: str

    def handles(self, request: AdmissionRequest) -> bool: ...

    def admit(self, request: AdmissionRequest) -> Manifest | None: ...

    def validate(self, request: AdmissionRequest) -> None: ...


class AllowAll:
    """An authorizer that allows everything: for tests and for clusters made before rules exist."""

    revision = 0

    def authorize(self, user: User, attributes: Attributes) -> Decision:
        return Decision(True)


class CertificateAuthenticator:
    """Takes the user from the client certificate's subject: CN is the name, O the groups."""

    def authenticate(self, request: HttpRequest) -> User | None:
        if request.certificate is None:
            return None
        name, groups = request.certificate
        return User(name, (*groups, "system:authenticated"))


@dataclass(frozen=True)
class Gates:
    """The gates of one server."""

    authenticator: Authenticator = field(default_factory=CertificateAuthenticator)
    authorizer: Authorizer = field(default_factory=AllowAll)
    admission: Sequence[AdmissionPlugin] = ()
    anonymous: bool = True
