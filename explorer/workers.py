"""The loops as Channels background workers: one consumer a component, woken by doorbells.

In the default single process, `Workers` listens on each component's channel with a task of its own. At scale,
`manage.py runworker kube-scheduler kubelet ...` runs the same consumers elsewhere. A doorbell says only that a cluster has a
new revision; what to do, the component finds out from the store.
"""

import asyncio
import logging
from collections.abc import Collection
from typing import Any

from channels.consumer import AsyncConsumer
from channels.layers import get_channel_layer
from channels.routing import ChannelNameRouter

from explorer.doorbell import WORKERS
from explorer.engine import engine

logger = logging.getLogger("orrery.workers")


class ComponentWorker(AsyncConsumer):  # type: ignore[misc]
    """Takes the doorbell for one component of whichever cluster it names."""

    component = ""

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As channels', without looking after database connections: a doorbell opens none, and that costs more than the rest."""
        if message["type"] == "doorbell":
            await self.doorbell(message)

    async def doorbell(self, message: dict[str, Any]) -> None:
        hosted = engine().clusters.get(message["cluster"])
        if hosted is not None:
            hosted.attend(message["revision"])


def _worker(component: str) -> type[ComponentWorker]:
    return type(f"Worker_{component.replace('-', '_')}", (ComponentWorker,), {"component": component, "__doc__": f"The worker of {component}."})


CONSUMERS = {component: _worker(component) for component in WORKERS}
application = ChannelNameRouter({component: consumer.as_asgi() for component, consumer in CONSUMERS.items()})


class Workers:
    """Runs consumers in this process, each fed from its channel. `components`: those that this process runs, None for all."""

    def __init__(self, components: Collection[str] | None = None) -> None:
        self.components = [name for name in WORKERS if components is None or name in components]
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.ensure_future(self._serve(component)) for component in self.components]

    async def _serve(self, component: str) -> None:
        """One consumer instance for the channel's life; a message that is lost is made up for by the next."""
        layer = get_channel_layer()
        inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

        async def ignore(message: dict[str, Any]) -> None:
            return None

        consumer = asyncio.ensure_future(application({"type": "channel", "channel": component}, inbox.get, ignore))
        try:
            while True:
                inbox.put_nowait(await layer.receive(component))
        finally:
            consumer.cancel()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
