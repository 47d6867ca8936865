"""A link that lets its holder in once: how the operator gets in after `make run` without a password."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone


class LoginLink(models.Model):
    """Only the token's hash is kept; a link works once and for a day."""

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    expires = models.DateTimeField()

    @classmethod
    def make(cls, user: models.Model, lifetime: timedelta = timedelta(days=1)) -> str:
        """A new link's token; links that have run out are swept away."""
        token = secrets.token_urlsafe(24)
        cls.objects.filter(expires__lt=timezone.now()).delete()
        cls.objects.create(digest=cls.digest_of(token), user=user, expires=timezone.now() + lifetime)
        return token

    @staticmethod
    def digest_of(token: str) -> str:
        return hashlib.sha256(token.encode()).hexdigest()
