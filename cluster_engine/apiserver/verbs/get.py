"""Get: one object as it stands. Models k8s.io/apiserver/pkg/endpoints/handlers/get.go."""

from typing import TYPE_CHECKING

from cluster_engine.apiserver import storage
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.query import parse_revision, unreadable_revision
from cluster_engine.apiserver.verbs.list import not_yet

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer


def get(server: "APIServer", call: Call) -> Outcome:
    """The newest state; with a resourceVersion, one that is not older."""
    if call.options.resource_version:
        try:
            revision = parse_revision(call.options.resource_version)
        except ValueError as error:
            raise unreadable_revision(error) from None
        if revision > server.store.revision:
            raise not_yet(revision, server.store.revision)
    return Outcome(record=storage.find(server, call.kind, call.namespace, call.name))
