"""Risk reports and anomalies of portfolios and of the market, day by day."""

from django.db import models

from common.models import RateField, TimestampedModel, UUIDModel
from mlrecs.models.scoping import PortfolioOrMarketQuerySet
from portfolios.models import PortfolioScopedQuerySet


class RiskReport(TimestampedModel):
    """The risk of one portfolio on one day, with its back-tests; amounts and figures are text in `figures`.

    When it could not be made `words` says why, and the last good report keeps standing with its own day.
    """

    portfolio = models.ForeignKey(
        "portfolios.Portfolio", on_delete=models.CASCADE, related_name="risk_reports"
    )
    day = models.DateField()
    is_good = models.BooleanField(default=True)
    figures = models.JSONField(default=dict)
    words = models.CharField(max_length=300, blank=True)

    objects = PortfolioScopedQuerySet.as_manager()

    class Meta:
        db_table = "risk_reports"
        constraints = [models.UniqueConstraint(fields=["portfolio", "day"], name="risk_report_day")]

    def __str__(self) -> str:
        return f"{self.portfolio} {self.day}"


class AnomalyScore(UUIDModel):
    """How unusual a day was for a portfolio, or for the market: three parts, and what drives each."""

    portfolio = models.ForeignKey(
        "portfolios.Portfolio", null=True, blank=True, on_delete=models.CASCADE, related_name="anomaly_scores"
    )
    day = models.DateField()
    volatility = RateField(null=True, blank=True)
    co_movement = RateField(null=True, blank=True)
    learned = RateField(null=True, blank=True)
    is_alarm = models.BooleanField(default=False)
    drivers = models.JSONField(default=dict, blank=True)
    model = models.ForeignKey(
        "mlrecs.ModelVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PortfolioOrMarketQuerySet.as_manager()

    class Meta:
        db_table = "anomaly_scores"
        constraints = [
            models.UniqueConstraint(
                fields=["portfolio", "day"], nulls_distinct=False, name="anomaly_score_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.portfolio or 'market'} {self.day}"


class Anomaly(TimestampedModel):
    """Something unusual with a beginning and an end: what changed, how grave, and who has looked at it."""

    class Kind(models.TextChoices):
        """What is unusual."""

        VOLATILITY = "volatility", "Volatility surprise"
        CO_MOVEMENT = "co_movement", "Co-movement break"
        LEARNED = "learned", "Learned pattern"
        STALE_PRICE = "stale_price", "Price that does not move"
        BAD_TICK = "bad_tick", "Price that jumps and returns"
        DRIFT = "drift", "Steady drift"
        MISSED_SPLIT = "missed_split", "Split that was missed"

    class Severity(models.TextChoices):
        """How grave it is."""

        NOTICE = "notice", "Notice"
        WARNING = "warning", "Warning"
        SEVERE = "severe", "Severe"

    portfolio = models.ForeignKey(
        "portfolios.Portfolio", null=True, blank=True, on_delete=models.CASCADE, related_name="anomalies"
    )
    instrument = models.ForeignKey(
        "portfolios.Instrument", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    severity = models.CharField(max_length=8, choices=Severity)
    began = models.DateField()
    ended = models.DateField(null=True, blank=True)
    words = models.CharField(max_length=400)
    drivers = models.JSONField(default=list, blank=True)
    acknowledged_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    muted_until = models.DateField(null=True, blank=True)

    objects = PortfolioOrMarketQuerySet.as_manager()

    class Meta:
        db_table = "anomalies"
        constraints = [
            models.UniqueConstraint(
                fields=["portfolio", "instrument", "kind", "began"],
                nulls_distinct=False,
                name="anomaly_once",
            )
        ]
        indexes = [models.Index(fields=["portfolio", "-began"], name="anomaly_portfolio")]

    def __str__(self) -> str:
        return f"{self.kind} {self.began}"
