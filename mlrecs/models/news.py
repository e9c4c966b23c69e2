"""News about instruments, and the tone that a dictionary or a model reads in it."""

from django.db import models

from common.models import RateField, TimestampedModel


class NewsItem(TimestampedModel):
    """One piece of news, from a provider or a file. The tone is weak evidence and never trades by itself."""

    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=120)
    published_at = models.DateTimeField()
    headline = models.CharField(max_length=400)
    body = models.TextField(blank=True)
    link = models.URLField(max_length=500, blank=True)
    symbols = models.JSONField(default=list)
    tone = RateField(null=True, blank=True)
    label = models.CharField(max_length=10, blank=True)
    reader = models.CharField(max_length=60, blank=True)

    class Meta:
        db_table = "news_items"
        constraints = [models.UniqueConstraint(fields=["source", "external_id"], name="news_item_once")]
        indexes = [models.Index(fields=["-published_at"], name="news_item_time")]

    def __str__(self) -> str:
        return self.headline
