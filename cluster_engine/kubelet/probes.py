"""Probes: is a container alive, ready, started? Asked again and again, believed after as many equal answers as its threshold says.

Models pkg/kubelet/prober (worker.go, prober.go) and pkg/probe/{http,tcp,grpc,exec}.
"""

from typing import TYPE_CHECKING

from cluster_engine.client.client import Manifest
from cluster_engine.kubelet.exec_probe import Collected
from cluster_engine.network.wire import Outcome, Request
from cluster_engine.runtime.cri import CriError, Running

if TYPE_CHECKING:
    from cluster_engine.kubelet.container_worker import ContainerWorker

FIELDS = {"startup": "startupProbe", "readiness": "readinessProbe", "liveness": "livenessProbe"}
POLL = 0.1
FIRST_AFTER = (0.5, 1.0)
BODY_MOST = 10 * 1024
AGENT = {"User-Agent": "kube-probe/1.36", "Accept": "*/*"}


def probers(container: "ContainerWorker", now: float) -> list["Prober"]:
    """The probes of a container that has just started."""
    return [Prober(container, kind, container.spec[field], now) for kind, field in FIELDS.items() if container.spec.get(field)]


class Prober:
    """One probe of one running container. `kind`: startup, readiness or liveness."""

    def __init__(self, container: "ContainerWorker", kind: str, spec: Manifest, now: float) -> None:
        self.container, self.kind, self.spec = container, kind, spec
        self.period = float(spec.get("periodSeconds") or 10)
        self.timeout = float(spec.get("timeoutSeconds") or 1)
        self.failures_needed = int(spec.get("failureThreshold") or 3)
        self.successes_needed = int(spec.get("successThreshold") or 1)
        self.due = now + float(spec.get("initialDelaySeconds") or container.context.chance.uniform(*FIRST_AFTER))
        self._run = 0
        self._last: bool | None = None
        self._running: Running | None = None
        self._output = Collected()
        self._deadline = 0.0
        self._answer_at = 0.0
        self._answer: tuple[bool, str] | None = None
        self.done = False

    def next_wake(self) -> float:
        if self._answer is not None:
            return self._answer_at
        if self._running is not None:
            return min(self.container.context.clock.now() + POLL, self._deadline)
        return self.due if not self.done and self._wanted() else float("inf")

    def _wanted(self) -> bool:
        """Other probes wait until the startup probe has passed."""
        return self.kind == "startup" or self.container.started

    def step(self, now: float) -> bool:
        """Ask, or take in the answer, if it is time."""
        if self._answer is not None:
            return now >= self._answer_at and self._take(*self._answer, now)
        if self._running is not None:
            return self._exec_done(now)
        if self.done or now < self.due or not self._wanted():
            return False
        self.due = now + self.period
        self._ask(now)
        return True

    # -- asking

    def _ask(self, now: float) -> None:
        if "exec" in self.spec:
            self._ask_exec(tuple(self.spec["exec"]["command"]), now)
            return
        ok, said, seconds = self._ask_network()
        if seconds > self.timeout:
            ok, said, seconds = False, self._timed_out(), self.timeout
        self._answer, self._answer_at = (ok, said), now + seconds

    def _ask_exec(self, command: tuple[str, ...], now: float) -> None:
        self._output = Collected()
        try:
            self._running = self.container.context.runtime.exec(self.container.id, command, self._output, now)
            self._running.close_input()
            self._deadline = now + self.timeout
        except CriError as error:
            self._answer, self._answer_at = (False, str(error)), now

    def _exec_done(self, now: float) -> bool:
        running = self._running
        assert running is not None
        if running.exit_code is not None:
            self._running = None
            return self._take(running.exit_code == 0, self._output.text, now)
        if now < self._deadline:
            return False
        self._running = None
        running.kill(9)
        return self._take(False, f'command timed out: "{" ".join(self.spec["exec"]["command"])}" timed out after {self.timeout:g}s', now)

    def _ask_network(self) -> tuple[bool, str, float]:
        context, pod = self.container.context, self.container.pod
        kind = next(k for k in ("httpGet", "tcpSocket", "grpc") if k in self.spec)
        action = self.spec[kind]
        host = action.get("host") or pod.address
        port = pod.port_number(self.container.spec, action["port"])
        source = context.fabric.host(context.node)
        if kind != "httpGet":
            connection = context.fabric.connect(source, host, port)
            if kind == "grpc":
                serving = connection.listener is not None and connection.listener.speaks in ("grpc", "any")
                said = "" if serving else f'timeout: failed to connect service "{host}:{port}" within {self.timeout:g}s: context deadline exceeded'
                return serving, said, connection.seconds
            said = "" if connection.outcome is Outcome.OPEN else f"dial tcp {host}:{port}: {_dialled(connection.outcome)}"
            return connection.outcome is Outcome.OPEN, said, connection.seconds
        return self._ask_http(action, host, port)

    def _ask_http(self, action: Manifest, host: str, port: int) -> tuple[bool, str, float]:
        context = self.container.context
        path = action.get("path") or "/"
        url = f"{(action.get('scheme') or 'HTTP').lower()}://{host}:{port}{path}"
        headers = AGENT | {h["name"]: h["value"] for h in action.get("httpHeaders") or ()}
        request = Request("GET", path, headers, source=context.address)
        connection, reply = context.fabric.ask(context.fabric.host(context.node), host, port, request)
        if reply is None:
            return False, f'Get "{url}": dial tcp {host}:{port}: {_dialled(connection.outcome)}', connection.seconds
        ok = 200 <= reply.status < 400
        return ok, "" if ok else f"HTTP probe failed with statuscode: {reply.status}", connection.seconds + reply.seconds

    def _timed_out(self) -> str:
        action = self.spec.get("httpGet")
        if action is None:
            port = (self.spec.get("tcpSocket") or self.spec.get("grpc") or {}).get("port", 0)
            return f"dial tcp {self.container.pod.address}:{port}: i/o timeout"
        port = self.container.pod.port_number(self.container.spec, action["port"])
        url = f"http://{action.get('host') or self.container.pod.address}:{port}{action.get('path') or '/'}"
        return f'Get "{url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)'

    # -- believing

    def _take(self, ok: bool, said: str, now: float) -> bool:
        self._answer = None
        container = self.container
        name = self.kind.capitalize()
        container.context.probed(container.pod.pod, f"{self.kind} probe", ok, f"{name} probe {'succeeded' if ok else 'failed: ' + said}")
        if not ok:
            container.tell("Warning", "Unhealthy", f"{name} probe failed: {said[:BODY_MOST]}")
        self._run = self._run + 1 if ok == self._last else 1
        self._last = ok
        if self._run >= (self.successes_needed if ok else self.failures_needed):
            self._believe(ok, now)
        return True

    def _believe(self, ok: bool, now: float) -> None:
        container = self.container
        if self.kind == "readiness":
            if container.ready != ok:
                container.ready = ok
                container.pod.changed(f"{container.name} is {'ready' if ok else 'not ready any more'}: its readiness probe says so")
        elif self.kind == "startup" and ok:
            self.done = True
            container.started = True
            container.ready = not container.spec.get("readinessProbe")
            container.pod.changed(f"{container.name} has started: its startup probe says so")
        elif not ok:
            self._run = 0
            grace = float(self.spec.get("terminationGracePeriodSeconds") or container.pod.pod["spec"].get("terminationGracePeriodSeconds", 30))
            container.stop(f"Container {container.name} failed {self.kind} probe, will be restarted", grace, now)


def _dialled(outcome: Outcome) -> str:
    return outcome.value if outcome is Outcome.TIMEOUT else f"connect: {outcome.value}"
