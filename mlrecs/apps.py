"""Configuration of the mlrecs app."""

from django.apps import AppConfig


class MlrecsConfig(AppConfig):
    """Risk, anomalies, recommendations, and the models behind them."""

    name = "mlrecs"
    default_auto_field = "django.db.models.BigAutoField"
