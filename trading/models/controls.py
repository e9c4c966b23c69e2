"""What bounds trading: limits by account, restricted instruments, and the switch that stops it."""

from dataclasses import fields
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from common.models import MoneyField, TimestampedModel
from trading.engine.controls.limits import ControlLimits, limits_with
from trading.engine.records import Side

LIMIT_NAMES = tuple(field.name for field in fields(ControlLimits))


class RiskLimit(TimestampedModel):
    """Limits of the pre-trade controls: one row for everybody, and one for each account that differs.

    An empty field takes the value from the row for everybody, and that from the documented default.
    """

    account = models.OneToOneField(
        "trading.BrokerAccount", null=True, blank=True, on_delete=models.CASCADE, related_name="risk_limit"
    )
    # Named as in trading.engine.controls.limits.ControlLimits, which says what each of them is.
    buying_power_share = MoneyField(null=True, blank=True)
    market_markup = MoneyField(null=True, blank=True)
    firm_capital = MoneyField(null=True, blank=True)
    order_quantity = MoneyField(null=True, blank=True)
    volume_share = MoneyField(null=True, blank=True)
    order_notional = MoneyField(null=True, blank=True)
    day_notional = MoneyField(null=True, blank=True)
    collar_warn = MoneyField(null=True, blank=True)
    collar_deny = MoneyField(null=True, blank=True)
    spike_factor = MoneyField(null=True, blank=True)
    quote_seconds = models.PositiveIntegerField(null=True, blank=True)
    clock_skew_seconds = models.PositiveIntegerField(null=True, blank=True)
    duplicate_seconds = models.PositiveIntegerField(null=True, blank=True)
    account_rate = models.PositiveIntegerField(null=True, blank=True)
    global_rate = models.PositiveIntegerField(null=True, blank=True)
    day_trades = models.PositiveIntegerField(null=True, blank=True)
    day_trade_equity = MoneyField(null=True, blank=True)
    sign_in_seconds = models.PositiveIntegerField(null=True, blank=True)
    drop_copy_seconds = models.PositiveIntegerField(null=True, blank=True)
    can_borrow = models.BooleanField(null=True, blank=True)

    class Meta:
        db_table = "risk_limits"
        constraints = [
            models.UniqueConstraint(
                fields=["account"], nulls_distinct=False, name="risk_limit_one_for_everybody"
            )
        ]

    def __str__(self) -> str:
        return "everybody" if self.account_id is None else str(self.account)

    def clean(self) -> None:
        """Refuse what cannot be a limit: the controls would deny every order by it."""
        problems = {}
        for name, value in self.given().items():
            try:
                limits_with({name: value})
            except ValueError as error:
                problems[name] = str(error)
        if problems:
            raise ValidationError(problems)

    def given(self) -> dict[str, Decimal | int]:
        """The limits that this row sets, by their name."""
        values = {name: getattr(self, name) for name in LIMIT_NAMES}
        return {name: value for name, value in values.items() if value is not None}


class Restriction(TimestampedModel):
    """An instrument that must not be bought or sold for a while: on an operator's list, or by a household.

    Without a household it holds for everybody, without a portfolio for every account of the household.
    An empty `side` means both. One that is not hard asks instead of refusing.
    """

    household = models.ForeignKey(
        "accounts.Household", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    portfolio = models.ForeignKey(
        "portfolios.Portfolio", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    instrument = models.ForeignKey(
        "portfolios.Instrument", on_delete=models.CASCADE, related_name="restrictions"
    )
    side = models.CharField(max_length=4, blank=True, choices=[(side.value, side.value) for side in Side])
    reason = models.CharField(max_length=200)
    begins = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)
    is_hard = models.BooleanField(default=True)
    origin = models.CharField(max_length=20, blank=True)

    class Meta:
        db_table = "trade_restrictions"
        constraints = [
            models.CheckConstraint(
                condition=Q(begins__isnull=True) | Q(ends__isnull=True) | Q(ends__gte=models.F("begins")),
                name="restriction_ends_after_begin",
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.side}".strip()


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
