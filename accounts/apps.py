"""Configuration of the accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, households and what they may see."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
