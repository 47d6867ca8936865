"""The server: one process with the site, the API over TLS, and the clusters' loops. `python -m explorer.server`.

daphne serves the pages and their websockets; this subclass of its server adds what daphne has not: back-pressure, a life
span for the engine, and the API listener on the same event loop.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from typing import Any

import uvloop

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "explorer.settings")
asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # before daphne makes its loop

from daphne.server import Server as DaphneServer  # noqa: E402
from twisted.internet import defer, reactor  # noqa: E402

from explorer import places  # noqa: E402

logger = logging.getLogger("orrery.server")
MOST_BUFFERED = 1024 * 1024
MOST_NAMED = 5
RESYNC = 1.0


class Server(DaphneServer):  # type: ignore[misc]
    """daphne, with the engine inside."""

    def __init__(self, began: float, **options: Any) -> None:
        super().__init__(ready_callable=self._ready, **options)
        self.began = began

    def _ready(self) -> None:
        reactor.addSystemEventTrigger("before", "shutdown", lambda: defer.Deferred.fromFuture(asyncio.ensure_future(self._leave())))  # type: ignore[arg-type]
        self._arriving = asyncio.ensure_future(self._arrive())

    async def _arrive(self) -> None:
        """Take up the clusters, open the API, and say where everything is."""
        from explorer.api.listener import ApiListener
        from explorer.doorbell import Doorbell
        from explorer.engine import Engine
        from explorer.workers import Workers

        try:
            self.engine = Engine(places.components(), Doorbell().ring)
            await self.engine.start()
            self.workers = Workers(places.components())
            self.workers.start()
            if places.components() is not None:
                self._resync = asyncio.ensure_future(self.engine.resync(RESYNC))
            self.api = ApiListener(self.engine, places.bind_address(), places.api_port())
            await self.api.start()
            await self._greet()
        except OSError as error:
            print(f"The API cannot be served on port {places.api_port()}: {error.strerror or error}. Choose another with API_PORT=...", file=sys.stderr)
            self.failed = True
            self.stop()
        except Exception:
            logger.exception("the server could not start")
            self.failed = True
            self.stop()

    failed = False

    async def _greet(self) -> None:
        from asgiref.sync import sync_to_async

        from explorer.first_run import login_address

        address = await sync_to_async(login_address)()
        ready = time.time() - self.began
        print(f"Orrery is ready after {ready:.1f} s", flush=True)
        print(f"  pages  {address}   (this link lets you in once)", flush=True)
        names = [*self.engine.clusters][:MOST_NAMED]
        for name in names:
            print(f"  API    https://{places.public_host()}:{places.api_port()}/clusters/{name}", flush=True)
        if names:
            file = f"{names[0]}.kubeconfig"
            print(f"  kubectl  .venv/bin/python manage.py kubeconfig {names[0]} > {file} && kubectl --kubeconfig {file} get nodes", flush=True)
        print("  Ctrl-C stops it; the clusters come back with the next start.", flush=True)

    async def _leave(self) -> None:
        """End streams, keep the last writes, let go. Never raises: a shutdown always goes on."""
        for part in ("api", "workers", "engine"):
            try:
                if hasattr(self, part):
                    await asyncio.wait_for(getattr(self, part).stop(), 8)
            except Exception:
                logger.exception("not everything stopped in order")

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Wait while the client does not read: daphne by itself would buffer without bound."""
        await super().handle_reply(protocol, message)
        while _buffered(protocol) > MOST_BUFFERED and self._connected(protocol):  # noqa: ASYNC110 (Twisted tells nobody when its buffer drains)
            await asyncio.sleep(0.02)

    def _connected(self, protocol: Any) -> bool:
        return protocol in self.connections and not self.connections[protocol].get("disconnected")

    def kill_all_applications(self) -> Any:
        """As daphne's, also for connections that have no application yet."""
        running = [d["application_instance"] for d in self.connections.values() if "application_instance" in d]
        for application in running:
            application.cancel()
        return defer.Deferred.fromFuture(asyncio.gather(*running, return_exceptions=True))

    def listen_error(self, failure: Any) -> None:
        print(f"The pages cannot be served on port {places.http_port()}: {failure.getErrorMessage()}. Choose another with HTTP_PORT=...", file=sys.stderr)
        self.failed = True
        self.stop()


def _buffered(protocol: Any) -> int:
    """Bytes that wait in Twisted's buffers for a client of HTTP or websocket."""
    transport = getattr(getattr(protocol, "channel", protocol), "transport", None)
    held = getattr(transport, "_tempDataLen", 0) + len(getattr(transport, "dataBuffer", b"")) - getattr(transport, "offset", 0)
    return int(held)


def _began() -> float:
    """When this process was started, by the system's own record where it can be read."""
    try:
        with open("/proc/self/stat") as stat, open("/proc/uptime") as uptime:
            started = int(stat.read().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
            return time.time() - (float(uptime.read().split()[0]) - started)
    except (OSError, ValueError, IndexError):
        return time.time()


def main() -> int:
    began = _began()
    sys.setswitchinterval(0.001)
    places.settle_ports()
    import django

    django.setup()
    from explorer.first_run import prepare

    prepare()
    from explorer.asgi import application

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, and Twisted would keep that
    endpoint = f"tcp:port={places.http_port()}:interface={places.bind_address()}"
    server = Server(began, application=application, endpoints=[endpoint], server_name="orrery", websocket_timeout=-1, application_close_timeout=5)
    server.run()
    return 1 if server.failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
