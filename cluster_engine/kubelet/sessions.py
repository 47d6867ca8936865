"""Two-way sessions with a container: exec, attach and forwarded ports, as channels of bytes.

Models k8s.io/kubelet/pkg/cri/streaming and the websocket subprotocol v5.channel.k8s.io: channels 0 stdin, 1 stdout, 2 stderr,
3 the final Status, 4 the terminal's size.
"""

import codecs
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from cluster_engine.network.http_text import Requests, response_text
from cluster_engine.network.namespace import NetworkNamespace
from cluster_engine.network.redis_text import Commands, answer_text
from cluster_engine.network.wire import Listener, Reply, Request
from cluster_engine.runtime.cri import Running
from cluster_engine.runtime.terminal import Terminal

STDIN, STDOUT, STDERR, ERROR, RESIZE = 0, 1, 2, 3, 4
HUP = 1
SUCCESS: dict[str, Any] = {"metadata": {}, "status": "Success"}


class _Output:
    """What the process writes goes out on its channel; a terminal has one channel and its own line ends."""

    def __init__(self, session: "ExecSession", tty: bool) -> None:
        self._session, self._tty = session, tty

    def write(self, stream: str, text: str) -> None:
        if self._tty:
            self._session.put(STDOUT, text.replace("\n", "\r\n").encode())
        else:
            self._session.put(STDOUT if stream == "stdout" else STDERR, text.encode())


class ExecSession:
    """A process with somebody at the other end. Ends with a Status on the error channel."""

    def __init__(self, tty: bool, wake: Callable[[], None]) -> None:
        self.on_ready: Callable[[], None] | None = None
        self.output = _Output(self, tty)
        self._tty, self._wake = tty, wake
        self._out: deque[tuple[int, bytes]] = deque()
        self._process: Running | None = None
        self._terminal: Terminal | None = None
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._status: dict[str, Any] | None = None
        self._closed = False

    def begin(self, process: Running, stdin: bool) -> "ExecSession":
        """The process runs; its input is ours, if it is anybody's."""
        self._process = process
        if self._tty:
            self._terminal = Terminal(process, self.output)
        if not stdin:
            process.close_input()
        self._wake()
        return self

    def fail(self, message: str) -> None:
        """It could not be started."""
        self._status = {
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": "InternalError",
            "details": {"causes": [{"message": message}]},
            "code": 500,
        }

    def put(self, channel: int, data: bytes) -> None:
        self._out.append((channel, data))
        if self.on_ready is not None:
            self.on_ready()

    # -- the transport's side

    def write(self, channel: int, data: bytes) -> None:
        process = self._process
        if process is None or process.exit_code is not None or channel != STDIN:
            return
        text = self._decoder.decode(data)
        if self._terminal is not None:
            self._terminal.typed(text)
        else:
            process.send(text)
        self._wake()

    def close_channel(self, channel: int) -> None:
        if channel == STDIN and self._process is not None:
            self._process.close_input()
            self._wake()

    def poll(self, now: float) -> list[tuple[int, bytes]] | None:
        if self._closed:
            return None
        result = list(self._out)
        self._out.clear()
        status = self._status or self._exit_status()
        if status is not None:
            self._closed = True
            result.append((ERROR, json.dumps(status).encode()))
        return result

    def _exit_status(self) -> dict[str, Any] | None:
        process = self._process
        if process is None or process.exit_code is None:
            return None
        if process.exit_code == 0:
            return SUCCESS
        code = str(process.exit_code)
        message = f"command terminated with non-zero exit code: command terminated with exit code {code}"
        return {
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": "NonZeroExitCode",
            "details": {"causes": [{"reason": "ExitCode", "message": code}]},
        }

    def next_wake(self, now: float) -> float | None:
        return now + 0.05 if self._process is not None and not self._closed else None

    def close(self) -> None:
        """The client has gone: a terminal hangs up."""
        if not self._closed and self._process is not None and self._process.exit_code is None:
            self._process.close_input()
            if self._tty:
                self._process.kill(HUP)
            self._wake()
        self._closed = True


class _Pipe:
    """One forwarded connection: bytes in, bytes out, in whatever the listener speaks."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._requests, self._commands = Requests("127.0.0.1"), Commands()

    def feed(self, data: bytes) -> bytes:
        """What comes back at once. Raises ValueError when it is not the listener's language."""
        if self._listener.speaks == "redis":
            return b"".join(answer_text(self._listener.answer(Request(body=" ".join(words), protocol="redis")).body) for words in self._commands.feed(data))
        if self._listener.speaks in ("http", "any", "grpc"):
            return b"".join(response_text(self._answer(r), r.method == "HEAD") for r in self._requests.feed(data))
        return b""

    def _answer(self, request: Request) -> Reply:
        return self._listener.answer(request)


class PortForwardSession:
    """Channels 2i (data) and 2i+1 (error) for port number i. Each begins with the port's number, as the protocol asks."""

    def __init__(self, namespace: NetworkNamespace, ports: tuple[int, ...]) -> None:
        self.on_ready: Callable[[], None] | None = None
        self._namespace, self._ports = namespace, ports
        self._pipes: dict[int, _Pipe] = {}
        self._out: deque[tuple[int, bytes]] = deque()
        self._closed = False
        for index, port in enumerate(ports):
            number = port.to_bytes(2, "little")
            self._out += [(2 * index, number), (2 * index + 1, number)]

    def write(self, channel: int, data: bytes) -> None:
        if channel % 2 or channel // 2 >= len(self._ports):
            return
        port = self._ports[channel // 2]
        pipe = self._pipes.get(channel)
        if pipe is None:
            listener = self._namespace.on(port)
            if listener is None:
                self._refuse(channel, f"dial tcp4 127.0.0.1:{port}: connect: connection refused")
                return
            pipe = self._pipes[channel] = _Pipe(listener)
        try:
            answer = pipe.feed(data)
        except ValueError as error:
            self._refuse(channel, str(error))
            return
        if answer:
            self._put(channel, answer)

    def _refuse(self, channel: int, why: str) -> None:
        port = self._ports[channel // 2]
        self._put(
            channel + 1, f'failed to execute portforward in network namespace "{self._namespace.owner}": failed to connect to localhost:{port}: {why}'.encode()
        )

    def _put(self, channel: int, data: bytes) -> None:
        self._out.append((channel, data))
        if self.on_ready is not None:
            self.on_ready()

    def close_channel(self, channel: int) -> None:
        self._pipes.pop(channel, None)

    def poll(self, now: float) -> list[tuple[int, bytes]] | None:
        if self._closed:
            return None
        result = list(self._out)
        self._out.clear()
        return result

    def next_wake(self, now: float) -> float | None:
        return None

    def close(self) -> None:
        self._closed = True
