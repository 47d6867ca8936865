"""The view: what a decision may read. Shared caches of watched resources, nothing else; no write ever goes through it.

The informers of one process are shared between its loops (models SharedInformerFactory).
"""

from collections.abc import Mapping

from cluster_engine.client.client import Client, Manifest
from cluster_engine.client.informer import Index, Informer, key_of


def owner_uids(manifest: Manifest) -> tuple[str, ...]:
    """Index: the uids of all owners."""
    return tuple(o["uid"] for o in manifest["metadata"].get("ownerReferences", ()))


def controller_uid(manifest: Manifest) -> tuple[str, ...]:
    """Index: the uid of the controlling owner."""
    return tuple(o["uid"] for o in manifest["metadata"].get("ownerReferences", ()) if o.get("controller"))


def node_name(manifest: Manifest) -> tuple[str, ...]:
    """Index: the node that a pod is bound to; "" while it has none."""
    return (manifest.get("spec", {}).get("nodeName", ""),)


class Informers:
    """One informer a resource, made on first use."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._informers: dict[str, Informer] = {}

    def of(self, resource: str) -> Informer:
        informer = self._informers.get(resource)
        if informer is None:
            informer = self._informers[resource] = Informer(self._client, resource)
            informer.add_index("controller", controller_uid)
            if resource == "pods":
                informer.add_index("node", node_name)
        return informer

    def pump(self) -> int:
        """Let every informer take in its changes; returns how many events."""
        return sum([informer.pump() for informer in list(self._informers.values())])

    def stop(self) -> None:
        for informer in self._informers.values():
            informer.stop()

    @property
    def informers(self) -> Mapping[str, Informer]:
        return self._informers


class View:
    """Read-only access to the shared caches for decisions. Objects are shared: copy before changing."""

    def __init__(self, informers: Informers) -> None:
        self._informers = informers

    def get(self, resource: str, namespace: str, name: str) -> Manifest | None:
        return self._informers.of(resource).get(namespace, name)

    def by_key(self, resource: str, key: str) -> Manifest | None:
        return self._informers.of(resource).by_key(key)

    def all(self, resource: str, namespace: str = "") -> list[Manifest]:
        return self._informers.of(resource).all(namespace)

    def controlled_by(self, resource: str, uid: str) -> list[Manifest]:
        """Objects whose controlling owner has `uid`."""
        return self._informers.of(resource).by_index("controller", uid)

    def by_index(self, resource: str, index: str, value: str) -> list[Manifest]:
        return self._informers.of(resource).by_index(index, value)

    def add_index(self, resource: str, name: str, index: Index) -> None:
        self._informers.of(resource).add_index(name, index)

    def revision(self, resource: str) -> int:
        return self._informers.of(resource).revision


__all__ = ["Informers", "View", "controller_uid", "key_of", "node_name", "owner_uids"]
