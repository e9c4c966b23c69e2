"""Jobs of risk, anomalies, advice, models and news that a worker does, by noun."""

from mlrecs.tasks.news import fetch_news, read_tones, review_tone
from mlrecs.tasks.risk import enqueue_risk, measure_risk, measure_risk_batch, measure_risks

__all__ = [
    "enqueue_risk",
    "fetch_news",
    "measure_risk",
    "measure_risk_batch",
    "measure_risks",
    "read_tones",
    "review_tone",
]
