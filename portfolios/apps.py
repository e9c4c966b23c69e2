"""Configuration of the portfolios app."""

from django.apps import AppConfig


class PortfoliosConfig(AppConfig):
    """The book."""

    name = "portfolios"
    default_auto_field = "django.db.models.BigAutoField"
