"""Harvest proposals: a loss worth taking, what it is worth, what replaces it, and who said yes."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from common.models import CurrencyField, MoneyField, RateField, TimestampedModel
from trading.models.gateways import PortfolioRowsQuerySet


class TaxHarvest(TimestampedModel):
    """A proposal to sell lots at a loss, and its life.

    `lots` is a list of `{"lot_id", "acquired", "quantity", "basis", "loss", "term"}`, `replacement` how each
    part of the proceeds is bought again, `figures` the whole arithmetic; amounts are text, in `currency`.
    Losses are positive. The benefit is a range where the household's income is not known.
    """

    class State(models.TextChoices):
        """Where the proposal is in its life."""

        OPEN = "open", "Open"
        PROPOSED = "proposed", "Waits for the owner"
        APPROVED = "approved", "Approved"
        HARVESTED = "harvested", "Harvested"
        STOPPED = "stopped", "Stopped"
        DISMISSED = "dismissed", "Dismissed"
        EXPIRED = "expired", "Expired"

    LIVING = (State.OPEN, State.PROPOSED)

    portfolio = models.ForeignKey(
        "portfolios.Portfolio", on_delete=models.CASCADE, related_name="tax_harvests"
    )
    instrument = models.ForeignKey("portfolios.Instrument", on_delete=models.PROTECT, related_name="+")
    scan = models.ForeignKey(
        "taxharvest.HarvestScan", null=True, blank=True, on_delete=models.SET_NULL, related_name="harvests"
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    day = models.DateField()
    currency = CurrencyField()
    quantity = MoneyField()
    price = MoneyField()
    price_as_of = models.DateField()
    price_source = models.CharField(max_length=60, blank=True)
    short_loss = MoneyField(default=Decimal(0))
    long_loss = MoneyField(default=Decimal(0))
    washed = MoneyField(default=Decimal(0))
    benefit_low = MoneyField()
    benefit_high = MoneyField()
    costs = MoneyField(default=Decimal(0))
    tracking_error = RateField(null=True, blank=True)
    lots = models.JSONField(default=list)
    replacement = models.JSONField(default=list, blank=True)
    figures = models.JSONField(default=dict)
    # What would have to change for the proposal not to hold any more.
    expires_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=0)
    proposed_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    approved_itself = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)

    objects = PortfolioRowsQuerySet.as_manager()

    class Meta:
        db_table = "tax_harvests"
        constraints = [
            # One living proposal a position: the next scan renews it instead of adding another.
            models.UniqueConstraint(
                fields=["portfolio", "instrument"],
                condition=Q(state__in=["open", "proposed"]),
                name="harvest_one_living",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="harvest_quantity_positive"),
        ]
        indexes = [models.Index(fields=["portfolio", "-created_at"], name="harvest_portfolio")]

    def __str__(self) -> str:
        return f"{self.quantity:f} {self.instrument} {self.state}"

    @property
    def loss(self) -> Decimal:
        """The whole loss, positive."""
        total: Decimal = self.short_loss + self.long_loss
        return total
