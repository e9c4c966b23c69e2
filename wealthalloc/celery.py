"""The Celery application and the whole schedule of the product, one table."""

import os
from datetime import timedelta

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
SCHEDULE: dict[str, tuple[str, crontab | timedelta]] = {
    "clean the outbox": ("common.clean_outbox", crontab(hour="3", minute="17")),
    "follow what may wash a loss": ("taxharvest.follow_washes", crontab()),
    "watch the losses of the window": ("taxharvest.watch_washes", crontab(hour="5", minute="40")),
    "give up orders that waited too long": ("trading.lapse_orders", crontab(minute="*")),
    "ask the brokers": ("trading.sync_gateways", crontab(minute="*/10")),
    # Early morning in New York: the night's windows are over, and the figures of the day before are made.
    "fetch the brokers' statements": ("trading.fetch_statements", crontab(hour="10", minute="5")),
    "ask the brokers for closes": ("trading.sync_histories", crontab(hour="11", minute="15")),
    # Before New York opens, summer and winter; whether every account was reached is asked before it does.
    "look for losses": ("taxharvest.scan_nightly", crontab(hour="11", minute="45")),
    "ask whether every account was scanned": ("taxharvest.check_coverage", crontab(hour="13", minute="20")),
    "look for losses after a fall": ("taxharvest.watch_falls", crontab(minute="*/15")),
    "carry out plans": ("taxharvest.advance_plans", timedelta(seconds=5)),
    "end proposals that nobody decided about": ("taxharvest.expire_harvests", crontab(minute="50")),
    # After the closes of the day before have come.
    "measure the risk of every account": ("mlrecs.measure_risks", crontab(hour="12", minute="5")),
    "ask the feeds for news": ("mlrecs.fetch_news", crontab(hour="*/6", minute="25")),
    "say where tone has turned": ("mlrecs.review_tone", crontab(hour="12", minute="10")),
    # After the closes of the night, so that advice of the morning rests on them.
    "look for advice": ("mlrecs.recommend_nightly", crontab(hour="11", minute="55")),
    "measure what advice is worth": ("mlrecs.measure_advice", crontab(hour="4", minute="10")),
    "end recommendations that nobody decided about": ("mlrecs.follow_recommendations", crontab(minute="55")),
    "go on with interrupted scans": ("taxharvest.resume_scans", crontab(minute="*/20")),
    # After the closes of the night have come in; drift on Saturdays, challengers on the first of a month.
    "score the day": ("mlrecs.score_nightly", crontab(hour="11", minute="30")),
    "watch models for drift": ("mlrecs.report_drift", crontab(day_of_week="6", hour="6", minute="10")),
    "train challengers": ("mlrecs.train_challenger", crontab(day_of_month="1", hour="7", minute="20")),
    "go on with interrupted trainings": ("mlrecs.resume_trainings", crontab(minute="*/5")),
}

app.conf.beat_schedule = {name: {"task": task, "schedule": when} for name, (task, when) in SCHEDULE.items()}
