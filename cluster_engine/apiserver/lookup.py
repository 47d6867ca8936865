"""Reading objects straight from the store, for the gates of the API server: they judge requests and so cannot make any."""

from cluster_engine.machinery.manifest import Manifest
from cluster_engine.resources.registry import Registry
from cluster_engine.store.mvcc import Store


class Lookup:
    """Read-only access to stored objects by resource name. What it gives is shared: never change it."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self.store, self.registry = store, registry

    def get(self, resource: str, namespace: str, name: str) -> Manifest | None:
        kind = self.registry.get(resource)
        record = self.store.get(kind.key(namespace, name)) if kind is not None else None
        return record.object if record is not None else None

    def all(self, resource: str, namespace: str = "") -> list[Manifest]:
        kind = self.registry.get(resource)
        return [r.object for r in self.store.range(kind.prefix(namespace)).records] if kind is not None else []
