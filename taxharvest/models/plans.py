"""A harvest being traded: its plan, the legs, and everything that happened."""

from decimal import Decimal

from django.db import models

from common.models import MoneyField, RateField, TimestampedModel, UUIDModel
from trading.models.gateways import PortfolioRowsQuerySet


class HarvestPlan(TimestampedModel):
    """The way from approval to the end of the window: sell, buy what replaces it, watch, and decide.

    A worker takes it from step to step; each step is committed before the next, so that a plan that was
    interrupted goes on where it stood. `price_limit` is the least that may be got for a share.
    """

    class State(models.TextChoices):
        """Where the plan stands."""

        READY = "ready", "Ready"
        SELLING = "selling", "Selling"
        BUYING = "buying", "Buying the replacement"
        WATCHING = "watching", "Watching the window"
        DECIDING = "deciding", "To switch back, stay or wait"
        RETURNING = "returning", "Switching back"
        DONE = "done", "Done"
        UNWINDING = "unwinding", "Unwinding"
        STOPPED = "stopped", "Stopped"

    LIVING = (State.READY, State.SELLING, State.BUYING, State.UNWINDING, State.RETURNING)

    harvest = models.OneToOneField("taxharvest.TaxHarvest", on_delete=models.PROTECT, related_name="plan")
    portfolio = models.ForeignKey("portfolios.Portfolio", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    state_since = models.DateTimeField()
    words = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0)
    price_limit = MoneyField()
    sold_on = models.DateField(null=True, blank=True)
    window_ends = models.DateField(null=True, blank=True)
    choice = models.CharField(max_length=10, blank=True)
    choice_figures = models.JSONField(default=dict, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = PortfolioRowsQuerySet.as_manager()

    class Meta:
        db_table = "harvest_plans"
        indexes = [
            models.Index(fields=["portfolio", "-created_at"], name="harvest_plan_portfolio"),
            models.Index(fields=["state", "window_ends"], name="harvest_plan_state"),
        ]

    def __str__(self) -> str:
        return f"{self.harvest} {self.state}"


class HarvestLeg(TimestampedModel):
    """One order of a plan. Its key is the idempotency key of the order, so that it is placed once.

    It is placed in the name of `placed_by`, who approved it. `amount` is what its fills brought or cost with
    their commissions. A leg that could not be placed is tried again from `due_at` on.
    """

    class Role(models.TextChoices):
        """What the leg is for."""

        SELL = "sell", "Sell the loss"
        BUY = "buy", "Buy the replacement"
        RETURN_SELL = "return_sell", "Sell the replacement"
        RETURN_BUY = "return_buy", "Buy back"

    class State(models.TextChoices):
        """How the leg stands."""

        WAITING = "waiting", "Waiting"
        PLACED = "placed", "Placed"
        FILLED = "filled", "Filled"
        PARTLY = "partly", "Filled in part"
        REFUSED = "refused", "Refused"
        SKIPPED = "skipped", "Not needed"

    plan = models.ForeignKey(HarvestPlan, on_delete=models.CASCADE, related_name="legs")
    place = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=12, choices=Role)
    instrument = models.ForeignKey("portfolios.Instrument", on_delete=models.PROTECT, related_name="+")
    # Of the proceeds, for a leg that buys.
    share = RateField(default=Decimal(1))
    quantity = MoneyField(null=True, blank=True)
    lots = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    order = models.OneToOneField(
        "trading.Order", null=True, blank=True, on_delete=models.PROTECT, related_name="harvest_leg"
    )
    filled = MoneyField(default=Decimal(0))
    average_price = MoneyField(null=True, blank=True)
    amount = MoneyField(default=Decimal(0))
    limit_price = MoneyField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    placed_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "harvest_legs"
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["plan", "place"], name="harvest_leg_place")]

    def __str__(self) -> str:
        return f"{self.role} {self.instrument}"


class HarvestPlanEvent(UUIDModel):
    """One line of a plan's history."""

    plan = models.ForeignKey(HarvestPlan, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    before = models.CharField(max_length=10, blank=True)
    after = models.CharField(max_length=10, blank=True)
    words = models.CharField(max_length=300, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    actor = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        db_table = "harvest_plan_events"
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"
