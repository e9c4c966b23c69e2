"""The year-end planner as the API tells it: figures in US dollars, as text."""

from typing import Any

from rest_framework import serializers

from common.api_fields import AmountField


class PlannerQuerySerializer(serializers.Serializer[Any]):
    """Whose year; amounts to try are parameters named by the keys of the choices."""

    household = serializers.UUIDField(required=False)


class TaxRangeSerializer(serializers.Serializer[Any]):
    """A tax between two bounds; equal where the income is known."""

    lowest = AmountField()
    highest = AmountField()


class LossChoiceSerializer(serializers.Serializer[Any]):
    """The loss lots of one position and term."""

    key = serializers.CharField(help_text="The name of the parameter that takes an amount of it.")
    account = serializers.UUIDField(source="account_id")
    instrument = serializers.UUIDField(source="instrument_id")
    symbol = serializers.CharField()
    term = serializers.CharField()
    shares = AmountField()
    loss = AmountField()
    counted = AmountField(help_text="What would count if it were sold today.")
    washed = AmountField()
    free_on = serializers.DateField(allow_null=True)
    worth = TaxRangeSerializer(allow_null=True, help_text="What it saves this year, taken alone.")


class GainChoiceSerializer(serializers.Serializer[Any]):
    """The gain lots of one position and term."""

    key = serializers.CharField()
    account = serializers.UUIDField(source="account_id")
    instrument = serializers.UUIDField(source="instrument_id")
    symbol = serializers.CharField()
    term = serializers.CharField()
    shares = AmountField()
    gain = AmountField()
    cost = TaxRangeSerializer(allow_null=True, help_text="What it adds to the taxes, taken alone.")


class WaitingLotSerializer(serializers.Serializer[Any]):
    """A lot with a gain that turns long-term soon."""

    account = serializers.UUIDField(source="lot.account_id")
    symbol = serializers.CharField(source="lot.symbol")
    acquired = serializers.DateField(source="lot.acquired", allow_null=True)
    shares = AmountField(source="lot.shares")
    gain = AmountField(source="lot.gain")
    long_on = serializers.DateField()
    worth = TaxRangeSerializer(allow_null=True, help_text="What waiting saves.")


class RoomsSerializer(serializers.Serializer[Any]):
    """Gains without tax this year."""

    within_losses = AmountField()
    at_zero = AmountField(allow_null=True, help_text="Null while the income is not known.")


class ReturnSideSerializer(serializers.Serializer[Any]):
    """Lines of the return: Schedule D 7, 15, 16 and 21, and what carries on."""

    net_short = AmountField(source="netting.net_short")
    net_long = AmountField(source="netting.net_long")
    net = AmountField(source="netting.total")
    deducted = AmountField(source="netting.deducted")
    carry_short = AmountField(source="netting.carry_short")
    carry_long = AmountField(source="netting.carry_long")
    taxes = AmountField(source="total", allow_null=True)


class YearEndPlanSerializer(serializers.Serializer[Any]):
    """The return before and after what was chosen."""

    before = ReturnSideSerializer()
    after = ReturnSideSerializer()
    change = TaxRangeSerializer(help_text="Of all taxes; negative for a saving.")


class PlannerSerializer(serializers.Serializer[Any]):
    """The year-end planner."""

    day = serializers.DateField()
    year = serializers.IntegerField()
    window_begins = serializers.DateField(source="window.begins")
    window_ends = serializers.DateField(source="window.ends")
    reason = serializers.CharField(help_text="Why no tax can be told; empty when it can.")
    losses = LossChoiceSerializer(many=True)
    gains = GainChoiceSerializer(many=True)
    waiting = WaitingLotSerializer(many=True)
    rooms = RoomsSerializer(allow_null=True)
    saving = TaxRangeSerializer(
        source="saving_range", allow_null=True, help_text="What all losses that count save together."
    )
    plan = YearEndPlanSerializer(allow_null=True)
    unknown = serializers.IntegerField(help_text="Open lots in no list.")
