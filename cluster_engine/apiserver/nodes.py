"""Nodes: how the API server reaches a kubelet for logs, exec, attach, port-forward and proxy.

Models pkg/kubelet/client/kubelet_client.go. The kubelet's side implements `NodeConnector`; failures are ApiErrors.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cluster_engine.apiserver.http import HttpRequest, HttpResponse, Session, Stream
from cluster_engine.machinery.manifest import Manifest
from cluster_engine.machinery.status import ApiError


@dataclass(frozen=True, slots=True)
class LogOptions:
    """PodLogOptions. `since`: cluster time in epoch seconds; `tail` None for all."""

    container: str
    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    tail: int | None = None
    since: float | None = None
    limit_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ExecOptions:
    """PodExecOptions and PodAttachOptions; attach has no command."""

    container: str
    command: tuple[str, ...] = ()
    stdin: bool = False
    stdout: bool = True
    stderr: bool = True
    tty: bool = False


class NodeConnector(Protocol):
    """One cluster's kubelets. `node` is the node's name, `pod` the stored pod. Raises ApiError, 502 when the node is silent."""

    def logs(self, node: str, pod: Manifest, options: LogOptions, now: float) -> bytes | Stream:
        """The log so far, or with `follow` a stream of it."""

    def exec(self, node: str, pod: Manifest, options: ExecOptions, now: float) -> Session:
        """Run a command in a container."""

    def attach(self, node: str, pod: Manifest, options: ExecOptions, now: float) -> Session:
        """Join the main process of a container."""

    def port_forward(self, node: str, pod: Manifest, ports: tuple[int, ...], now: float) -> Session:
        """Channels 2i (data) and 2i+1 (error) for port number i."""

    def proxy(self, host: str, port: str, request: HttpRequest, now: float) -> HttpResponse:
        """Send an HTTP request to an address in the cluster: a pod's or a service's."""

    def kubelet(self, node: str, path: str, query: Mapping[str, list[str]], now: float) -> HttpResponse:
        """A path of the kubelet's own server: /healthz, /stats/summary, /metrics, /pods, /logs/, /configz."""


def unreachable(node: str) -> ApiError:
    """Nobody answers at the node's address."""
    return ApiError(500, "InternalError", f"Internal error occurred: error dialing backend: no kubelet answers at {node}")


class NoNodes:
    """A cluster without kubelets: every call fails as when a node is down."""

    def logs(self, node: str, pod: Manifest, options: LogOptions, now: float) -> bytes | Stream:
        raise unreachable(node)

    def exec(self, node: str, pod: Manifest, options: ExecOptions, now: float) -> Session:
        raise unreachable(node)

    def attach(self, node: str, pod: Manifest, options: ExecOptions, now: float) -> Session:
        raise unreachable(node)

    def port_forward(self, node: str, pod: Manifest, ports: tuple[int, ...], now: float) -> Session:
        raise unreachable(node)

    def proxy(self, host: str, port: str, request: HttpRequest, now: float) -> HttpResponse:
        raise unreachable(host)

    def kubelet(self, node: str, path: str, query: Mapping[str, list[str]], now: float) -> HttpResponse:
        raise unreachable(node)
