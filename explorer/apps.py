"""The site as a Django application."""

from django.apps import AppConfig


class ExplorerConfig(AppConfig):
    name = "explorer"
    verbose_name = "Orrery"
    default_auto_field = "django.db.models.BigAutoField"
