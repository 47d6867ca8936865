"""Informers: a component's cache of one resource, filled by a list and kept up by a watch.

Models k8s.io/client-go/tools/cache (shared index informer). Level, not edge: `pump` may be called at any time and takes in
whatever the watch has; when the watch fell behind, it lists again and derives the differences.
"""

from collections.abc import Callable, Iterable
from typing import Any

from cluster_engine.client.client import Client, EventStream, Manifest, WatchEvent
from cluster_engine.machinery.status import ApiError

Index = Callable[[Manifest], Iterable[str]]
Handler = Callable[[WatchEvent], None]


def key_of(manifest: Manifest) -> str:
    """`namespace/name`, or `name` for cluster-scoped objects."""
    meta = manifest["metadata"]
    namespace = meta.get("namespace")
    return f"{namespace}/{meta['name']}" if namespace else meta["name"]


class Informer:
    """The cache of one resource for a component. Objects are shared: never change them."""

    def __init__(self, client: Client, resource: str) -> None:
        self.resource = resource
        self.revision = 0
        self._client = client
        self._stream: EventStream | None = None
        self._ready = True
        self.on_dirty: Callable[[], None] = lambda: None
        self._objects: dict[str, Manifest] = {}
        self._indexers: dict[str, Index] = {"namespace": lambda o: (o["metadata"].get("namespace", ""),)}
        self._indices: dict[str, dict[str, dict[str, Manifest]]] = {"namespace": {}}
        self._handlers: list[Handler] = []

    @property
    def synced(self) -> bool:
        return self._stream is not None

    def add_index(self, name: str, index: Index) -> None:
        """Keep objects by the values that `index` gives; ask with `by_index`."""
        self._indexers[name] = index
        self._indices[name] = {}
        for key, manifest in self._objects.items():
            self._index_one(name, key, manifest)

    def add_handler(self, handler: Handler) -> None:
        """Call `handler` with every change from now on; for what is already cached, with ADDED events at once."""
        self._handlers.append(handler)
        for manifest in self._objects.values():
            handler(WatchEvent("ADDED", manifest, self.revision))

    def get(self, namespace: str, name: str) -> Manifest | None:
        return self._objects.get(f"{namespace}/{name}" if namespace else name)

    def by_key(self, key: str) -> Manifest | None:
        return self._objects.get(key)

    def all(self, namespace: str = "") -> list[Manifest]:
        return self.by_index("namespace", namespace) if namespace else list(self._objects.values())

    def by_index(self, index: str, value: str) -> list[Manifest]:
        return list(self._indices[index].get(value, {}).values())

    def __len__(self) -> int:
        return len(self._objects)

    def pump(self) -> int:
        """Take in what has changed; returns how many events. Raises ApiError when the server does not answer."""
        if self._stream is None:
            return self._relist()
        if not self._ready:
            return 0
        self._ready = False
        try:
            events = self._stream.poll()
        except ApiError as error:
            self.stop()
            if error.code != 410:
                raise
            return self._relist()
        for event in events:
            self._take(event)
        if events:
            self._wake()  # a long backlog comes in pieces
        return len(events)

    def stop(self) -> None:
        """Close the watch; the next `pump` lists again. What is cached stays readable."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
            self.on_dirty()

    def _wake(self) -> None:
        self._ready = True
        self.on_dirty()

    def _relist(self) -> int:
        listed = self._client.list(self.resource)
        stream = self._client.watch(self.resource, listed.revision, on_ready=self._wake)
        fresh = {key_of(m): m for m in listed.items}
        gone = [m for k, m in self._objects.items() if k not in fresh]
        events = [WatchEvent("DELETED", m, listed.revision, m) for m in gone]
        for key, manifest in fresh.items():
            old = self._objects.get(key)
            if old is None or old["metadata"].get("resourceVersion") != manifest["metadata"].get("resourceVersion"):
                events.append(WatchEvent("MODIFIED" if old else "ADDED", manifest, listed.revision, old))
        for event in events:
            self._take(event)
        self.revision = listed.revision
        self._stream = stream
        self._wake()
        return len(events)

    def _take(self, event: WatchEvent) -> None:
        key = key_of(event.object)
        old = self._objects.pop(key, None)
        if old is not None:
            self._unindex(key, old)
        if event.type != "DELETED":
            self._objects[key] = event.object
            for name in self._indexers:
                self._index_one(name, key, event.object)
        self.revision = max(self.revision, event.revision)
        told = WatchEvent(event.type, event.object, event.revision, old)
        for handler in self._handlers:
            handler(told)

    def _index_one(self, name: str, key: str, manifest: Manifest) -> None:
        for value in self._indexers[name](manifest):
            self._indices[name].setdefault(value, {})[key] = manifest

    def _unindex(self, key: str, manifest: Manifest) -> None:
        for name, index in self._indexers.items():
            for value in index(manifest):
                bucket: dict[str, Any] = self._indices[name].get(value, {})
                bucket.pop(key, None)
                if not bucket:
                    self._indices[name].pop(value, None)
