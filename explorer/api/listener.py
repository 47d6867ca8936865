"""The API's port: TLS with the installation's certificate, client certificates where the client has one."""

import asyncio
import ssl

from explorer.api.connection import Connection
from explorer.certificates import server_certificate
from explorer.engine import Engine, Hosted, hosted

IDLE = 600.0
SWEEP = 15.0


def tls() -> ssl.SSLContext:
    """TLS 1.2 or newer; a client may show a certificate, and one that no cluster's authority has signed ends the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(*server_certificate())
    context.verify_mode = ssl.CERT_OPTIONAL
    context.set_alpn_protocols(["http/1.1"])
    return context


class ApiListener:
    """Accepts API connections on the event loop and closes those that have been quiet for long."""

    def __init__(self, engine: Engine, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._tls = tls()
        self.connections: set[Connection] = set()
        engine.on_take_up(self._trust)

    def _trust(self, hosted: Hosted) -> None:
        """Let clients of this cluster through TLS; whose certificate it is decides each request."""
        self._tls.load_verify_locations(cadata=hosted.cluster.keys.ca_pem)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(hosted, self.connections), self._host, self._port, ssl=self._tls, backlog=1024, ssl_handshake_timeout=20, ssl_shutdown_timeout=3,
        )  # fmt: skip
        self._sweeper = asyncio.ensure_future(self._sweep())

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP)
            limit = asyncio.get_running_loop().time() - IDLE
            for connection in [c for c in self.connections if c.idle and c.quiet_since < limit]:
                connection.transport.close()

    async def stop(self) -> None:
        """Take no more connections, end the open ones, wait a little until their last bytes are out."""
        self._sweeper.cancel()
        self._server.close()
        for connection in tuple(self.connections):
            connection.let_go()
        for _ in range(20):
            if not self.connections:
                return
            await asyncio.sleep(0.05)
        for connection in tuple(self.connections):
            connection.transport.abort()
