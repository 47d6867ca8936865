"""Metrics of the API server in Prometheus' text form, under upstream's names.

Models k8s.io/apiserver/pkg/endpoints/metrics and pkg/storage/etcd3/metrics.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cluster_engine.apiserver.server import APIServer


def text(server: "APIServer") -> str:
    """All metrics of one server."""
    return "\n".join([*_requests(server), *_flows(server), *_watches(server), *_storage(server), ""])


def _head(name: str, kind: str, about: str) -> list[str]:
    return [f"# HELP {name} {about}", f"# TYPE {name} {kind}"]


def _requests(server: "APIServer") -> Iterable[str]:
    yield from _head("apiserver_request_total", "counter", "Counter of apiserver requests broken out for each verb, resource and code.")
    for (verb, resource, code), count in sorted(server.audit.counts.items()):
        yield f'apiserver_request_total{{code="{code}",resource="{_escaped(resource)}",verb="{_escaped(verb.upper())}"}} {count}'
    yield from _head("apiserver_request_duration_seconds", "summary", "Response latency in seconds for each verb and resource.")
    for (verb, resource), (seconds, count) in sorted(server.audit.seconds.items()):
        labels = f'{{resource="{_escaped(resource)}",verb="{_escaped(verb.upper())}"}}'
        yield f"apiserver_request_duration_seconds_sum{labels} {seconds:.6f}"
        yield f"apiserver_request_duration_seconds_count{labels} {count}"


def _flows(server: "APIServer") -> Iterable[str]:
    name = "apiserver_flowcontrol_dispatched_requests_total"
    yield from _head(name, "counter", "Number of requests executed by API Priority and Fairness subsystem.")
    for (level, schema), count in sorted(server.fairness.dispatched.items()):
        yield f'{name}{{flow_schema="{_escaped(schema)}",priority_level="{_escaped(level)}"}} {count}'
    name = "apiserver_flowcontrol_rejected_requests_total"
    yield from _head(name, "counter", "Number of requests rejected by API Priority and Fairness subsystem.")
    for (level, schema, reason), count in sorted(server.fairness.seats.rejected.items()):
        yield f'{name}{{flow_schema="{_escaped(schema)}",priority_level="{_escaped(level)}",reason="{reason}"}} {count}'


def _watches(server: "APIServer") -> Iterable[str]:
    yield from _head("apiserver_longrunning_requests", "gauge", "Gauge of all active long-running apiserver requests.")
    yield f'apiserver_longrunning_requests{{verb="WATCH"}} {server.watching}'


def _storage(server: "APIServer") -> Iterable[str]:
    yield from _head("apiserver_storage_objects", "gauge", "Number of stored objects at the time of last check split by kind.")
    for kind in sorted(server.registry, key=lambda k: k.name):
        if "list" in kind.verbs and (kind.name, "list") not in server.extensions.virtual:
            yield f'apiserver_storage_objects{{resource="{kind.name}"}} {server.store.count(kind.prefix())}'
    yield from _head("etcd_mvcc_db_revision", "gauge", "The newest revision of the store.")
    yield f"etcd_mvcc_db_revision {server.store.durable_revision}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
