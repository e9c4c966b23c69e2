"""Configuration of the roof: every process that may enqueue a job knows the product's own queues."""

from django.apps import AppConfig

from wealthalloc.celery import app


class WealthAllocConfig(AppConfig):
    """The roof."""

    name = "wealthalloc"
    default_auto_field = "django.db.models.BigAutoField"
    # Named here so that it is made in every process: without it a shared task would look for a broker of
    # its own, at Celery's default address.
    celery = app
