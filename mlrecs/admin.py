"""The support desk of intelligence: models and their promotion, drift, advice and its acceptance, lessons."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet, URLField
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from common.admin import OperatorAdmin
from common.audit import audit_record
from common.errors import DomainError
from mlrecs.models import (
    AdviceRun,
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
from mlrecs.selectors.recommendations import acceptance, uplift_lines
from mlrecs.services.lessons import CHANGED
from mlrecs.services.model_versions import (
    champion_roll_back,
    promotion_approve,
    promotion_propose,
    promotion_withdraw,
)


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
    actions = ("propose", "approve", "withdraw", "roll_back")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the weights: a list of models needs none of them."""
        return super().get_queryset(request).defer("weights")

    @admin.action(permissions=["act"], description="Propose as champion; a second operator approves")
    def propose(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        """One operator's word; the gate of the last evaluation must have put the model first."""
        self._each(request, models, "Proposed. A second operator must approve.", promotion_propose)

    @admin.action(permissions=["act"], description="Approve as champion, proposed by another operator")
    def approve(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        """The second operator's word: the model serves from now on, the one before it retires."""
        verb = partial(promotion_approve, now=timezone.now())
        self._each(request, models, "Promoted: it serves from now on.", verb)

    @admin.action(permissions=["act"], description="Take the proposal back")
    def withdraw(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        """Any operator may."""
        self._each(request, models, "Taken back.", promotion_withdraw)

    @admin.action(permissions=["act"], description="Roll back to the champion before this one")
    def roll_back(self, request: HttpRequest, models: QuerySet[ModelVersion]) -> None:
        """At once and by one operator, for each chosen champion."""

        def verb(*, model_id: UUID, actor: User) -> ModelVersion:
            return champion_roll_back(model_id=model_id, actor=actor, now=timezone.now())

        self._each(request, models, "Rolled back.", verb)

    def _each(
        self,
        request: HttpRequest,
        models: QuerySet[ModelVersion],
        done: str,
        verb: Callable[..., ModelVersion],
    ) -> None:
        if not isinstance(request.user, User):
            return
        for key in models.values_list("pk", flat=True):
            try:
                model = verb(model_id=key, actor=request.user)
            except DomainError as refusal:
                self.message_user(request, refusal.detail, messages.ERROR)
            else:
                self.message_user(request, f"{model}: {done}")


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
    """Advice, and what people did with it, below acceptance and uplift."""

    change_list_template = "admin/mlrecs/recommendation/change_list.html"
    list_display = ("title", "household", "kind", "state", "data_until", "decided_by", "reason")
    list_filter = ("kind", "state")
    list_select_related = ("household", "decided_by")
    search_fields = ("=id", "=household__id", "household__name", "title", "subject")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The rows, below what became of each kind and what methods are worth: logged, never optimised."""
        shown = {"acceptance": acceptance(), "uplift": uplift_lines()}
        return super().changelist_view(request, {**(extra_context or {}), **shown})


@admin.register(AdviceRun)
class AdviceRunAdmin(OperatorAdmin):
    """The last look for advice by account, and what stood against it."""

    list_display = ("portfolio", "kind", "ran_at", "good_until", "words")
    list_filter = ("kind",)
    list_select_related = ("portfolio",)
    search_fields = ("=portfolio__id", "portfolio__name", "words")


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
