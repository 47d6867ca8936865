"""`manage.py kubeconfig NAME`: prints a kubeconfig for a cluster's administrator."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from explorer.api.credentials import ADMIN, MASTERS, kubeconfig_for
from explorer.models import Cluster


class Command(BaseCommand):
    help = "Print a kubeconfig for a cluster: its administrator's, or another user's with --user and --group."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--user", default="")
        parser.add_argument("--group", action="append", default=[])
        parser.add_argument("--token", action="store_true", help="with the administrator's token instead of a certificate")

    def handle(self, *args: Any, **options: Any) -> None:
        row = Cluster.objects.filter(name=options["name"]).first()
        if row is None:
            raise CommandError(f"there is no cluster {options['name']!r}; see: manage.py cluster list")
        user, groups = (options["user"], tuple(options["group"])) if options["user"] else (ADMIN, MASTERS)
        self.stdout.write(kubeconfig_for(row.pk, row.name, row.seed, user, groups, token=options["token"]), ending="")
