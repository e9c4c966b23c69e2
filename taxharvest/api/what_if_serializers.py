"""What the operations of the what-if and of the wash watch take and give."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.api_fields import AmountField
from common.money import LIMIT
from portfolios.engine.records import Term
from taxharvest.engine.what_if import LotStrategy, Verdict
from taxharvest.selectors.what_if import SaleReport

AnySerializer = serializers.Serializer[Any]


def _given(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=20, decimal_places=8, max_value=LIMIT, **options)


class LotChoiceSerializer(AnySerializer):
    """Shares of one lot."""

    lot = serializers.UUIDField(help_text="The undivided lot, as the lots of a strategy name it.")
    quantity = _given()


class WhatIfQuerySerializer(AnySerializer):
    """A sale that is only thought of."""

    portfolio = serializers.UUIDField()
    instrument = serializers.UUIDField()
    day = serializers.DateField(required=False, help_text="Today or later; today when it is left out.")
    quantity = _given()
    price = _given(help_text="Of one share, in the currency of the last close.")
    fees = _given(required=False, default=Decimal(0))
    lots = LotChoiceSerializer(many=True, required=False)


class LotUseSerializer(AnySerializer):
    """What a choice takes from one lot."""

    lot = serializers.UUIDField(source="lot_id", allow_null=True)
    acquired = serializers.DateField(allow_null=True)
    quantity = AmountField()
    basis = AmountField(allow_null=True)
    gain = AmountField(allow_null=True, help_text="Before the wash-sale rule.")
    term = serializers.ChoiceField(choices=[term.value for term in Term])


class WashCauseSerializer(AnySerializer):
    """A purchase that would wash a part of the loss."""

    account = serializers.CharField()
    transaction = serializers.UUIDField(
        source="transaction_id", allow_null=True, help_text="Null where the account is not yours to see."
    )
    symbol = serializers.CharField()
    day = serializers.DateField(source="cause.day")
    shares = AmountField(source="cause.shares")
    shares_replaced = AmountField(source="cause.sold")
    disallowed = AmountField(source="cause.disallowed")
    is_permanent = serializers.BooleanField(source="cause.is_permanent")


class StrategySerializer(AnySerializer):
    """One choice of lots; amounts in the base currency of the account."""

    key = serializers.CharField(source="strategy.key", help_text="A relief method, or `specific`.")
    name = serializers.CharField(source="strategy.label")
    lots = LotUseSerializer(source="strategy.outcome.lots", many=True)
    proceeds = AmountField(source="strategy.outcome.proceeds", allow_null=True)
    short_gain = AmountField(source="strategy.outcome.short_gain", allow_null=True)
    long_gain = AmountField(source="strategy.outcome.long_gain", allow_null=True)
    deferred = AmountField(source="strategy.outcome.deferred")
    lost_for_good = AmountField(source="strategy.outcome.lost")
    tax = AmountField(source="strategy.tax", allow_null=True, help_text="Negative: a saving.")
    after_tax = serializers.SerializerMethodField()
    verdict = serializers.ChoiceField(
        source="strategy.outcome.verdict", choices=[verdict.value for verdict in Verdict]
    )
    sentences = serializers.ListField(child=serializers.CharField())
    causes = WashCauseSerializer(many=True)
    open_until = serializers.DateField(
        source="strategy.outcome.open_until",
        allow_null=True,
        help_text="A purchase until then would wash what still counts.",
    )
    free_on = serializers.DateField(
        source="strategy.outcome.free_on",
        allow_null=True,
        help_text="The first day on which nothing bought so far washes this sale; null where nothing does.",
    )

    @extend_schema_field(AmountField(allow_null=True))
    def get_after_tax(self, line: Any) -> str | None:
        """Proceeds less the tax."""
        strategy: LotStrategy = line.strategy
        return None if strategy.after_tax is None else AmountField().to_representation(strategy.after_tax)


class RatesSerializer(AnySerializer):
    """Rates on the next dollar of gain, as fractions."""

    short = AmountField()
    long = AmountField()


class WhatIfSerializer(AnySerializer):
    """A sale by every choice of lots."""

    currency = serializers.CharField()
    recommended = serializers.CharField(source="what_if.recommended", help_text="Empty where none is.")
    reason = serializers.CharField(source="what_if.reason")
    rates = serializers.SerializerMethodField()
    rates_unknown_because = serializers.CharField(source="rates.reason")
    strategies = StrategySerializer(source="lines", many=True)

    @extend_schema_field(RatesSerializer(allow_null=True))
    def get_rates(self, report: SaleReport) -> Any:
        """The marginal rates, or null while they are not known."""
        return None if report.rates.rates is None else RatesSerializer(report.rates.rates).data


class WatchQuerySerializer(AnySerializer):
    """Whose losses."""

    portfolio = serializers.UUIDField(required=False, help_text="One account; else all that are yours.")


class SellWarningSerializer(AnySerializer):
    """A position whose loss would not count in full if it were sold today."""

    portfolio = serializers.UUIDField(source="warning.portfolio_id")
    account = serializers.CharField()
    instrument = serializers.UUIDField(source="warning.instrument_id")
    symbol = serializers.CharField()
    currency = serializers.CharField(source="warning.currency")
    shares = AmountField(source="warning.shares", help_text="Of the lots below their basis.")
    shares_washed = AmountField(source="warning.washed_shares")
    loss = AmountField(source="warning.loss")
    deferred = AmountField(source="warning.outcome.deferred")
    lost_for_good = AmountField(source="warning.outcome.lost")
    causes = WashCauseSerializer(many=True)
    free_on = serializers.DateField()
    days_left = serializers.IntegerField()


class BuyWarningSerializer(AnySerializer):
    """A loss of the last thirty days that a purchase today would wash."""

    portfolio = serializers.UUIDField(source="warning.portfolio_id")
    account = serializers.CharField()
    instrument = serializers.UUIDField(source="warning.instrument_id")
    symbol = serializers.CharField()
    transaction = serializers.UUIDField(source="warning.transaction_id")
    currency = serializers.CharField(source="warning.currency")
    sold = serializers.DateField(source="warning.sold")
    shares = AmountField(source="warning.shares")
    loss = AmountField(source="warning.loss")
    identical = serializers.ListField(child=serializers.CharField(), help_text="Symbols that count as well.")
    options = serializers.ListField(child=serializers.CharField())
    reinvesting = serializers.ListField(child=serializers.CharField())
    free_on = serializers.DateField(source="warning.free_on")
    days_left = serializers.IntegerField(source="warning.days_left")


class WashWatchSerializer(AnySerializer):
    """Both sides of the watch, most money first."""

    day = serializers.DateField()
    if_sold_today = SellWarningSerializer(source="selling", many=True)
    if_bought_today = BuyWarningSerializer(source="buying", many=True)
    not_judged = serializers.ListField(
        source="unjudged", child=serializers.CharField(), help_text="Positions without a price or a basis."
    )
