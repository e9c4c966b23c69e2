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
}

app.conf.beat_schedule = {name: {"task": task, "schedule": when} for name, (task, when) in SCHEDULE.items()}
