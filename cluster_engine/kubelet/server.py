"""The kubelets' own server, to which the API server turns for logs, exec, attach, port-forward, proxying and statistics.

Models pkg/kubelet/server/server.go and pkg/kubelet/kubelet_pods.go (GetKubeletContainerLogs).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from cluster_engine.client.client import Manifest
from cluster_engine.kubelet.container_worker import ContainerWorker
from cluster_engine.kubelet.fleet import Fleet, Machine
from cluster_engine.kubelet.kubelet import Kubelet
from cluster_engine.kubelet.log_stream import LogStream, render
from cluster_engine.kubelet.pod_worker import PodWorker
from cluster_engine.kubelet.sessions import ExecSession, PortForwardSession
from cluster_engine.kubelet.stats import metrics_text, summary
from cluster_engine.machinery.status import ApiError, bad_request
from cluster_engine.network.wire import Request
from cluster_engine.runtime.cri import CriError


class LogOptions(Protocol):
    """PodLogOptions."""

    @property
    def container(self) -> str: ...
    @property
    def follow(self) -> bool: ...
    @property
    def previous(self) -> bool: ...
    @property
    def timestamps(self) -> bool: ...
    @property
    def tail(self) -> int | None: ...
    @property
    def since(self) -> float | None: ...
    @property
    def limit_bytes(self) -> int | None: ...


class ExecOptions(Protocol):
    """PodExecOptions."""

    @property
    def container(self) -> str: ...
    @property
    def command(self) -> tuple[str, ...]: ...
    @property
    def stdin(self) -> bool: ...
    @property
    def tty(self) -> bool: ...


class Asked(Protocol):
    """An HTTP request to be passed on."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def query(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def body(self) -> bytes: ...


@dataclass(slots=True)
class Answered:
    """An HTTP response, in the API server's form."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    stream: Any = None
    session: Any = None
    revision: int = 0
    log: dict[str, Any] = field(default_factory=dict)


class KubeletServers:
    """The servers of all kubelets of a fleet (the API server's NodeConnector)."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    # -- logs

    def logs(self, node: str, pod: Manifest, options: LogOptions, now: float) -> bytes | LogStream:
        machine, worker = self._worker(node, pod)
        container = self._container(worker, options.container)
        log_id, over = self._log_id(worker, container, options.previous)
        log = machine.runtime.log(log_id)
        start = log.tail(options.tail) if options.tail is not None else 0
        if options.since is not None:
            start = max(start, log.since(options.since))
        if not options.follow or over:
            lines, _ = log.lines(start)
            return render(lines, options.timestamps, options.limit_bytes)
        return LogStream(machine.runtime.container(log_id).log, start, options.timestamps, options.limit_bytes)

    @staticmethod
    def _log_id(worker: PodWorker, container: ContainerWorker, previous: bool) -> tuple[str, bool]:
        name = worker.pod["metadata"]["name"]
        if previous:
            ended = container.last if container.running or container.status is None else container.status
            if ended is None:
                raise bad_request(f'previous terminated container "{container.name}" in pod "{name}" not found')
            return ended.id, True
        known = container.status or container.last
        if known is None:
            raise bad_request(f'container "{container.name}" in pod "{name}" is waiting to start: {_waits_for(container)}')
        return known.id, not container.running

    # -- sessions

    def exec(self, node: str, pod: Manifest, options: ExecOptions, now: float) -> ExecSession:
        machine, worker = self._worker(node, pod)
        container = self._running(worker, options.container)
        session = ExecSession(options.tty, machine.runtime.woken)
        try:
            process = machine.runtime.exec(container.id, options.command, session.output, now, tty=options.tty)
        except CriError as error:
            session.fail(f"Internal error occurred: error executing command in container: {error.message}")
            return session
        return session.begin(process, options.stdin)

    def attach(self, node: str, pod: Manifest, options: ExecOptions, now: float) -> ExecSession:
        machine, worker = self._worker(node, pod)
        container = self._running(worker, options.container)
        session = ExecSession(options.tty, machine.runtime.woken)
        return session.begin(machine.runtime.attach(container.id, session.output, now), options.stdin and bool(container.spec.get("stdin")))

    def port_forward(self, node: str, pod: Manifest, ports: tuple[int, ...], now: float) -> PortForwardSession:
        machine, worker = self._worker(node, pod)
        if not worker.sandbox:
            raise bad_request(f"unable to forward port because pod is not running. Current status={(pod.get('status') or {}).get('phase', '')}")
        return PortForwardSession(machine.runtime.port_forward(worker.sandbox), ports)

    # -- proxy and the kubelet's own paths

    def proxy(self, host: str, port: str, request: Asked, now: float) -> Answered:
        """From the API server's node to a pod or service."""
        source = next((self._fleet.fabric.host(m.context.node) for m in self._fleet.machines.values()), None)
        if source is None:
            raise _silent(host)
        path = request.path + (f"?{request.query}" if request.query else "")
        asked = Request(request.method, path, request.headers, request.body.decode(errors="replace"), source.address)
        connection, reply = self._fleet.fabric.ask(source, host, int(port or 80), asked)
        if reply is None:
            raise ApiError(503, "ServiceUnavailable", f"error trying to reach service: dial tcp {host}:{port}: connect: {connection.outcome.value}")
        return Answered(reply.status, list(reply.headers.items()), reply.body.encode())

    def kubelet(self, node: str, path: str, query: Mapping[str, list[str]], now: float) -> Answered:
        """/healthz, /pods, /configz, /stats/summary, /metrics, /metrics/resource."""
        machine = self._machine(node)
        path = "/" + path.strip("/")
        if path in ("/healthz", "/healthz/ping", "/healthz/syncloop"):
            return Answered(200, [("Content-Type", "text/plain; charset=utf-8")], b"ok")
        if path == "/pods":
            pods = self._fleet.informers.of("pods").by_index("node", node)
            return _json({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": pods})
        if path == "/configz":
            return _json({"kubeletconfig": {"maxPods": machine.context.shape.pods, "serializeImagePulls": True, "nodeStatusUpdateFrequency": "10s"}})
        if path == "/stats/summary":
            return _json(summary(machine, now))
        if path in ("/metrics", "/metrics/resource", "/metrics/cadvisor"):
            return Answered(200, [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")], metrics_text(machine, now).encode())
        return Answered(404, [("Content-Type", "text/plain; charset=utf-8")], b"404 page not found\n")

    # -- finding

    def _machine(self, node: str) -> Machine:
        machine = self._fleet.machines.get(node)
        if machine is None or not self._fleet.running(node):
            raise _silent(node)
        return machine

    def _worker(self, node: str, pod: Manifest) -> tuple[Machine, PodWorker]:
        machine = self._machine(node)
        kubelet = machine.kubelet
        worker = kubelet.worker_of(pod["metadata"]["uid"]) if isinstance(kubelet, Kubelet) else None
        if worker is None:
            meta = pod["metadata"]
            raise ApiError(404, "NotFound", f'pod "{meta["name"]}" does not run on node "{node}"')
        return machine, worker

    @staticmethod
    def _container(worker: PodWorker, name: str) -> ContainerWorker:
        for container in worker.containers:
            if container.name == name:
                return container
        raise bad_request(f"container {name} is not valid for pod {worker.pod['metadata']['name']}")

    def _running(self, worker: PodWorker, name: str) -> ContainerWorker:
        container = self._container(worker, name)
        if not container.running:
            raise ApiError(500, "InternalError", f'Internal error occurred: unable to upgrade connection: container not found ("{name}")')
        return container


def _waits_for(container: ContainerWorker) -> str:
    reason, message = container.waiting
    if reason in ("ErrImagePull", "ImagePullBackOff"):
        return "trying and failing to pull image"
    return message or reason


def _silent(node: str) -> ApiError:
    return ApiError(500, "InternalError", f"Internal error occurred: error dialing backend: dial tcp: {node}:10250: connect: connection refused")


def _json(value: Any) -> Answered:
    return Answered(200, [("Content-Type", "application/json")], orjson.dumps(value))
