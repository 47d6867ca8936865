"""Load over TLS from a process of its own: `connections` keep-alive clients, each asking again as soon as it is answered.

Run as `python -m bench.load KUBECONFIG CONNECTIONS SECONDS METHOD PATH [BODY]`; `{n}` in path and body counts up. Prints JSON.
"""

import asyncio
import json
import ssl
import sys
import time
from pathlib import Path
from typing import cast

import httptools
import uvloop

from bench.figure import percentile
from tests.running import Api


class Client(asyncio.Protocol):
    """One connection that keeps exactly one request in flight."""

    def __init__(self, load: "Load") -> None:
        self._load = load

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._began = time.perf_counter()
        self._transport.write(self._load.next_request())

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._load.seconds.append(time.perf_counter() - self._began)
        status = self._parser.get_status_code()
        self._load.statuses[status] = self._load.statuses.get(status, 0) + 1
        if time.perf_counter() < self._load.end:
            asyncio.get_running_loop().call_soon(self._ask)
        else:
            self._transport.close()
            self._load.open -= 1
            if not self._load.open:
                self._load.done.set_result(None)


class Load:
    def __init__(self, api: Api, connections: int, seconds: float, method: str, path: str, body: str) -> None:
        self._api, self._connections, self._duration = api, connections, seconds
        self._method, self._path, self._body = method, path, body
        self._count = 0
        self._run = f"{time.time_ns():x}"
        self.open = connections
        self.seconds: list[float] = []
        self.statuses: dict[int, int] = {}

    def next_request(self) -> bytes:
        self._count += 1
        name = f"{self._run}-{self._count}"
        body = self._body.replace("{n}", name).encode()
        head = f"{self._method} {self._api.prefix}{self._path.replace('{n}', name)} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return head.encode() + b"\r\n" + body

    async def run(self) -> dict[str, object]:
        loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = loop.create_future()
        tls: ssl.SSLContext = self._api.tls
        began = time.perf_counter()
        self.end = began + self._duration
        for _ in range(self._connections):
            await loop.create_connection(lambda: Client(self), self._api.host, self._api.port, ssl=tls, server_hostname="localhost")
        await self.done
        took = time.perf_counter() - began
        good = sum(count for status, count in self.statuses.items() if status < 300)
        share = {f"p{round(s * 100)}": percentile(self.seconds, s) * 1000 for s in (0.5, 0.99)}
        return {"rate": good / took, "statuses": self.statuses, **share}


if __name__ == "__main__":
    kubeconfig, connections, seconds, method, path, *body = sys.argv[1:]
    load = Load(Api(Path(kubeconfig)), int(connections), float(seconds), method, path, body[0] if body else "")
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    print(json.dumps(asyncio.run(load.run())))
