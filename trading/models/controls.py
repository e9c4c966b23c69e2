"""What bounds trading: limits by account, and the switch that stops it."""

from django.db import models
from django.db.models import Q

from common.models import MoneyField, TimestampedModel


class RiskLimit(TimestampedModel):
    """Limits of the pre-trade controls: one row for everybody, and one for each account that differs.

    An empty field takes the value from the row for everybody, and that from the documented default.
    """

    account = models.OneToOneField(
        "trading.BrokerAccount", null=True, blank=True, on_delete=models.CASCADE, related_name="risk_limit"
    )
    max_quantity = MoneyField(null=True, blank=True)
    max_adv_percent = MoneyField(null=True, blank=True)
    max_order_notional = MoneyField(null=True, blank=True)
    max_day_notional = MoneyField(null=True, blank=True)
    max_firm_notional = MoneyField(null=True, blank=True)
    collar_percent = MoneyField(null=True, blank=True)
    collar_warn_percent = MoneyField(null=True, blank=True)
    max_quote_age_seconds = models.PositiveIntegerField(null=True, blank=True)
    duplicate_seconds = models.PositiveIntegerField(null=True, blank=True)
    account_orders_per_second = models.PositiveIntegerField(null=True, blank=True)
    all_orders_per_second = models.PositiveIntegerField(null=True, blank=True)
    may_sell_short = models.BooleanField(null=True, blank=True)

    class Meta:
        db_table = "risk_limits"
        constraints = [
            models.UniqueConstraint(
                fields=["account"], nulls_distinct=False, name="risk_limit_one_for_everybody"
            )
        ]

    def __str__(self) -> str:
        return "everybody" if self.account_id is None else str(self.account)


class KillSwitch(TimestampedModel):
    """A stop that somebody, or a control, put on trading: everywhere, or in one account.

    New orders and changes are refused while it stands; cancelling and looking stay possible. It takes two
    different operators to lift it, and it outlives every restart because it is a row.
    """

    account = models.ForeignKey(
        "trading.BrokerAccount", null=True, blank=True, on_delete=models.CASCADE, related_name="kill_switches"
    )
    origin = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=300)
    engaged_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    engaged_at = models.DateTimeField()
    first_lift_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    first_lift_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "kill_switches"
        constraints = [
            models.CheckConstraint(
                condition=Q(lifted_by__isnull=True)
                | (Q(first_lift_by__isnull=False) & ~Q(lifted_by=models.F("first_lift_by"))),
                name="kill_switch_two_people",
            )
        ]
        indexes = [
            models.Index(fields=["account"], name="kill_switch_engaged", condition=Q(lifted_at__isnull=True))
        ]

    def __str__(self) -> str:
        return "everywhere" if self.account_id is None else f"account {self.account}"
