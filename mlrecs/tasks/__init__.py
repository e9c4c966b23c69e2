"""Jobs of intelligence that a worker does, by noun, in the queue `ml`, which alone may load arrays."""

from mlrecs.tasks.advice import (
    enqueue_advice,
    follow_recommendations,
    look_for_advice,
    measure_advice,
    recommend_nightly,
)
from mlrecs.tasks.anomalies import score_accounts, score_nightly
from mlrecs.tasks.models import enqueue_training, report_drift, resume_trainings, train, train_challenger
from mlrecs.tasks.news import fetch_news, read_tones, review_tone
from mlrecs.tasks.risk import enqueue_risk, measure_risk, measure_risk_batch, measure_risks
from mlrecs.tasks.scores import enqueue_scores

__all__ = [
    "enqueue_advice",
    "enqueue_risk",
    "enqueue_scores",
    "enqueue_training",
    "fetch_news",
    "follow_recommendations",
    "look_for_advice",
    "measure_advice",
    "measure_risk",
    "measure_risk_batch",
    "measure_risks",
    "read_tones",
    "recommend_nightly",
    "report_drift",
    "resume_trainings",
    "review_tone",
    "score_accounts",
    "score_nightly",
    "train",
    "train_challenger",
]
