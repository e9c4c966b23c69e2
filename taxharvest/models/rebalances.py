"""Rebalancings that somebody asked for: the wish, and the trades that were worked out."""

from django.db import models

from common.models import CurrencyField, TimestampedModel
from taxharvest.models.scoping import HouseholdRowsQuerySet


class Rebalance(TimestampedModel):
    """One tax-aware rebalancing of a household: what was asked, and both plans with their difference.

    `wish` holds cash to invest or withdraw, the gain budget and the accounts; `result` the greedy and the
    convex plan as they are shown. Amounts are text, in `currency`.
    """

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    household = models.ForeignKey("accounts.Household", on_delete=models.CASCADE, related_name="+")
    requested_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    currency = CurrencyField(default="USD")
    wish = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    result = models.JSONField(null=True, blank=True)
    words = models.CharField(max_length=300, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = HouseholdRowsQuerySet.as_manager()

    class Meta:
        db_table = "rebalances"

    def __str__(self) -> str:
        return f"{self.day} {self.state}"
