"""What a household lets harvesting do: by account, and at order time."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from common.models import MoneyField, RateField, TimestampedModel
from taxharvest.models.scoping import HouseholdRowsQuerySet
from trading.models.gateways import PortfolioRowsQuerySet


class HarvestPolicy(TimestampedModel):
    """How one account is harvested: whether, by which threshold, and how far without asking.

    `least_benefit` is what a harvest must be worth after its costs, in the account's currency. Auto-approval
    is the owner's to give: harvests whose loss, count a day and tracking error stay within the three limits
    are traded without asking; an empty limit allows none.
    """

    class Threshold(models.TextChoices):
        """When a loss is worth taking now (see the threshold rules of `taxharvest.engine.harvest`)."""

        OPTION = "option", "Benefit above cost and the value of waiting"
        ANY_LOSS = "any_loss", "Any loss worth its costs"
        FIVE_PERCENT = "five_percent", "Losses of 5 % or more"
        TEN_PERCENT = "ten_percent", "Losses of 10 % or more"
        YEAR_END = "year_end", "In December only"

    portfolio = models.OneToOneField(
        "portfolios.Portfolio", on_delete=models.CASCADE, related_name="harvest_policy"
    )
    is_enabled = models.BooleanField(default=False)
    threshold = models.CharField(max_length=12, choices=Threshold, default=Threshold.OPTION)
    least_benefit = MoneyField(default=Decimal(20))
    approves_itself = models.BooleanField(default=False)
    most_loss = MoneyField(null=True, blank=True)
    most_a_day = models.PositiveSmallIntegerField(null=True, blank=True)
    most_tracking_error = RateField(null=True, blank=True)
    set_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = PortfolioRowsQuerySet.as_manager()

    class Meta:
        db_table = "harvest_policies"
        verbose_name_plural = "harvest policies"
        constraints = [
            models.CheckConstraint(condition=Q(least_benefit__gte=0), name="harvest_policy_least_benefit"),
        ]

    def __str__(self) -> str:
        return f"Harvesting of {self.portfolio}"


class WashGuard(TimestampedModel):
    """What happens at order time to an order that would wash a loss of the household (IRC 1091)."""

    class Reaction(models.TextChoices):
        """How far the guard goes."""

        ASK = "ask", "Warn and ask"
        BLOCK = "block", "Block until the first free day"

    household = models.OneToOneField(
        "accounts.Household", on_delete=models.CASCADE, related_name="wash_guard"
    )
    reaction = models.CharField(max_length=5, choices=Reaction, default=Reaction.ASK)

    objects = HouseholdRowsQuerySet.as_manager()

    class Meta:
        db_table = "wash_guards"

    def __str__(self) -> str:
        return f"Wash guard of {self.household}"
