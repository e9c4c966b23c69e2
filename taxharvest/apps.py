"""Configuration of the taxharvest app."""

from django.apps import AppConfig


class TaxharvestConfig(AppConfig):
    """Losses worth harvesting, and the tax year."""

    name = "taxharvest"
    default_auto_field = "django.db.models.BigAutoField"
