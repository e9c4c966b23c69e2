"""Tables of models, risk, anomalies, recommendations, news and lessons, by noun."""

from mlrecs.models.lessons import Lesson, LessonProgress
from mlrecs.models.news import NewsItem
from mlrecs.models.recommendations import (
    AdviceRun,
    MarketView,
    Recommendation,
    RecommendationOutcome,
    RiskProfile,
)
from mlrecs.models.risk import Anomaly, AnomalyScore, RiskReport
from mlrecs.models.versions import DriftReport, Evaluation, ModelVersion, TrainingRun

__all__ = [
    "AdviceRun",
    "Anomaly",
    "AnomalyScore",
    "DriftReport",
    "Evaluation",
    "Lesson",
    "LessonProgress",
    "MarketView",
    "ModelVersion",
    "NewsItem",
    "Recommendation",
    "RecommendationOutcome",
    "RiskProfile",
    "RiskReport",
    "TrainingRun",
]
