"""Finalize: the namespace controller takes its finalizer off; with the last one gone the namespace is deleted.

Models pkg/registry/core/namespace/storage/storage.go (FinalizeREST).
"""

from typing import TYPE_CHECKING

from cluster_engine.apiserver import storage
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.verbs.update import check_name, replace
from cluster_engine.machinery.manifest import Manifest

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer


def finalize(server: "APIServer", call: Call) -> Outcome:
    """Replace spec.finalizers; nothing else of the body counts."""
    check_name(call)
    old = storage.find(server, call.kind, call.namespace, call.name)
    asked: Manifest = call.body
    call.kind.default(asked)
    return replace(server, call, old, asked)
