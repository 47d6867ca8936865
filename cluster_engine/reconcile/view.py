"""The view: what a decision may read. Shared caches of watched resources, nothing else; no write ever goes through it.

The informers of one process are shared between its loops (models SharedInformerFactory).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cluster_engine.client.client import Client, Manifest
from cluster_engine.client.informer import Index, Informer, key_of
from cluster_engine.machinery.status import ApiError
from cluster_engine.resources.kind import Kind
from cluster_engine.resources.registry import Registry, builtin_registry

EVERYTHING = "*"


def owner_uids(manifest: Manifest) -> tuple[str, ...]:
    """Index: the uids of all owners."""
    return tuple(o["uid"] for o in manifest["metadata"].get("ownerReferences", ()))


def controller_uid(manifest: Manifest) -> tuple[str, ...]:
    """Index: the uid of the controlling owner."""
    return tuple(o["uid"] for o in manifest["metadata"].get("ownerReferences", ()) if o.get("controller"))


def node_name(manifest: Manifest) -> tuple[str, ...]:
    """Index: the node that a pod is bound to; "" while it has none."""
    return (manifest.get("spec", {}).get("nodeName", ""),)


def key_in_all(resource: str, manifest: Manifest) -> str:
    """The key of an object for loops that work on every kind: `resource|namespace/name`."""
    return f"{resource}|{key_of(manifest)}"


class Informers:
    """One informer a resource, made on first use. `kinds`: what the cluster serves now, custom kinds among them."""

    def __init__(self, client: Client, kinds: Registry | None = None) -> None:
        self._client = client
        self._informers: dict[str, Informer] = {}
        self._dirty: dict[str, None] = {}
        self.kinds = kinds if kinds is not None else builtin_registry()

    def collectable(self) -> list[Kind]:
        """The kinds whose objects can be listed, watched and deleted, each stored kind once."""
        verbs = ("list", "watch", "delete")
        return [k for k in self.kinds if k.group != "events.k8s.io" and all(v in k.verbs for v in verbs)]

    def drop_unserved(self) -> None:
        """Forget the caches of kinds that the cluster no longer serves."""
        for resource in [r for r in self._informers if self.kinds.get(r) is None]:
            self._informers.pop(resource).stop()

    def of(self, resource: str) -> Informer:
        informer = self._informers.get(resource)
        if informer is None:
            informer = self._informers[resource] = Informer(self._client, resource)
            informer.on_dirty = lambda: self._dirty.__setitem__(resource, None)
            informer.on_dirty()
            informer.add_index("controller", controller_uid)
            informer.add_index("owner", owner_uids)
            if resource == "pods":
                informer.add_index("node", node_name)
        return informer

    def pump(self) -> int:
        """Let every informer of a kind that is served take in its changes; returns how many events."""
        events = 0
        waiting, self._dirty = self._dirty, {}
        for resource in waiting:
            informer = self._informers.get(resource)
            if informer is None or self.kinds.get(resource) is None:
                continue
            try:
                events += informer.pump()
            except ApiError:
                self._dirty |= waiting
                raise
        return events

    def stop(self) -> None:
        for informer in self._informers.values():
            informer.stop()

    @property
    def informers(self) -> Mapping[str, Informer]:
        return self._informers


class View:
    """Read-only access to the shared caches for decisions. Objects are shared: copy before changing.

    `memory`: what the decisions of one loop remember between them (when a heartbeat was first seen); lost when its process dies.
    """

    def __init__(self, informers: Informers) -> None:
        self._informers = informers
        self.memory: dict[str, Any] = {}

    def get(self, resource: str, namespace: str, name: str) -> Manifest | None:
        return self._informers.of(resource).get(namespace, name)

    @property
    def kinds(self) -> Registry:
        return self._informers.kinds

    def synced(self, resource: str) -> bool:
        """Whether the cache of a resource has been filled: before that, what is not in it may well exist."""
        return self._informers.of(resource).synced

    def served(self) -> list[Kind]:
        """The kinds that loops can cache."""
        return self._informers.collectable()

    def resource_of(self, manifest: Manifest) -> str:
        """The resource name of an object; "" for a kind that is not served."""
        kind = self.kinds.by_kind(manifest["apiVersion"], manifest["kind"])
        return kind.name if kind is not None else ""

    def dependents(self, uid: str) -> Iterator[tuple[str, Manifest]]:
        """Every cached object that names `uid` among its owners, with its resource."""
        for resource, informer in self._informers.informers.items():
            for manifest in informer.by_index("owner", uid):
                yield resource, manifest

    def in_namespace(self, namespace: str) -> Iterator[tuple[Kind, Manifest]]:
        """Every object of every kind in a namespace."""
        for kind in self._informers.collectable():
            if kind.namespaced:
                for manifest in self.all(kind.name, namespace):
                    yield kind, manifest

    def by_key(self, resource: str, key: str) -> Manifest | None:
        if resource == EVERYTHING:
            resource, _, key = key.partition("|")
        return self._informers.of(resource).by_key(key)

    def all(self, resource: str, namespace: str = "") -> list[Manifest]:
        return self._informers.of(resource).all(namespace)

    def count(self, resource: str) -> int:
        """How many objects of a resource (of all: EVERYTHING) are cached."""
        if resource == EVERYTHING:
            return sum(len(informer) for informer in self._informers.informers.values())
        return len(self._informers.of(resource))

    def controlled_by(self, resource: str, uid: str) -> list[Manifest]:
        """Objects whose controlling owner has `uid`."""
        return self._informers.of(resource).by_index("controller", uid)

    def by_index(self, resource: str, index: str, value: str) -> list[Manifest]:
        return self._informers.of(resource).by_index(index, value)

    def add_index(self, resource: str, name: str, index: Index) -> None:
        self._informers.of(resource).add_index(name, index)

    def revision(self, resource: str) -> int:
        return self._informers.of(resource).revision


__all__ = ["EVERYTHING", "Informers", "View", "controller_uid", "key_in_all", "key_of", "node_name", "owner_uids"]
