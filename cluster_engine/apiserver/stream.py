"""The stream of a watch over HTTP: events as lines of JSON, bookmarks, a timeout; written only as fast as it is pulled.

Models k8s.io/apiserver/pkg/endpoints/handlers/watch.go.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import orjson

from cluster_engine.apiserver import present, tables
from cluster_engine.apiserver.call import Call
from cluster_engine.apiserver.negotiate import Form, dump
from cluster_engine.apiserver.verbs.watch import BOOKMARK_BEFORE_END, BOOKMARK_EVERY, DEFAULT_TIMEOUT, INITIAL_END, Change, Changes
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer


class WatchStream:
    """One client's watch. `poll` gives the lines that are ready, None at the end."""

    def __init__(self, server: "APIServer", call: Call, changes: Changes, form: Form, include: str, *, initial: bool) -> None:
        self.on_ready: Callable[[], None] | None = None
        self._server, self._call, self._changes, self._form, self._include = server, call, changes, form, include
        self._end = call.now + (call.options.timeout or DEFAULT_TIMEOUT + server.chance.uniform(0, DEFAULT_TIMEOUT))
        self._next_bookmark = call.now + BOOKMARK_EVERY if call.options.bookmarks else float("inf")
        long_enough = call.options.bookmarks and self._end - BOOKMARK_BEFORE_END > call.now
        self._last_bookmark = self._end - BOOKMARK_BEFORE_END if long_enough else float("inf")
        self._announce_end = initial and bool(call.options.send_initial_events) and call.options.bookmarks
        self._headed, self._over = False, False

    def ready(self) -> None:
        """The store has published something."""
        if self.on_ready is not None:
            self.on_ready()

    def poll(self, now: float) -> bytes | None:
        if self._over:
            return None
        self._call.now = now
        try:
            lines = [self._line(c) for c in self._changes.poll()]
        except ApiError as error:
            self.close()
            return self._event("ERROR", error.status())
        if self._announce_end:
            self._announce_end = False
            lines.append(self._bookmark({INITIAL_END: "true"}))
        if self._bookmark_due(now):
            lines.append(self._bookmark(None))
        if now >= self._end:
            self.close()
        return b"".join(lines) or (None if self._over else b"")

    def _bookmark_due(self, now: float) -> bool:
        if now >= self._last_bookmark:
            self._last_bookmark = self._next_bookmark = float("inf")
            return True
        if now < self._next_bookmark:
            return False
        self._next_bookmark = now + BOOKMARK_EVERY
        return True

    def next_wake(self, now: float) -> float | None:
        return min(self._end, self._next_bookmark, self._last_bookmark)

    def close(self) -> None:
        if not self._over:
            self._over = True
            self._changes.close()
            self._server.watching -= 1

    def _line(self, change: Change) -> bytes:
        call = self._call
        if not self._form.shape and change.record is not None and present.as_stored(call.kind, call.version, self._form):
            return b'{"type":"' + change.type.encode() + b'","object":' + change.record.value + b"}\n"  # type: ignore[operator]
        return self._event(change.type, self._shaped(change.object))

    def _shaped(self, obj: Manifest) -> Manifest:
        form = self._form
        if form.shape == "Table":
            metadata = {"resourceVersion": obj["metadata"]["resourceVersion"]}
            made = present.table_of(self._call, [obj], metadata, form, self._include, headed=not self._headed)
            self._headed = True
            return made
        served = present.in_version(self._call, obj)
        return tables.partial(served, f"meta.k8s.io/{form.version}") if form.shape else served

    def _bookmark(self, annotations: dict[str, str] | None) -> bytes:
        call, form = self._call, self._form
        meta: Manifest = {"resourceVersion": str(self._changes.revision)} | ({"annotations": annotations} if annotations else {})
        obj: Manifest = {"kind": call.kind.kind, "apiVersion": call.kind.group_version(call.version), "metadata": meta}
        if form.shape == "Table":
            api_version = f"meta.k8s.io/{form.version}"
            row = {"cells": [""] * len(tables.columns_of(call.kind)), "object": tables.partial({"metadata": meta}, api_version)}
            obj = {
                "kind": "Table", "apiVersion": api_version, "metadata": {"resourceVersion": meta["resourceVersion"]}, "columnDefinitions": None,
                "rows": [row],
            }  # fmt: skip
        elif form.shape:
            obj = tables.partial(obj, f"meta.k8s.io/{form.version}")
        return self._event("BOOKMARK", obj)

    def _event(self, type_: str, obj: Any) -> bytes:
        event = {"type": type_, "object": obj}
        if self._form.media == "application/yaml":
            return dump(event, self._form) + b"---\n"
        return orjson.dumps(event) + b"\n"
