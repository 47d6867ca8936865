"""`manage.py cluster create|list|delete|start|stop NAME [--template T]`: works whether the server runs or not."""

import time
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from explorer.clusters import create_cluster, delete_cluster, set_running
from explorer.first_run import prepare
from explorer.models import Cluster
from explorer.reach import server_runs, wait_for_cluster


class Command(BaseCommand):
    help = "Create, list, delete, start and stop clusters."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a cluster")
        create.add_argument("name")
        create.add_argument("--template", default="dev")
        create.add_argument("--owner", default="", help="user name of the owner (default: the operator)")
        create.add_argument("--seed", type=int)
        actions.add_parser("list", help="all clusters")
        for action, text in (("delete", "delete a cluster with all its history"), ("start", "run a cluster"), ("stop", "let a cluster rest")):
            actions.add_parser(action, help=text).add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        prepare(first_cluster=False)
        getattr(self, options["action"])(options)

    def create(self, options: dict[str, Any]) -> None:
        users = get_user_model().objects
        owner = users.filter(username=options["owner"]).first() if options["owner"] else users.filter(is_superuser=True).order_by("pk").first()
        if owner is None:
            raise CommandError(f"there is no user {options['owner']!r}")
        try:
            create_cluster(options["name"], owner, options["template"], options["seed"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except IntegrityError as error:
            raise CommandError(f"a cluster {options['name']!r} exists already") from error
        self._wait(options["name"], "created")

    def start(self, options: dict[str, Any]) -> None:
        self._found(set_running(options["name"], True), options)
        self._wait(options["name"], "started")

    def stop(self, options: dict[str, Any]) -> None:
        self._found(set_running(options["name"], False), options)
        self.stdout.write(f"cluster {options['name']} stopped")

    def delete(self, options: dict[str, Any]) -> None:
        set_running(options["name"], False)
        if server_runs():
            time.sleep(0.5)  # the server lets go of it first
        self._found(delete_cluster(options["name"]), options)
        self.stdout.write(f"cluster {options['name']} deleted")

    def list(self, options: dict[str, Any]) -> None:
        rows = [("NAME", "TEMPLATE", "OWNER", "STATE", "REVISION")]
        for row in Cluster.objects.select_related("owner", "head"):
            rows.append((row.name, row.template, row.owner.get_username(), "running" if row.running else "stopped", str(row.head.revision)))
        widths = [max(len(row[i]) for row in rows) + 3 for i in range(len(rows[0]))]
        for row_ in rows:
            self.stdout.write("".join(cell.ljust(width) for cell, width in zip(row_, widths, strict=True)).rstrip())

    def _found(self, found: bool, options: dict[str, Any]) -> None:
        if not found:
            raise CommandError(f"there is no cluster {options['name']!r}")

    def _wait(self, name: str, done: str) -> None:
        """A running server takes it up within a moment: come back when it answers."""
        if server_runs() and not wait_for_cluster(name):
            raise CommandError(f"cluster {name} is {done}, but the running server has not taken it up; its log says why")
        self.stdout.write(f"cluster {name} {done}" + ("" if server_runs() else "; it runs when the server does: make run"))
