"""The machines of a cluster: which nodes stand in the rack and whether they are switched on, kept beside the cluster's state.

They stand under /orrery/machines/ in the store, outside /registry: they are hardware, which no API object describes. So a
restart, a fork or a restore finds the same machines.
"""

from dataclasses import asdict
from typing import Any

import orjson

from cluster_engine.kernel.cause import Cause
from cluster_engine.kubelet.node import NodeShape
from cluster_engine.store.mvcc import Store

PREFIX = "/orrery/machines/"


def stored(store: Store) -> dict[str, tuple[NodeShape, bool]]:
    """Every machine with whether it is on, by name."""
    found = {}
    for record in store.range(PREFIX).records:
        value: dict[str, Any] = dict(record.object)
        powered = value.pop("powered")
        found[value["name"]] = (_shape(value), powered)
    return found


def _shape(value: dict[str, Any]) -> NodeShape:
    lists: dict[str, Any] = {k: tuple(value[k]) for k in ("roles", "taints", "images") if k in value}
    return NodeShape(**(value | lists))


def keep(store: Store, shape: NodeShape, powered: bool, now: float, why: str) -> None:
    """Put a machine into the rack, or note that it was switched."""
    value = orjson.dumps({**asdict(shape), "powered": powered})
    store.put(PREFIX + shape.name, value, cause=Cause("hardware", verb="put", why=why), now=now)


def forget(store: Store, name: str, now: float, why: str) -> None:
    store.delete(PREFIX + name, cause=Cause("hardware", verb="delete", why=why), now=now)
