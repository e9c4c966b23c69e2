"""Orders, what happened to them, and their fills."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from common.models import CurrencyField, MoneyField, TimestampedModel, UUIDModel
from trading.engine.records import OrderKind, OrderState, Side, TimeInForce
from trading.models.gateways import PortfolioRowsQuerySet


def choices_of(words: type[Side | OrderKind | OrderState | TimeInForce]) -> list[tuple[str, str]]:
    """Django choices of the rules' words, with readable labels."""
    return [(word.value, word.value.replace("_", " ").capitalize()) for word in words]


class Order(TimestampedModel):
    """One order: the intent, the lease under which it is sent, and how it stands.

    Its key is what the broker echoes as `orderRef`; the broker's own numbers are kept beside it and never
    used to find it (`lives` may be several: a change on a failing link can make a second one).
    `reserved` is held back from the account's buying power until the order has ended. `wanted` is the
    change that somebody asked for, as ticket fields, until it was sent.
    """

    class Origin(models.TextChoices):
        """What made the order."""

        TICKET = "ticket", "Order ticket"
        API = "api", "API"
        BASKET = "basket", "Basket"
        REBALANCE = "rebalance", "Rebalancing"
        HARVEST = "harvest", "Harvest"

    account = models.ForeignKey("trading.BrokerAccount", on_delete=models.PROTECT, related_name="orders")
    portfolio = models.ForeignKey("portfolios.Portfolio", on_delete=models.PROTECT, related_name="orders")
    instrument = models.ForeignKey("portfolios.Instrument", on_delete=models.PROTECT, related_name="orders")
    placed_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=12, choices=Origin, default=Origin.TICKET)
    origin_id = models.UUIDField(null=True, blank=True)
    basket_id = models.UUIDField(null=True, blank=True)

    side = models.CharField(max_length=4, choices=choices_of(Side))
    quantity = MoneyField()
    kind = models.CharField(max_length=20, choices=choices_of(OrderKind))
    time_in_force = models.CharField(max_length=5, choices=choices_of(TimeInForce))
    limit_price = MoneyField(null=True, blank=True)
    stop_price = MoneyField(null=True, blank=True)
    trail_amount = MoneyField(null=True, blank=True)
    trail_percent = MoneyField(null=True, blank=True)
    good_till = models.DateTimeField(null=True, blank=True)
    outside_hours = models.BooleanField(default=False)
    oca_group = models.CharField(max_length=60, blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    lots = models.JSONField(default=list, blank=True)

    currency = CurrencyField()
    reference_price = MoneyField(null=True, blank=True)
    reference_source = models.CharField(max_length=20, blank=True)
    # What the whole order was taken to be worth when it was accepted, in the account's currency.
    notional = MoneyField(default=Decimal(0))
    reserved_per_share = MoneyField(default=Decimal(0))
    reserved = MoneyField(default=Decimal(0))
    verdicts = models.JSONField(default=list, blank=True)
    build = models.CharField(max_length=64, blank=True)

    state = models.CharField(max_length=20, choices=choices_of(OrderState), default=OrderState.PENDING)
    state_since = models.DateTimeField()
    words = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0)
    cancel_wanted_at = models.DateTimeField(null=True, blank=True)
    cancel_sent_at = models.DateTimeField(null=True, blank=True)
    wanted = models.JSONField(null=True, blank=True)

    attempt = models.PositiveIntegerField(default=0)
    epoch = models.PositiveBigIntegerField(null=True, blank=True)
    client_id = models.PositiveIntegerField(null=True, blank=True)
    broker_order_id = models.PositiveBigIntegerField(null=True, blank=True)
    lives = models.JSONField(default=list, blank=True)
    absences = models.PositiveIntegerField(default=0)
    inquiry = models.PositiveBigIntegerField(default=0)
    is_expired = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    filled = MoneyField(default=Decimal(0))
    average_price = MoneyField(null=True, blank=True)

    objects = PortfolioRowsQuerySet.as_manager()

    class Meta:
        db_table = "orders"
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_quantity_positive"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="order_reserved_positive"),
        ]
        indexes = [
            models.Index(
                fields=["account", "created_at"],
                name="order_open",
                condition=~Q(state__in=["filled", "cancelled", "rejected"]),
            ),
            models.Index(fields=["portfolio", "-created_at"], name="order_portfolio"),
            models.Index(fields=["account", "-created_at"], name="order_account"),
            models.Index(fields=["-created_at"], name="order_time"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity:f} {self.instrument_id}"


class OrderEvent(UUIDModel):
    """One step in the life of an order. Rows are only ever added."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    before = models.CharField(max_length=20, blank=True)
    after = models.CharField(max_length=20, blank=True)
    words = models.CharField(max_length=300, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    actor = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        db_table = "order_events"
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["order", "at"], name="order_event_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id}"


class Execution(TimestampedModel):
    """One fill, in its newest telling: `exec_id` without the correction suffix, `revision` that suffix.

    `order` is None for a trade that was not ours, made by hand or by another program. `transaction` is the
    ledger row that stands for it now; a correction reverses that row and writes another.
    """

    account = models.ForeignKey("trading.BrokerAccount", on_delete=models.PROTECT, related_name="executions")
    portfolio = models.ForeignKey("portfolios.Portfolio", on_delete=models.PROTECT, related_name="executions")
    order = models.ForeignKey(
        Order, null=True, blank=True, on_delete=models.PROTECT, related_name="executions"
    )
    instrument = models.ForeignKey(
        "portfolios.Instrument", on_delete=models.PROTECT, related_name="executions"
    )
    exec_id = models.CharField(max_length=80)
    revision = models.PositiveIntegerField(default=1)
    order_ref = models.CharField(max_length=80, blank=True)
    perm_id = models.PositiveBigIntegerField(default=0)
    side = models.CharField(max_length=4, choices=choices_of(Side))
    quantity = MoneyField()
    price = MoneyField()
    currency = CurrencyField()
    executed_at = models.DateTimeField()
    commission = MoneyField(null=True, blank=True)
    commission_currency = models.CharField(max_length=3, blank=True)
    transaction = models.ForeignKey(
        "portfolios.Transaction", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # What of the fill the ledger row tells, and how many rows were taken back before it.
    booked_revision = models.PositiveIntegerField(null=True, blank=True)
    booked_commission = MoneyField(null=True, blank=True)
    tellings = models.PositiveIntegerField(default=0)

    objects = PortfolioRowsQuerySet.as_manager()

    class Meta:
        db_table = "executions"
        constraints = [models.UniqueConstraint(fields=["account", "exec_id"], name="execution_once")]
        indexes = [
            models.Index(fields=["portfolio", "-executed_at"], name="execution_portfolio"),
            models.Index(
                fields=["account"], name="execution_unbooked", condition=Q(transaction__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.exec_id
