"""Subresources whose requests are not plain reads and updates of a part: one file each, found by name.

Everything else (status, and those that a kind declares with `reset` and `prepare`) goes through the ordinary verbs.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.subresources import binding, eviction, finalize, scale, token
from cluster_engine.resources.kind import Kind

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

Handler = Callable[["APIServer", Call], Outcome]
HANDLERS: dict[tuple[str, str, str], Handler] = {
    ("pods", "binding", "create"): binding.bind,
    ("pods", "eviction", "create"): eviction.evict,
    ("namespaces", "finalize", "update"): finalize.finalize,
    ("serviceaccounts", "token", "create"): token.create_token,
}


def handler_of(kind: Kind, subresource: str, verb: str) -> Handler | None:
    """The special handler of a subresource's verb, if it has one."""
    if subresource == "scale" and kind.scale is not None:
        return scale.VERBS[verb]
    return HANDLERS.get((kind.name, subresource, verb))
