"""Configuration of the trading app."""

from django.apps import AppConfig


class TradingConfig(AppConfig):
    """Orders, brokers and live prices."""

    name = "trading"
    default_auto_field = "django.db.models.BigAutoField"
