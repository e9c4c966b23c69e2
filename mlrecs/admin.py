"""The support desk of intelligence: models and their promotion, drift, advice and its acceptance, lessons."""

from typing import Any

from django.contrib import admin
from django.db.models import URLField
from django.http import HttpRequest

from common.admin import OperatorAdmin
from common.audit import audit_record
from mlrecs.models import (
    Anomaly,
    AnomalyScore,
    DriftReport,
    Evaluation,
    Lesson,
    LessonProgress,
    MarketView,
    ModelVersion,
    NewsItem,
    Recommendation,
    RecommendationOutcome,
    RiskProfile,
    RiskReport,
    TrainingRun,
)
from mlrecs.services.lessons import CHANGED


@admin.register(ModelVersion)
class ModelVersionAdmin(OperatorAdmin):
    """Models, which one serves, and who promoted it."""

    list_display = (
        "task", "name", "version", "status", "household", "data_until", "proposed_by", "approved_by",
    )  # fmt: skip
    list_filter = ("status", "task", "name")
    list_select_related = ("household", "proposed_by", "approved_by")
    search_fields = ("=id", "task", "name", "digest")
    exclude = ("weights",)


@admin.register(TrainingRun)
class TrainingRunAdmin(OperatorAdmin):
    """Trainings, and how far they are."""

    list_display = ("created_at", "household", "requested_by", "state", "progress", "model", "words")
    list_filter = ("state",)
    list_select_related = ("household", "requested_by", "model")
    search_fields = ("=id", "=household__id", "words")
    exclude = ("checkpoint",)


@admin.register(DriftReport)
class DriftReportAdmin(OperatorAdmin):
    """How far the world has moved from the models."""

    list_display = ("day", "model", "has_drifted", "words")
    list_filter = ("has_drifted",)
    list_select_related = ("model",)
    search_fields = ("=model__id", "model__name", "words")


@admin.register(Evaluation)
class EvaluationAdmin(OperatorAdmin):
    """Models and baselines on the same suite."""

    list_display = ("day", "suite", "champion", "words")
    list_filter = ("suite",)
    search_fields = ("=id", "champion", "words")


@admin.register(RiskReport)
class RiskReportAdmin(OperatorAdmin):
    """Risk of portfolios by day."""

    list_display = ("day", "portfolio", "is_good", "words")
    list_filter = ("is_good",)
    list_select_related = ("portfolio",)
    search_fields = ("=portfolio__id", "portfolio__name")


@admin.register(AnomalyScore)
class AnomalyScoreAdmin(OperatorAdmin):
    """Scores by day."""

    list_display = ("day", "portfolio", "volatility", "co_movement", "learned", "is_alarm")
    list_filter = ("is_alarm",)
    list_select_related = ("portfolio",)
    search_fields = ("=portfolio__id", "portfolio__name")


@admin.register(Anomaly)
class AnomalyAdmin(OperatorAdmin):
    """What was unusual, and who has looked at it."""

    list_display = ("began", "ended", "portfolio", "instrument", "kind", "severity", "acknowledged_by")
    list_filter = ("kind", "severity")
    list_select_related = ("portfolio", "instrument", "acknowledged_by")
    search_fields = ("=portfolio__id", "portfolio__name", "instrument__symbol", "words")


@admin.register(RiskProfile)
class RiskProfileAdmin(OperatorAdmin):
    """What households are suited for, as they said."""

    list_display = ("household", "willingness", "capacity", "set_by", "created_at")
    list_select_related = ("household", "set_by")
    search_fields = ("=household__id", "household__name")


@admin.register(MarketView)
class MarketViewAdmin(OperatorAdmin):
    """What households expect of instruments."""

    list_display = ("household", "instrument", "expected_return", "confidence", "set_by")
    list_select_related = ("household", "instrument", "set_by")
    search_fields = ("=household__id", "household__name", "instrument__symbol")


@admin.register(Recommendation)
class RecommendationAdmin(OperatorAdmin):
    """Advice, and what people did with it."""

    list_display = ("title", "household", "kind", "state", "data_until", "decided_by", "reason")
    list_filter = ("kind", "state")
    list_select_related = ("household", "decided_by")
    search_fields = ("=id", "=household__id", "household__name", "title", "subject")


@admin.register(RecommendationOutcome)
class RecommendationOutcomeAdmin(OperatorAdmin):
    """What became of advice."""

    list_display = ("day", "recommendation", "created_at")
    list_select_related = ("recommendation",)
    search_fields = ("=recommendation__id", "recommendation__title")


@admin.register(NewsItem)
class NewsItemAdmin(OperatorAdmin):
    """News and the tone that was read in it."""

    list_display = ("published_at", "headline", "source", "label", "tone", "reader")
    list_filter = ("label", "source", "reader")
    search_fields = ("headline", "external_id")
    date_hierarchy = "published_at"


@admin.register(Lesson)
class LessonAdmin(OperatorAdmin):
    """The library, kept here."""

    editable = addable = True
    list_display = ("place", "title", "topic", "level", "minutes", "is_published")
    list_filter = ("topic", "level", "is_published")
    search_fields = ("slug", "title", "transcript")
    formfield_overrides = {URLField: {"assume_scheme": "https"}}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """Keep the lesson, and who changed it: a release leaves alone what operators have changed."""
        super().save_model(request, obj, form, change)
        names = [name for name in form.changed_data if name != "is_published"]
        if names or not change:
            audit_record(actor_id=request.user.pk, action=CHANGED, subject=obj, detail={"fields": names})


@admin.register(LessonProgress)
class LessonProgressAdmin(OperatorAdmin):
    """How far people are."""

    list_display = ("user", "lesson", "percent", "finished_at")
    list_select_related = ("user", "lesson")
    search_fields = ("=user__id", "lesson__title")
