"""Jobs of intelligence that a worker does, by noun, in the queue `ml`, which alone may load arrays."""

from mlrecs.tasks.anomalies import score_accounts, score_nightly
from mlrecs.tasks.models import enqueue_training, report_drift, resume_trainings, train, train_challenger
from mlrecs.tasks.news import fetch_news, read_tones, review_tone
from mlrecs.tasks.risk import enqueue_risk, measure_risk, measure_risk_batch, measure_risks
from mlrecs.tasks.scores import enqueue_scores

__all__ = [
    "enqueue_risk",
    "enqueue_scores",
    "enqueue_training",
    "fetch_news",
    "measure_risk",
    "measure_risk_batch",
    "measure_risks",
    "read_tones",
    "report_drift",
    "resume_trainings",
    "review_tone",
    "score_accounts",
    "score_nightly",
    "train",
    "train_challenger",
]
