"""Risk reports as the API tells them: fractions and amounts as text."""

from typing import Any

from rest_framework import serializers

FRACTION = "A fraction, as text: `0.0125` is 1.25 %."

# How a figure of the report is written.
RISK_UNITS = ["fraction", "ratio"]


class RiskQuerySerializer(serializers.Serializer[Any]):
    """Whose accounts."""

    household = serializers.UUIDField(required=False)


class RiskDayQuerySerializer(serializers.Serializer[Any]):
    """Which day."""

    day = serializers.DateField(required=False, help_text="The newest good report unless given.")


class RiskTestSerializer(serializers.Serializer[Any]):
    """One statistical test of a forecast."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    p = serializers.CharField(allow_null=True, help_text="How often so much would happen by luck.")
    value = serializers.CharField(allow_null=True)
    passes = serializers.BooleanField(allow_null=True)


class RiskCheckSerializer(serializers.Serializer[Any]):
    """The back-test beside a figure."""

    verdict = serializers.CharField(
        help_text="`passed`, `failed`, `untested` (too few days yet) or `past` (it foretells nothing)."
    )
    words = serializers.CharField()
    zone = serializers.CharField(
        allow_null=True,
        help_text="The light of the Basel Committee, for 99 % over 250 days: `green`, `yellow` or `red`.",
    )
    recent = serializers.IntegerField(allow_null=True, help_text="Exceedances in those days.")
    tests = RiskTestSerializer(many=True)


class RiskFigureSerializer(serializers.Serializer[Any]):
    """One figure with its back-test."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.CharField(allow_null=True, help_text=FRACTION)
    unit = serializers.ChoiceField(choices=RISK_UNITS)
    amount = serializers.CharField(allow_null=True, help_text="The same of the net value, in its currency.")
    words = serializers.CharField()
    check = RiskCheckSerializer()


class RiskHoldingSerializer(serializers.Serializer[Any]):
    """A holding's part in the risk."""

    instrument_id = serializers.UUIDField()
    symbol = serializers.CharField()
    name = serializers.CharField()
    sector = serializers.CharField()
    weight = serializers.CharField(help_text=FRACTION)
    share = serializers.CharField(help_text="Of the variance. Negative for a hedge.")
    tail_share = serializers.CharField(help_text="Of the mean loss on the worst days.")
    volatility = serializers.CharField(help_text="A year.")
    still = serializers.CharField(help_text="Share of days without movement.")
    price_age = serializers.IntegerField(help_text="Days since its close.")
    beta = serializers.CharField(allow_null=True)


class RiskSectorSerializer(serializers.Serializer[Any]):
    """A sector's part in the risk."""

    sector = serializers.CharField()
    weight = serializers.CharField()
    share = serializers.CharField()
    tail_share = serializers.CharField()


class RiskConcentrationSerializer(serializers.Serializer[Any]):
    """How few hands the weights are in."""

    positions = serializers.IntegerField()
    herfindahl = serializers.CharField()
    effective = serializers.CharField(help_text="Equal positions that would be as concentrated.")
    largest = serializers.CharField()
    largest_share = serializers.CharField()
    top_five = serializers.CharField()
    diversification = serializers.CharField(
        allow_null=True, help_text="Swings of the parts over those of the whole."
    )
    words = serializers.CharField(allow_blank=True)


class RiskLiquiditySerializer(serializers.Serializer[Any]):
    """What closes alone say about how easily the holdings could be sold."""

    still = serializers.CharField(help_text="Share of days without movement, by weight.")
    fresh = serializers.CharField(help_text="Share of the weight with a close of the last three days.")
    words = serializers.CharField()


class RiskScenarioLineSerializer(serializers.Serializer[Any]):
    """What one holding does in a scenario."""

    symbol = serializers.CharField()
    move = serializers.CharField()
    effect = serializers.CharField()
    basis = serializers.CharField(help_text="Whence the move is known.")


class RiskScenarioSerializer(serializers.Serializer[Any]):
    """A scenario and its effect."""

    key = serializers.CharField()
    kind = serializers.CharField(help_text="`replay`, `equity`, `rates`, `sector` or `own`.")
    label = serializers.CharField()  # type: ignore[assignment]
    words = serializers.CharField(allow_blank=True)
    effect = serializers.CharField(help_text=FRACTION)
    amount = serializers.CharField()
    lines = RiskScenarioLineSerializer(many=True)
    unmoved = serializers.ListField(child=serializers.CharField(), help_text="Left out: nothing is known.")


class RiskLeftOutSerializer(serializers.Serializer[Any]):
    """A holding that could not be measured."""

    symbol = serializers.CharField()
    words = serializers.CharField()


class RiskFiguresSerializer(serializers.Serializer[Any]):
    """A whole report."""

    currency = serializers.CharField()
    value = serializers.CharField(help_text="Net value of the account.")
    data_from = serializers.DateField()
    data_until = serializers.DateField()
    days = serializers.IntegerField()
    window = serializers.IntegerField()
    measured_share = serializers.CharField()
    left_out = RiskLeftOutSerializer(many=True)
    benchmark = serializers.CharField(allow_blank=True)
    figures = RiskFigureSerializer(many=True)
    holdings = RiskHoldingSerializer(many=True)
    sectors = RiskSectorSerializer(many=True)
    concentration = RiskConcentrationSerializer()
    liquidity = RiskLiquiditySerializer()
    scenarios = RiskScenarioSerializer(many=True)


class RiskSummarySerializer(serializers.Serializer[Any]):
    """What stands for one account, with the figures alone."""

    portfolio = serializers.UUIDField()
    name = serializers.CharField()
    day = serializers.DateField(allow_null=True, help_text="Of the last good report.")
    failed_on = serializers.DateField(allow_null=True, help_text="A later day without a report.")
    reason = serializers.CharField(allow_blank=True, help_text="Why that day has none.")
    currency = serializers.CharField()
    figures = RiskFigureSerializer(many=True)


class RiskReportSerializer(serializers.Serializer[Any]):
    """The report of one account; without any, `reason` says why."""

    portfolio = serializers.UUIDField()
    day = serializers.DateField(allow_null=True)
    failed_on = serializers.DateField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    report = RiskFiguresSerializer(allow_null=True)
