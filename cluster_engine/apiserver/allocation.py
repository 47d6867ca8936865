"""Allocation: the kinds whose objects get something from a pool when they are written, and give it back when they go."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cluster_engine.apiserver import services
from cluster_engine.apiserver.call import Call
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.store.record import Record

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer

CREATE: dict[str, Callable[["APIServer", Call, Manifest], None]] = {"services": services.before_create}
UPDATE: dict[str, Callable[["APIServer", Call, Manifest, Manifest], None]] = {"services": services.before_update}


def noted(server: "APIServer", call: Call, record: Record) -> Record:
    """After a write: what was handed out is written down."""
    if call.kind.name == "services":
        services.written(server, call, record)
    return record


def released(server: "APIServer", call: Call, old: Record) -> None:
    """After a deletion: what the object had is free again."""
    if call.kind.name == "services":
        services.gone(server, call, old)
