"""Jobs of intelligence that a worker does, by noun, in the queue `ml`, which alone may load arrays."""

from mlrecs.tasks.anomalies import score_accounts, score_nightly
from mlrecs.tasks.models import enqueue_training, report_drift, resume_trainings, train, train_challenger
from mlrecs.tasks.scores import enqueue_scores

__all__ = [
    "enqueue_scores",
    "enqueue_training",
    "report_drift",
    "resume_trainings",
    "score_accounts",
    "score_nightly",
    "train",
    "train_challenger",
]
