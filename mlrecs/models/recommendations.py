"""Recommendations with their evidence, what became of them, and what a person is suited for."""

from django.db import models
from django.db.models import Q

from common.models import CurrencyField, RateField, TimestampedModel, UUIDModel
from mlrecs.models.scoping import HouseholdRowsQuerySet
from portfolios.models import PortfolioScopedQuerySet


class RiskProfile(TimestampedModel):
    """What a household said of its willingness and its capacity to take risk; the newest one holds."""

    household = models.ForeignKey("accounts.Household", on_delete=models.CASCADE, related_name="+")
    answers = models.JSONField(default=dict)
    willingness = models.PositiveSmallIntegerField()
    capacity = models.PositiveSmallIntegerField()
    limits = models.JSONField(default=dict)
    set_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    objects = HouseholdRowsQuerySet.as_manager()

    class Meta:
        db_table = "risk_profiles"
        indexes = [models.Index(fields=["household", "-created_at"], name="risk_profile_newest")]

    def __str__(self) -> str:
        return f"{self.household} {self.created_at:%Y-%m-%d}"


class MarketView(TimestampedModel):
    """What a household expects of an instrument: a return a year beyond the market's, and how sure it is."""

    household = models.ForeignKey("accounts.Household", on_delete=models.CASCADE, related_name="+")
    instrument = models.ForeignKey("portfolios.Instrument", on_delete=models.CASCADE, related_name="+")
    expected_return = RateField()
    confidence = RateField()
    set_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")

    objects = HouseholdRowsQuerySet.as_manager()

    class Meta:
        db_table = "market_views"
        constraints = [
            models.UniqueConstraint(fields=["household", "instrument"], name="market_view_once"),
            models.CheckConstraint(condition=Q(confidence__gt=0, confidence__lte=1), name="market_view_sure"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.expected_return}"


class Recommendation(TimestampedModel):
    """Something that could be done: why, what it costs, what happens otherwise, and how sure it is.

    `reasons` are reason codes with their numbers; `orders` is the basket that accepting it would preview;
    `subject` is the same for the same advice, so that nobody is told twice while it stands or cools down.
    """

    class Kind(models.TextChoices):
        """What it is about."""

        RISK = "risk", "Risk optimisation"
        DIVERSIFICATION = "diversification", "Diversification"
        OPPORTUNITY = "opportunity", "Investment opportunity"
        SENTIMENT = "sentiment", "Market sentiment"

    class State(models.TextChoices):
        """Where it is in its life."""

        OPEN = "open", "Open"
        SNOOZED = "snoozed", "Snoozed"
        ACCEPTED = "accepted", "Accepted"
        DISMISSED = "dismissed", "Dismissed"
        EXPIRED = "expired", "Expired"

    household = models.ForeignKey("accounts.Household", on_delete=models.CASCADE, related_name="+")
    portfolio = models.ForeignKey(
        "portfolios.Portfolio",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="recommendations",
    )
    kind = models.CharField(max_length=16, choices=Kind)
    subject = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    title = models.CharField(max_length=160)
    words = models.CharField(max_length=600)
    reasons = models.JSONField(default=list)
    figures = models.JSONField(default=dict)
    binding = models.CharField(max_length=300, blank=True)
    counterfactual = models.CharField(max_length=400, blank=True)
    confidence = models.JSONField(default=dict)
    costs = models.JSONField(default=dict)
    orders = models.JSONField(default=list, blank=True)
    currency = CurrencyField(default="USD")
    model = models.ForeignKey(
        "mlrecs.ModelVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    data_until = models.DateField()
    expires_at = models.DateTimeField()
    snoozed_until = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    basket_id = models.UUIDField(null=True, blank=True)

    objects = HouseholdRowsQuerySet.as_manager()

    class Meta:
        db_table = "ai_recommendations"
        constraints = [
            models.UniqueConstraint(
                fields=["household", "subject"],
                condition=Q(state__in=["open", "snoozed"]),
                name="recommendation_one_living",
            )
        ]
        indexes = [models.Index(fields=["household", "-created_at"], name="recommendation_household")]

    def __str__(self) -> str:
        return self.title


class RecommendationOutcome(UUIDModel):
    """What became of an advice after a while, beside doing nothing and beside equal weights."""

    recommendation = models.ForeignKey(Recommendation, on_delete=models.CASCADE, related_name="outcomes")
    day = models.DateField()
    figures = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "recommendation_outcomes"
        constraints = [
            models.UniqueConstraint(fields=["recommendation", "day"], name="recommendation_outcome_day")
        ]

    def __str__(self) -> str:
        return f"{self.recommendation} {self.day}"


class AdviceRun(TimestampedModel):
    """The last look for advice of one kind in one account: when, on which data, and what stood against it.

    `asked_at` is when somebody last asked for one, and `ran_at` when one was last made; None where never.
    `words` say why nothing could be said, empty when it could; `good_until` is the day of the data of the
    last look that went well, and what it advised keeps standing.
    """

    portfolio = models.ForeignKey(
        "portfolios.Portfolio", on_delete=models.CASCADE, related_name="advice_runs"
    )
    kind = models.CharField(max_length=16, choices=Recommendation.Kind)
    asked_at = models.DateTimeField(null=True, blank=True)
    ran_at = models.DateTimeField(null=True, blank=True)
    good_until = models.DateField(null=True, blank=True)
    words = models.CharField(max_length=300, blank=True)

    objects = PortfolioScopedQuerySet.as_manager()

    class Meta:
        db_table = "advice_runs"
        constraints = [models.UniqueConstraint(fields=["portfolio", "kind"], name="advice_run_once")]

    def __str__(self) -> str:
        return f"{self.portfolio} {self.kind}"
