"""Jobs of risk, anomalies, advice, models and news that a worker does, by noun."""

from mlrecs.tasks.news import fetch_news, read_tones, review_tone

__all__ = [
    "fetch_news",
    "read_tones",
    "review_tone",
]
