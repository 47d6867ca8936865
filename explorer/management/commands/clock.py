"""`manage.py clock NAME [--rate R | --pause | --resume]`: shows or sets how a cluster's clock runs; a running server follows."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cluster_engine.kernel.clock import timestamp
from explorer.clock import RateClock, Setting
from explorer.models import Cluster


class Command(BaseCommand):
    help = "Show or set how a cluster's clock runs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        change = parser.add_mutually_exclusive_group()
        change.add_argument("--rate", type=float, help="cluster seconds a second, 0.001 to 1000")
        change.add_argument("--pause", action="store_true")
        change.add_argument("--resume", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        row = Cluster.objects.filter(name=options["name"]).first()
        if row is None:
            raise CommandError(f"there is no cluster {options['name']!r}; see: manage.py cluster list")
        clock = RateClock(Setting(row.virtual_base, row.real_base, row.rate, row.paused))
        if self._changed(clock, options):
            setting = clock.setting
            row.virtual_base, row.real_base, row.rate, row.paused = setting.virtual_base, setting.real_base, setting.rate, setting.paused
            row.save(update_fields=["virtual_base", "real_base", "rate", "paused"])
        runs = "paused" if clock.setting.paused else f"running at {clock.setting.rate:g} times"
        self.stdout.write(f"{timestamp(clock.now())}, {runs}")

    def _changed(self, clock: RateClock, options: dict[str, Any]) -> bool:
        try:
            if options["rate"] is not None:
                clock.run_at(options["rate"])
            elif options["pause"]:
                clock.pause()
            elif options["resume"]:
                clock.resume()
            else:
                return False
        except ValueError as error:
            raise CommandError(str(error)) from error
        return True
