"""Rebalancings as the API takes and tells them; figures are text, fractions where that is said."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from rest_framework import serializers

from common.money import LIMIT
from taxharvest.engine.rebalance.asked import Closeness, RebalanceWish
from taxharvest.models import Rebalance

MONEY: dict[str, Any] = {"max_digits": 20, "decimal_places": 2}


class FlowSerializer(serializers.Serializer[Any]):
    """Money put into an account above zero, or taken out of it below."""

    account = serializers.UUIDField()
    amount = serializers.DecimalField(**MONEY, min_value=-LIMIT, max_value=LIMIT)


class RebalanceInputSerializer(serializers.Serializer[Any]):
    """What is asked of the plans."""

    accounts = serializers.ListField(child=serializers.UUIDField(), help_text="Those that may trade.")
    flows = FlowSerializer(many=True, required=False)
    gain_budget = serializers.DecimalField(**MONEY, required=False, allow_null=True)
    least_trade = serializers.DecimalField(**MONEY, required=False)
    sells_untargeted = serializers.BooleanField(default=False)
    invests_cash = serializers.BooleanField(default=True)
    closeness = serializers.ChoiceField(
        choices=[one.value for one in Closeness], default=Closeness.BALANCED.value
    )

    def wish(self) -> RebalanceWish:
        """The validated body as the services take it."""
        found = self.validated_data
        flows: dict[UUID, Any] = {one["account"]: one["amount"] for one in found.get("flows", ())}
        return RebalanceWish(
            accounts=tuple(found["accounts"]),
            flows=flows,
            gain_budget=found.get("gain_budget"),
            least_trade=found.get("least_trade") or Decimal(0),
            sells_untargeted=found["sells_untargeted"],
            invests_cash=found["invests_cash"],
            closeness=Closeness(found["closeness"]),
        )


class PlannedLotSerializer(serializers.Serializer[Any]):
    """Shares taken from a lot."""

    lot_id = serializers.UUIDField()
    acquired = serializers.DateField(allow_null=True)
    quantity = serializers.CharField()
    is_long = serializers.BooleanField(allow_null=True)
    gain = serializers.CharField(allow_null=True)
    washed = serializers.CharField(help_text="What of a loss would be washed; it does not count.")
    tax = serializers.CharField()


class PlannedTradeSerializer(serializers.Serializer[Any]):
    """One trade of a plan."""

    account_id = serializers.UUIDField()
    account = serializers.CharField()
    instrument_id = serializers.UUIDField()
    symbol = serializers.CharField()
    side = serializers.CharField()
    quantity = serializers.CharField()
    price = serializers.CharField()
    value = serializers.CharField()
    cost = serializers.CharField()
    short_gain = serializers.CharField()
    long_gain = serializers.CharField()
    washed = serializers.CharField()
    tax = serializers.CharField(help_text="At marginal rates; negative for a saving.")
    words = serializers.CharField(help_text="Why.")
    lots = PlannedLotSerializer(many=True)


class NotDoneSerializer(serializers.Serializer[Any]):
    """What a plan leaves undone, and the constraint that binds."""

    subject = serializers.CharField()
    amount = serializers.CharField()
    constraint = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # a field of that name
    words = serializers.CharField()


class TargetOutcomeSerializer(serializers.Serializer[Any]):
    """One target before and after, in fractions."""

    key = serializers.CharField()
    kind = serializers.CharField()
    target = serializers.CharField()
    band = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class RebalancePlanSerializer(serializers.Serializer[Any]):
    """One plan."""

    name = serializers.CharField()
    trades = PlannedTradeSerializer(many=True)
    not_done = NotDoneSerializer(many=True)
    outcomes = TargetOutcomeSerializer(many=True)
    cash_after = serializers.DictField(child=serializers.CharField(), help_text="By account.")
    count = serializers.IntegerField()
    sold = serializers.CharField()
    bought = serializers.CharField()
    short_gain = serializers.CharField()
    long_gain = serializers.CharField()
    washed = serializers.CharField()
    tax = serializers.CharField()
    cost = serializers.CharField()
    drift = serializers.CharField(help_text="The fraction of the wealth in the wrong place after it.")
    tracking_error = serializers.CharField(allow_null=True, help_text="A fraction a year.")
    year_tax_low = serializers.CharField(allow_null=True, help_text="What it changes of the return.")
    year_tax_high = serializers.CharField(allow_null=True)


class PlanDifferenceSerializer(serializers.Serializer[Any]):
    """The convex plan less the greedy one; null where one is not known."""

    count = serializers.CharField(allow_null=True)
    sold = serializers.CharField(allow_null=True)
    bought = serializers.CharField(allow_null=True)
    short_gain = serializers.CharField(allow_null=True)
    long_gain = serializers.CharField(allow_null=True)
    tax = serializers.CharField(allow_null=True)
    cost = serializers.CharField(allow_null=True)
    drift = serializers.CharField(allow_null=True)
    tracking_error = serializers.CharField(allow_null=True)


class RebalanceSerializer(serializers.Serializer[Any]):
    """A rebalancing as lists show it."""

    id = serializers.UUIDField()
    day = serializers.DateField()
    currency = serializers.CharField()
    state = serializers.ChoiceField(choices=Rebalance.State.choices)
    words = serializers.CharField(help_text="How far it is, or why it failed.")
    wish = serializers.JSONField(help_text="What was asked.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class RebalanceDetailSerializer(RebalanceSerializer):
    """A rebalancing with both plans; they are null while, or where, there are none."""

    greedy = RebalancePlanSerializer(allow_null=True)
    convex = RebalancePlanSerializer(allow_null=True)
    convex_reason = serializers.CharField(help_text="Why there is no convex plan.")
    difference = PlanDifferenceSerializer(allow_null=True)
    tracking_now = serializers.CharField(allow_null=True, help_text="With nothing done, a fraction a year.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="What was assumed.")


NOTHING: dict[str, Any] = {
    "greedy": None,
    "convex": None,
    "convex_reason": "",
    "difference": None,
    "tracking_now": None,
    "notes": [],
}


def rebalance_told(row: Rebalance) -> dict[str, Any]:
    """A rebalancing with its plans as they are stored."""
    named = ("id", "day", "currency", "state", "words", "wish", "created_at", "finished_at")
    return NOTHING | (row.result or {}) | {name: getattr(row, name) for name in named}
