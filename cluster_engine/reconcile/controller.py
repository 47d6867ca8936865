"""The shape of a controller: which objects wake it, for which keys, and its one pure decision."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from cluster_engine.client.client import WatchEvent
from cluster_engine.client.informer import key_of
from cluster_engine.reconcile.actions import Action
from cluster_engine.reconcile.view import View

Manifest = dict[str, Any]
Decide = Callable[[Manifest, View, float], Iterable[Action]]
Keys = Callable[[WatchEvent, View], Iterable[str]]


def own_key(event: WatchEvent, view: View) -> Iterable[str]:
    """The changed object's own key."""
    return (key_of(event.object),)


def controller_key(kind: str) -> Keys:
    """The key of the controlling owner of `kind`, of the object as it is and as it was."""

    def keys(event: WatchEvent, view: View) -> Iterable[str]:
        for manifest in (event.object, event.previous):
            for owner in (manifest or {}).get("metadata", {}).get("ownerReferences", ()):
                if owner.get("controller") and owner["kind"] == kind:
                    namespace = event.object["metadata"].get("namespace")
                    yield f"{namespace}/{owner['name']}" if namespace else owner["name"]

    return keys


@dataclass(frozen=True, slots=True)
class Watches:
    """Changes of `resource` wake the keys that `keys(event, view)` gives."""

    resource: str
    keys: Keys = own_key


@dataclass(frozen=True)
class Controller:
    """One control loop, declared.

    `name` as upstream names it ("replicaset-controller"); it is also its user `system:serviceaccount:kube-system:<name>`,
    unless it shares the `account` of another, and the source of its events, unless `source` says otherwise.
    `resource`: what its keys name. `reconcile(obj, view, now)` yields actions for a living object; `gone(key, view, now)`
    for a key whose object is not there any more. `watches`: what wakes it, beyond `resource` itself. `reads`: further
    resources that decisions look at without being woken by them. `resync`: seconds between full passes over all keys, 0 for
    none. `keys`: where the keys are not objects of `resource` ("" resource), the fixed keys to work on.
    `explain(view)`: what its page shows beside queue and decisions (the garbage collector's graph), as JSON data.
    `indices`: (resource, index name, function) that the decisions ask for by `view.by_index`.
    """

    name: str
    resource: str
    reconcile: Decide
    watches: tuple[Watches, ...] = ()
    reads: tuple[str, ...] = ()
    gone: Callable[[str, View, float], Iterable[Action]] | None = None
    resync: float = 0.0
    indices: tuple[tuple[str, str, Callable[[Manifest], Iterable[str]]], ...] = field(default=())
    account: str = ""
    source: str = ""
    explain: Callable[[View], dict[str, Any]] | None = None
