"""Jobs of news: asking the feeds, reading tone with a model, and saying where tone has turned."""

import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from common.errors import Conflict
from mlrecs.services.news import news_forget, news_update
from mlrecs.services.sentiment import sentiments_review
from mlrecs.services.tone import tones_read

log = logging.getLogger(__name__)

# The only queue whose workers may load arrays.
QUEUE = "ml"


@shared_task(name="mlrecs.fetch_news")
def fetch_news() -> None:
    """Ask the feeds about everything that is held, and let the model read what came where one is set."""
    now = timezone.now()
    taken = news_update(now=now)
    for failure in taken.failures:
        log.info("news: %s", failure)
    news_forget(now=now)
    if settings.TONE_MODEL:
        enqueue_tones()


@shared_task(name="mlrecs.read_tones")
def read_tones() -> None:
    """Let the model read what it has not read; why it cannot is told in the log and on the page."""
    try:
        tones_read()
    except Conflict as refusal:
        log.warning("tone: %s", refusal.detail)


@shared_task(name="mlrecs.review_tone")
def review_tone() -> None:
    """Put forward where the tone about a holding has turned."""
    sentiments_review(timezone.now())


def enqueue_tones() -> None:
    """Let a worker read with the model; without a queue the next fetch asks again."""
    try:
        read_tones.apply_async(queue=QUEUE)
    except OperationalError:
        log.warning("tone waits for the next fetch: no queue")
