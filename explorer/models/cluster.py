"""A cluster: whose it is, from which template and seed it was made, and how its clock runs."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

NAME = re.compile(r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")


def validate_name(name: str) -> None:
    """Names stand in addresses and in certificates: DNS labels, as Kubernetes names things."""
    if not NAME.match(name):
        raise ValidationError("a cluster's name is a DNS label: lower-case letters, digits and '-', at most 63 characters")


class Cluster(models.Model):
    """One simulated cluster. The clock: at `real_base` (host seconds) it showed `virtual_base`, and it runs `rate` times as fast."""

    name = models.CharField(max_length=63, unique=True, validators=[validate_name])
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="clusters")
    template = models.CharField(max_length=63, default="dev")
    seed = models.BigIntegerField()
    running = models.BooleanField(default=True)
    virtual_base = models.FloatField()
    real_base = models.FloatField()
    rate = models.FloatField(default=1.0)
    paused = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
