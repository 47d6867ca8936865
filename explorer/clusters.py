"""Making and unmaking clusters: their rows; the engine of whichever process runs them follows."""

import secrets
import time

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from explorer.models import Cluster, ClusterHead
from explorer.models.cluster import validate_name


def create_cluster(name: str, owner: User, template: str = "dev", seed: int | None = None) -> Cluster:
    """Raises ValidationError for a name or template that cannot be, IntegrityError for a name that is taken."""
    from cluster_engine.templates import TEMPLATES

    validate_name(name)
    if template not in TEMPLATES:
        raise ValidationError(f"there is no template {template!r}; there are: {', '.join(TEMPLATES)}")
    now = time.time()
    with transaction.atomic():
        row = Cluster.objects.create(
            name=name, owner=owner, template=template, virtual_base=now, real_base=now, seed=secrets.randbits(32) if seed is None else seed,
        )  # fmt: skip
        ClusterHead.objects.create(cluster=row, revision=0)
    return row


def delete_cluster(name: str) -> bool:
    """Delete the cluster with all its revisions; says whether there was one."""
    return bool(Cluster.objects.filter(name=name).delete()[0])


def set_running(name: str, running: bool) -> bool:
    """Start or stop it; says whether there is such a cluster. A stopped cluster's clock goes on, as a powered-off machine's does."""
    return bool(Cluster.objects.filter(name=name).update(running=running))
