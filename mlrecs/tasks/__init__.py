"""Jobs of risk, anomalies, advice, models and news that a worker does, by noun."""

from mlrecs.tasks.advice import (
    enqueue_advice,
    follow_recommendations,
    look_for_advice,
    measure_advice,
    recommend_nightly,
)
from mlrecs.tasks.news import fetch_news, read_tones, review_tone

__all__ = [
    "enqueue_advice",
    "fetch_news",
    "follow_recommendations",
    "look_for_advice",
    "measure_advice",
    "read_tones",
    "recommend_nightly",
    "review_tone",
]
