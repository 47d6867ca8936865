"""Lifecycle hooks: what a container wants done right after its start or right before its end.

Models pkg/kubelet/lifecycle/handlers.go.
"""

from typing import TYPE_CHECKING

from cluster_engine.kubelet.exec_probe import Collected
from cluster_engine.network.wire import Outcome, Request
from cluster_engine.runtime.cri import CriError, Running

if TYPE_CHECKING:
    from cluster_engine.kubelet.container_worker import ContainerWorker

POLL = 0.25


class Hook:
    """A hook under way. `result` is None while it runs, "" when it went well, else what went wrong."""

    def __init__(self, container: "ContainerWorker", kind: str, now: float) -> None:
        self.kind = kind
        handler = container.spec["lifecycle"][kind]
        self._done_at = now
        self._failure = ""
        self._running: Running | None = None
        self._output = Collected()
        self._name = container.name
        if "exec" in handler:
            self._exec(container, tuple(handler["exec"]["command"]), now)
        elif "sleep" in handler:
            self._done_at = now + float(handler["sleep"]["seconds"])
        elif "httpGet" in handler:
            self._http(container, handler["httpGet"], now)

    def _exec(self, container: "ContainerWorker", command: tuple[str, ...], now: float) -> None:
        self._command = " ".join(command)
        try:
            self._running = container.context.runtime.exec(container.id, command, self._output, now)
            self._running.close_input()
        except CriError as error:
            self._failure = f"{self.kind} hook failed: {error.message}"

    def _http(self, container: "ContainerWorker", action: dict[str, object], now: float) -> None:
        port = container.pod.port_number(container.spec, action["port"])
        host = str(action.get("host") or container.pod.address)
        fabric = container.context.fabric
        connection, reply = fabric.ask(fabric.host(container.context.node), host, port, Request(path=str(action.get("path", "/"))))
        self._done_at = now + connection.seconds + (reply.seconds if reply is not None else 0.0)
        if connection.outcome is not Outcome.OPEN:
            self._failure = f'Get "http://{host}:{port}{action.get("path", "/")}": dial tcp {host}:{port}: connect: {connection.outcome.value}'

    def result(self, now: float) -> str | None:
        if self._running is not None:
            if self._running.exit_code is None:
                return None
            code = self._running.exit_code
            return (
                f'Exec lifecycle hook ([{self._command}]) for Container "{self._name}" failed - error: command '
                f"'{self._command}' exited with {code}: {self._output.text}, "
                f'message: "{self._output.text}"'
                if code
                else ""
            )
        return self._failure if now >= self._done_at else None

    def next_wake(self, now: float) -> float:
        return now + POLL if self._running is not None else max(self._done_at, now)
