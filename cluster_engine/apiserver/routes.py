"""Routes: what a path asks for. Resource paths become a `ResourcePath`; every other path is looked up by name.

Models k8s.io/apiserver/pkg/endpoints/request/requestinfo.go, and installer.go for which methods a path has.
"""

from dataclasses import dataclass
from urllib.parse import unquote

from cluster_engine.machinery.status import ApiError
from cluster_engine.resources.kind import Kind
from cluster_engine.resources.registry import Registry

WRONG_METHOD = "the server does not allow this method on the requested resource"
NO_RESOURCE = "the server could not find the requested resource"
CONNECT_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
CONNECTABLE = ("proxy", "exec", "attach", "portforward")
VERB_OF_METHOD = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class ResourcePath:
    """A path below /api/v1 or /apis/GROUP/VERSION that names a resource. `rest`: what follows proxy/."""

    group: str
    version: str
    namespace: str
    resource: str
    name: str = ""
    subresource: str = ""
    rest: str = ""
    watch: bool = False


def parse(path: str) -> ResourcePath | None:
    """The resource that a path names; None for every other path."""
    parts = [unquote(p) if "%" in p else p for p in path.split("/")[1:]]
    if parts and parts[-1] == "" and "proxy" not in parts:
        parts.pop()
    if not parts:
        return None
    if parts[0] == "api":
        group, rest = "", parts[1:]
    elif parts[0] == "apis" and len(parts) > 2:
        group, rest = parts[1], parts[2:]
    else:
        return None
    if len(rest) < 2:
        return None
    return _resource(group, rest[0], rest[1:])


def _resource(group: str, version: str, parts: list[str]) -> ResourcePath | None:
    watch = parts[0] == "watch" and len(parts) > 1
    if watch:
        parts = parts[1:]
    namespace = ""
    if parts[0] == "namespaces" and len(parts) > 2 and not (parts[2] in ("status", "finalize") and len(parts) == 3):
        namespace, parts = parts[1], parts[2:]
    resource, *more = parts
    name, subresource, *rest = (*more, "", "")[: max(2, len(more))]
    return ResourcePath(group, version, namespace, resource, name, subresource, "/".join(rest), watch)


def missing() -> ApiError:
    return ApiError(404, "NotFound", NO_RESOURCE, {})


def wrong_method() -> ApiError:
    return ApiError(405, "MethodNotAllowed", WRONG_METHOD, {})


def find_kind(registry: Registry, path: ResourcePath) -> Kind:
    """The kind that a resource path names. Raises 404 when nothing is served there."""
    kind = registry.resource(path.group, path.version, path.resource)
    if kind is None:
        raise missing()
    if bool(path.namespace) != kind.namespaced and (path.namespace or path.name):
        raise missing() if path.name or path.namespace else wrong_method()
    return kind


def find_verb(kind: Kind, path: ResourcePath, method: str, *, watch: bool) -> str:
    """The verb of a request on `kind`. Raises 404 for an unknown subresource, 405 for a method that the path has not."""
    if path.subresource:
        return _subresource_verb(kind, path, method)
    if path.rest:
        raise missing()
    if path.name:
        verb = VERB_OF_METHOD.get(method, "") if method != "POST" else ""
    elif method == "GET":
        verb = "watch" if watch or path.watch else "list"
    else:
        verb = {"POST": "create", "DELETE": "deletecollection"}.get(method, "")
    if kind.namespaced and not path.namespace and verb not in ("list", "watch"):
        raise wrong_method()
    if path.name and (watch or path.watch) and verb == "get" and "watch" in kind.verbs:
        return "watch" if path.watch else "get"
    if verb not in kind.verbs:
        raise wrong_method()
    return verb


def _subresource_verb(kind: Kind, path: ResourcePath, method: str) -> str:
    if path.subresource == "scale" and kind.scale is not None:
        verbs: tuple[str, ...] = ("get", "patch", "update")
    elif (declared := kind.subresources.get(path.subresource)) is not None:
        verbs = declared.verbs
    else:
        raise missing()
    if path.rest and path.subresource != "proxy":
        raise missing()
    if path.subresource in CONNECTABLE:
        verb = "create" if method == "POST" and path.subresource != "proxy" else VERB_OF_METHOD.get(method, "get")
        return verb if path.subresource == "proxy" or verb in ("get", "create") else _refuse()
    verb = VERB_OF_METHOD.get(method, "")
    return verb if verb in verbs else _refuse()


def _refuse() -> str:
    raise wrong_method()
