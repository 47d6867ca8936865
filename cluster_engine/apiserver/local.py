"""The API for components inside the process: the same pipeline as for HTTP, with manifests instead of bytes.

Implements `client.Client`. Nothing is parsed or printed on this way, and what comes back is shared with the store.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from cluster_engine.apiserver.attributes import User
from cluster_engine.apiserver.call import Call, Outcome
from cluster_engine.apiserver.pipeline import authorize, execute
from cluster_engine.apiserver.query import NO_OPTIONS, Options
from cluster_engine.apiserver.verbs.watch import ClientStream, open_watch
from cluster_engine.kernel.signals import Signal
from cluster_engine.machinery.api import EventStream, Listed, WatchEvent
from cluster_engine.machinery.manifest import Manifest, private
from cluster_engine.machinery.status import ApiError
from cluster_engine.resources.kind import Kind

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer


class LocalClient:
    """A component's client. `manager` owns the fields that it writes."""

    def __init__(self, server: "APIServer", component: str, user: User, manager: str) -> None:
        self._server, self.component, self._user, self.manager = server, component, user, manager
        self.user = user.name

    def get(self, resource: str, namespace: str, name: str) -> Manifest:
        return self._run(self._call("get", resource, namespace, name)).object

    def list(self, resource: str, namespace: str = "", *, labels: str = "", fields: str = "") -> Listed:
        call = self._call("list", resource, namespace, "")
        if labels or fields:
            call.options = Options(label_selector=labels, field_selector=fields)
        page = self._run(call).listed
        assert page is not None
        return Listed([r.object for r in page.records], page.revision)

    def watch(self, resource: str, since: int, namespace: str = "", on_ready: Callable[[], None] | None = None) -> EventStream:
        call = self._call("watch", resource, namespace, "")
        call.options = Options(watch=True, resource_version=str(since), send_initial_events=False)
        authorize(self._server, call)
        changes, _ = open_watch(self._server, call, on_ready)
        self._server.watching += 1
        return ClientStream(changes, self._watch_closed, lambda events: self._delivered(call.kind, events))

    def create(self, resource: str, manifest: Manifest, *, subresource: str = "", why: str = "", because: tuple[int, ...] = ()) -> Manifest:
        meta = manifest["metadata"]
        call = self._call("create", resource, meta.get("namespace", ""), meta.get("name", ""), subresource, why, because)
        call.body = private(manifest)
        return self._run(call).object

    def update(self, resource: str, manifest: Manifest, *, subresource: str = "", why: str = "", because: tuple[int, ...] = ()) -> Manifest:
        meta = manifest["metadata"]
        call = self._call("update", resource, meta.get("namespace", ""), meta["name"], subresource, why, because)
        call.body = {**manifest, "metadata": {**meta}} if subresource == "status" else private(manifest)
        return self._run(call).object

    def patch(
        self, resource: str, namespace: str, name: str, patch: Any, *, type: str = "merge", subresource: str = "", why: str = "", because: tuple[int, ...] = ()
    ) -> Manifest:
        call = self._call("patch", resource, namespace, name, subresource, why, because)
        call.body, call.patch_type = patch, type
        if type == "apply":
            call.options = Options(force=True, field_manager=self.manager)
        return self._run(call).object

    def delete(
        self, resource: str, namespace: str, name: str, *, uid: str = "", resource_version: str = "", grace: int | None = None,
        propagation: str = "", why: str = "", because: tuple[int, ...] = (),
    ) -> int:  # fmt: skip
        call = self._call("delete", resource, namespace, name, "", why, because)
        options = call.delete_options
        if uid or resource_version:
            options["preconditions"] = ({"uid": uid} if uid else {}) | ({"resourceVersion": resource_version} if resource_version else {})
        if grace is not None:
            options["gracePeriodSeconds"] = grace
        if propagation:
            options["propagationPolicy"] = propagation
        self._run(call)
        return call.trace.revision

    def _call(self, verb: str, resource: str, namespace: str, name: str, subresource: str = "", why: str = "", because: tuple[int, ...] = ()) -> Call:
        server = self._server
        kind = self._kind(resource)
        target = f"{resource}/{subresource}" if subresource else resource
        trace = server.trace(verb, target, self.component, self.user)
        return Call(
            verb, kind, kind.storage_version, self._user, trace, trace.time, namespace if kind.namespaced else "", name, subresource, NO_OPTIONS,
            manager=self.manager, component=self.component, why=why, because=because, trusted=True,
        )  # fmt: skip

    def _kind(self, resource: str) -> Kind:
        kind = self._server.registry.get(resource)
        if kind is None:
            raise ApiError(404, "NotFound", "the server could not find the requested resource", {})
        return kind

    def _run(self, call: Call) -> Outcome:
        return execute(self._server, call)

    def _delivered(self, kind: Kind, events: Iterable[WatchEvent]) -> None:
        """The signals of watch events on their way to the component."""
        signals = self._server.signals
        if not signals.watched:
            return
        now = self._server.clock.now()
        for event in events:
            meta = event.object["metadata"]
            signals.emit(Signal(now, "watch", "apiserver", self.component, f"{event.type} {kind.singular}", meta.get("uid", ""), meta["name"], event.revision))

    def _watch_closed(self) -> None:
        self._server.watching -= 1
