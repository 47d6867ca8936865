"""Telling: the signals and the audit entry of a request, the same whether it came over HTTP or from inside."""

from typing import TYPE_CHECKING

from cluster_engine.apiserver.audit import Trace
from cluster_engine.kernel.signals import Signal

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer


def arrived(server: "APIServer", trace: Trace) -> None:
    """The request is on its way to the API server."""
    if server.signals.watched:
        server.signals.emit(
            Signal(trace.time, "request", trace.component, "apiserver", trace.label, subject_name=trace.subject_name, why=trace.why, request=trace.id)
        )


def left(server: "APIServer", trace: Trace) -> None:
    """What followed: the write to etcd where there was one, and the response."""
    if not server.signals.watched:
        return
    record, ok = trace.after, trace.code < 400
    if record is not None and trace.revision:
        living = record.previous if record.deleted else record
        meta = living.object["metadata"] if living is not None else {}
        trace.subject, verb = meta.get("uid", ""), "delete" if record.deleted else "put"
        name = f"{meta['namespace']}/{meta['name']}" if meta.get("namespace") else meta.get("name", "")
        trace.subject_name = trace.subject_name or name
        server.signals.emit(
            Signal(trace.time, "request", "apiserver", "etcd", verb, trace.subject, trace.subject_name, trace.revision, why=trace.why, request=trace.id)
        )
    server.signals.emit(
        Signal(
            trace.time, "response", "apiserver", trace.component, trace.label, trace.subject, trace.subject_name, trace.revision, trace.code, ok,
            trace.why if ok else trace.message, trace.id, "" if ok else trace.at,
        )
    )  # fmt: skip
