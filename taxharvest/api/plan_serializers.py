"""What the operations of proposals and plans take and give: amounts as text, times in UTC."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from common.api_fields import AmountField
from common.money import LIMIT
from taxharvest.api.harvest_serializers import HarvestFigureSerializer
from taxharvest.engine.harvest.proposals import ReplacementChoice
from taxharvest.engine.harvest.returns import Choice
from taxharvest.models import HarvestLeg, HarvestPlan, TaxHarvest
from taxharvest.selectors.approvals import replacement_named

AnySerializer = serializers.Serializer[Any]
MOST_LOTS, MOST_PARTS = 200, 20
CHOICES = [choice.value for choice in Choice]
RETURN_CHOICES = [Choice.SWITCH_BACK.value, Choice.STAY.value, Choice.WAIT.value]


def _given(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=20, decimal_places=8, max_value=LIMIT, **options)


class ChosenLotSerializer(AnySerializer):
    """Shares of one lot of the proposal that are to be sold."""

    lot = serializers.UUIDField(help_text="As the lots of the proposal name it.")
    quantity = _given(min_value=0)


class ChosenPartSerializer(AnySerializer):
    """A part of the proceeds, and what it buys."""

    symbol = serializers.CharField(max_length=20)
    share = serializers.DecimalField(
        max_digits=13, decimal_places=12, min_value=0, max_value=1, help_text="1 is all of the proceeds."
    )


class EditsSerializer(AnySerializer):
    """What is changed of a proposal; left out, it stays as proposed. An empty replacement is cash."""

    version = serializers.IntegerField(min_value=0, help_text="Of the figures that were seen.")
    lots = ChosenLotSerializer(many=True, required=False, max_length=MOST_LOTS)  # type: ignore[call-arg] # of the list
    share = serializers.DecimalField(
        max_digits=9, decimal_places=8, min_value=0, max_value=1, required=False,
        help_text="Of every lot; instead of `lots`.",
    )  # fmt: skip
    replacement = ChosenPartSerializer(many=True, required=False, max_length=MOST_PARTS)  # type: ignore[call-arg] # same

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Lots or a share, one of the two."""
        if "lots" in attrs and "share" in attrs:
            raise serializers.ValidationError({"share": ["Name lots or a share of each, one of the two."]})
        return attrs

    def edits(self, household_id: UUID) -> dict[str, Any]:
        """The edits as the service takes them. Raises InvalidInput for a symbol that nobody knows."""
        data: dict[str, Any] = self.validated_data
        lots, parts = data.get("lots"), data.get("replacement")
        return {
            "version": data["version"],
            "lots": None if lots is None else {lot["lot"]: lot["quantity"] for lot in lots},
            "share": data.get("share"),
            "replacement": None if parts is None else [_part(household_id, part) for part in parts],
        }


class ApproveSerializer(EditsSerializer):
    """An approval: edits, and the price that was seen beside the figures."""

    price = _given(
        min_value=0,
        required=False,
        help_text="In the instrument’s currency. Where the market has moved by more than 2 % from it, "
        "nothing is traded and the new figures are asked about.",
    )


class PutForwardSerializer(EditsSerializer):
    """An adviser's proposal: edits, and a word to the owner."""

    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class DismissSerializer(AnySerializer):
    """Why a proposal is set aside."""

    reason = serializers.CharField(max_length=300)


class DecideSerializer(AnySerializer):
    """A choice about a plan that waits for one."""

    choice = serializers.ChoiceField(choices=CHOICES)
    version = serializers.IntegerField(min_value=0, help_text="Of the plan as it was seen.")
    symbol = serializers.CharField(
        max_length=20, required=False, default="", help_text="What is bought, for `buy_other`."
    )


class HarvestLegSerializer(AnySerializer):
    """One order of a plan, made or to be made; `share` is its part of the proceeds."""

    id = serializers.UUIDField()
    place = serializers.IntegerField()
    role = serializers.ChoiceField(choices=HarvestLeg.Role.choices)
    symbol = serializers.CharField(source="instrument.symbol")
    instrument = serializers.UUIDField(source="instrument_id")
    share = AmountField()
    state = serializers.ChoiceField(choices=HarvestLeg.State.choices)
    quantity = AmountField(allow_null=True)
    limit_price = AmountField(allow_null=True)
    filled = AmountField()
    average_price = AmountField(allow_null=True)
    amount = AmountField(help_text="What its fills brought or cost, with their commissions.")
    order = serializers.UUIDField(source="order_id", allow_null=True)
    words = serializers.CharField()


class HarvestPlanEventSerializer(AnySerializer):
    """One line of a plan's history."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    words = serializers.CharField()


class HarvestPlanSerializer(AnySerializer):
    """A plan and how it stands."""

    id = serializers.UUIDField()
    harvest = serializers.UUIDField(source="harvest_id")
    portfolio = serializers.UUIDField(source="portfolio_id")
    symbol = serializers.CharField(source="harvest.instrument.symbol")
    currency = serializers.CharField(source="harvest.instrument.currency")
    state = serializers.ChoiceField(choices=HarvestPlan.State.choices)
    state_since = serializers.DateTimeField()
    words = serializers.CharField()
    version = serializers.IntegerField()
    price_limit = AmountField(help_text="The least that is taken for a share.")
    sold_on = serializers.DateField(allow_null=True)
    window_ends = serializers.DateField(allow_null=True)
    choice = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class PlanWaySerializer(AnySerializer):
    """A way to go on once the window has ended, and what it costs after tax."""

    choice = serializers.ChoiceField(choices=RETURN_CHOICES)
    cost = AmountField(allow_null=True, help_text="In today’s money; null where rates are not known.")
    arithmetic = HarvestFigureSerializer(source="lines", many=True)


class PlanAdviceSerializer(AnySerializer):
    """Switching back, staying and waiting, held against each other."""

    words = serializers.CharField()
    best = serializers.CharField(help_text="The cheapest choice; empty where none can be named.")
    wait_until = serializers.DateField(allow_null=True)
    ways = PlanWaySerializer(many=True)


class HarvestPlanDetailSerializer(HarvestPlanSerializer):
    """A plan with its orders, its history, and what the caller may decide about it."""

    legs = HarvestLegSerializer(many=True)
    events = HarvestPlanEventSerializer(many=True)
    choices = serializers.ListField(
        child=serializers.ChoiceField(choices=CHOICES), help_text="Open to the caller now."
    )
    advice = PlanAdviceSerializer(
        allow_null=True, help_text="Once the window has ended, for who sees the household’s taxes."
    )


class DecidedHarvestSerializer(AnySerializer):
    """A proposal after a decision about it."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=TaxHarvest.State.choices)
    version = serializers.IntegerField()
    quantity = AmountField()
    reason = serializers.CharField()


def _part(household_id: UUID, part: dict[str, Any]) -> ReplacementChoice:
    (named,) = replacement_named(household_id, part["symbol"])
    return ReplacementChoice(
        instrument_id=named.instrument_id, symbol=named.symbol, share=part["share"], reason=named.reason
    )
