"""`manage.py runworker [COMPONENT ...]`: a process that runs components of all clusters, beside servers that run none.

The servers and the workers share a PostgreSQL database and a Redis channel layer (docs/scale.md). This takes the place of the
command of the same name in channels, which has no room for an engine.
"""

import asyncio
import signal
from argparse import ArgumentParser
from typing import Any

import uvloop
from django.core.management.base import BaseCommand, CommandError

from explorer.doorbell import WORKERS, Doorbell
from explorer.engine import Engine
from explorer.workers import Workers

RESYNC = 1.0


class Command(BaseCommand):
    help = "Run components of all clusters in this process."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("components", nargs="*", metavar="COMPONENT", help=f"any of: {', '.join(WORKERS)} (default: all)")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["components"] or WORKERS
        unknown = [name for name in wanted if name not in WORKERS]
        if unknown:
            raise CommandError(f"there is no component {unknown[0]!r}; there are: {', '.join(WORKERS)}")
        uvloop.run(self._run(tuple(wanted)))

    async def _run(self, components: tuple[str, ...]) -> None:
        stopped = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        engine, workers = Engine(components, Doorbell().ring), Workers(components)
        await engine.start()
        workers.start()
        self.stdout.write(f"running {', '.join(components)} of {len(engine.clusters)} clusters; Ctrl-C stops it")
        resync = asyncio.ensure_future(engine.resync(RESYNC))
        await stopped.wait()
        resync.cancel()
        await workers.stop()
        await engine.stop()
