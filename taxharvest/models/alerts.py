"""What somebody has to look at now: a washed loss, one about to be, an account that nobody looked through."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from common.models import CurrencyField, MoneyField, TimestampedModel
from taxharvest.models.scoping import HouseholdRowsQuerySet


class HarvestAlert(TimestampedModel):
    """One thing to look at, with the money at stake; it is told once for as long as it stands.

    `subject` names what it is about in a word that stays the same, such as the sale and the purchase.
    """

    class Kind(models.TextChoices):
        """What happened."""

        WASHED = "washed", "A loss was washed"
        WOULD_WASH = "would_wash", "A loss is about to be washed"
        NOT_SCANNED = "not_scanned", "An account was not scanned"
        PLAN_STOPPED = "plan_stopped", "A plan stopped"
        TO_DECIDE = "to_decide", "A window has ended"

    household = models.ForeignKey("accounts.Household", on_delete=models.CASCADE, related_name="+")
    portfolio = models.ForeignKey("portfolios.Portfolio", on_delete=models.CASCADE, related_name="+")
    harvest = models.ForeignKey(
        "taxharvest.TaxHarvest", null=True, blank=True, on_delete=models.CASCADE, related_name="alerts"
    )
    kind = models.CharField(max_length=12, choices=Kind)
    subject = models.CharField(max_length=120)
    at_stake = MoneyField(default=Decimal(0))
    currency = CurrencyField(blank=True, default="")
    words = models.CharField(max_length=400)
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = HouseholdRowsQuerySet.as_manager()

    class Meta:
        db_table = "harvest_alerts"
        constraints = [
            models.UniqueConstraint(
                fields=["household", "kind", "subject"],
                condition=Q(closed_at__isnull=True),
                name="harvest_alert_once",
            )
        ]

    def __str__(self) -> str:
        return self.words
