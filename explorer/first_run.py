"""What a start of the server makes sure of: the tables, an operator's account, the first cluster, and a way in."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import transaction

from explorer.clusters import create_cluster
from explorer.models import Cluster, LoginLink
from explorer.places import ROOT, data_dir, http_port, public_host

OPERATOR = "operator"
FIRST_CLUSTER = "demo"


def prepare(first_cluster: bool = True) -> None:
    """Bring the database up to date, and fill a new one. Costs a read of each migration when there is nothing to do."""
    stamp, value = data_dir() / "migrations.stamp", _migrations()
    if not stamp.exists() or stamp.read_text() != value:
        call_command("migrate", verbosity=0, interactive=False)
        stamp.write_text(value)
    if not get_user_model().objects.exists():
        with transaction.atomic():
            operator = get_user_model().objects.create_superuser(OPERATOR)
            if first_cluster and not Cluster.objects.exists():
                create_cluster(FIRST_CLUSTER, operator, "dev")


def _migrations() -> str:
    found = hashlib.sha256(str(settings.DATABASES["default"].get("HOST", "")).encode())
    for path in sorted(Path(ROOT, "explorer", "migrations").glob("*.py")):
        found.update(path.name.encode() + path.read_bytes())
    found.update((ROOT / "requirements.txt").read_bytes())
    return found.hexdigest()


def login_address() -> str:
    """The page's address with a link that lets the operator in once."""
    operator = get_user_model().objects.filter(is_superuser=True).order_by("pk").first()
    page = f"http://{public_host()}:{http_port()}/"
    return page if operator is None else f"{page}enter/{LoginLink.make(operator)}/"
