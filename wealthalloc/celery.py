"""The Celery application and the whole schedule of the product, one table."""

import os

from celery import Celery
from celery.schedules import crontab
from kombu import Exchange, Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wealthalloc.settings.base")

app = Celery("wealthalloc")
app.config_from_object("django.conf:settings", namespace="CELERY")
# `sync` waits on brokers and statements, `ml` is the only queue whose worker may import torch.
# Each queue is bound by its own key: a shared one would deliver every message three times.
app.conf.task_queues = [
    Queue(name, Exchange("wealthalloc", type="direct"), routing_key=name)
    for name in ("default", "sync", "ml")
]
app.autodiscover_tasks()

# Name of the entry: task, and when it runs (UTC).
SCHEDULE: dict[str, tuple[str, crontab]] = {
    "clean the outbox": ("common.clean_outbox", crontab(hour="3", minute="17")),
    "give up orders that waited too long": ("trading.lapse_orders", crontab(minute="*")),
    "ask the brokers": ("trading.sync_gateways", crontab(minute="*/10")),
    # Early morning in New York: the night's windows are over, and the figures of the day before are made.
    "fetch the brokers' statements": ("trading.fetch_statements", crontab(hour="10", minute="5")),
    "ask the brokers for closes": ("trading.sync_histories", crontab(hour="11", minute="15")),
}

app.conf.beat_schedule = {name: {"task": task, "schedule": when} for name, (task, when) in SCHEDULE.items()}
