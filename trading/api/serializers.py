"""What the operations of trading take and give: amounts as text, times in UTC."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from common.api_fields import AmountField
from common.money import LIMIT
from common.problems import ProblemSerializer
from trading.engine.controls.verdicts import Outcome
from trading.engine.records import OrderKind, OrderState, PriceSource, Side, TimeInForce
from trading.engine.trade_requests import MOST_ORDERS
from trading.models import Difference, Gateway, Order

AnySerializer = serializers.Serializer[Any]
# Named in the settings, where the schema gives its lists of choices their names.
ORDER_STATES = [(state.value, state.value) for state in OrderState]
LONGEST_SYMBOL = 60
MOST_LOTS = 200
MOST_CONFIRMED = 20
ACCOUNT = "0198a1f0-0000-7000-8000-000000000001"
ONE_ORDER = {
    "account": ACCOUNT,
    "symbol": "VTI",
    "side": "buy",
    "quantity": "10",
    "type": "limit",
    "limit_price": "251.20",
}
BRACKET = {
    "orders": [
        ONE_ORDER,
        {
            "account": ACCOUNT, "symbol": "VTI", "side": "sell", "quantity": "10", "type": "limit",
            "limit_price": "270", "time_in_force": "gtc", "oca_group": "exit", "parent": 0,
        },
        {
            "account": ACCOUNT, "symbol": "VTI", "side": "sell", "quantity": "10", "type": "stop",
            "stop_price": "240", "time_in_force": "gtc", "oca_group": "exit", "parent": 0,
        },
    ]
}  # fmt: skip


def _given(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=20, decimal_places=8, max_value=LIMIT, **options)


class NamedLotSerializer(AnySerializer):
    """Shares of one lot that a sale is to close."""

    lot = serializers.UUIDField(help_text="As the lots of the account name it (`root_id`).")
    quantity = _given()


class OrderAskedSerializer(AnySerializer):
    """One order. Which prices it takes depends on its `type`."""

    account = serializers.UUIDField(help_text="The portfolio whose account at the broker trades.")
    instrument = serializers.UUIDField(required=False, help_text="Either this or `symbol`.")
    symbol = serializers.CharField(required=False, max_length=LONGEST_SYMBOL)
    side = serializers.ChoiceField(choices=[side.value for side in Side])
    quantity = _given(help_text="Shares, as text.")
    type = serializers.ChoiceField(choices=[kind.value for kind in OrderKind], default=OrderKind.MARKET.value)
    time_in_force = serializers.ChoiceField(
        choices=[word.value for word in TimeInForce], default=TimeInForce.DAY.value
    )
    limit_price = _given(required=False, allow_null=True)
    stop_price = _given(required=False, allow_null=True)
    trail_amount = _given(required=False, allow_null=True)
    trail_percent = _given(required=False, allow_null=True, help_text="5 for five per cent.")
    good_till = serializers.DateTimeField(
        required=False, allow_null=True, help_text="With `time_in_force` gtd; with its time zone."
    )
    outside_hours = serializers.BooleanField(default=False)
    oca_group = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text="Orders of one group cancel each other."
    )
    parent = serializers.IntegerField(  # type: ignore[assignment] # DRF has an attribute of that name
        required=False, allow_null=True, min_value=0, max_value=MOST_ORDERS - 1,
        help_text="The place in `orders` of the order whose fill this one waits for.",
    )  # fmt: skip
    lots = NamedLotSerializer(many=True, required=False, max_length=MOST_LOTS)  # type: ignore[call-arg] # of the list

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of `instrument` and `symbol`."""
        if ("instrument" in attrs) is ("symbol" in attrs):
            raise serializers.ValidationError(
                {"symbol": ["Name the instrument or its symbol, one of the two."]}
            )
        return attrs


@extend_schema_serializer(
    examples=[
        OpenApiExample("A limit order", value=ONE_ORDER, request_only=True),
        OpenApiExample("A bracket", value=BRACKET, request_only=True),
    ]
)
class TradeSerializer(AnySerializer):
    """Orders that are accepted together or not at all."""

    orders = OrderAskedSerializer(many=True, min_length=1, max_length=MOST_ORDERS)  # type: ignore[call-arg] # same
    confirmed = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=MOST_CONFIRMED,
        help_text="Names of the controls that asked, and that a person has answered with yes.",
    )  # fmt: skip


class SingleTradeSerializer(OrderAskedSerializer):
    """One order by itself, without the list around it."""

    confirmed = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=MOST_CONFIRMED
    )


class LotShownSerializer(AnySerializer):
    """A lot that was named with the order."""

    lot = serializers.UUIDField(source="lot_id")
    quantity = serializers.CharField()


class OrderSerializer(serializers.ModelSerializer[Order]):
    """An order and how it stands."""

    account = serializers.UUIDField(source="portfolio_id")
    account_number = serializers.CharField(source="account.__str__", help_text="Masked.")
    environment = serializers.ChoiceField(
        source="account.gateway.environment", choices=Gateway.Environment.values
    )
    instrument = serializers.UUIDField(source="instrument_id")
    symbol = serializers.CharField(source="instrument.symbol")
    origin = serializers.CharField(help_text="What made the order: `ticket`, `api`, `basket`, …")
    side = serializers.ChoiceField(choices=[side.value for side in Side])
    time_in_force = serializers.ChoiceField(choices=[word.value for word in TimeInForce])
    type = serializers.ChoiceField(source="kind", choices=[kind.value for kind in OrderKind])
    quantity = AmountField()
    limit_price = AmountField(allow_null=True)
    stop_price = AmountField(allow_null=True)
    trail_amount = AmountField(allow_null=True)
    trail_percent = AmountField(allow_null=True)
    parent = serializers.UUIDField(source="parent_id", allow_null=True)  # type: ignore[assignment] # same
    basket = serializers.UUIDField(source="basket_id", allow_null=True)
    lots = LotShownSerializer(many=True)
    filled = AmountField()
    average_price = AmountField(allow_null=True)
    reserved = AmountField(help_text="Held back from the buying power while the order lives.")
    state = serializers.ChoiceField(choices=ORDER_STATES)
    words = serializers.CharField(help_text="Why it stands so, where there is more to say.")
    cancel_wanted_at = serializers.DateTimeField(allow_null=True)
    wanted = serializers.DictField(
        child=serializers.CharField(), allow_null=True,
        help_text="A change that the broker has not answered yet.",
    )  # fmt: skip

    class Meta:
        """Columns that a person may read."""

        model = Order
        fields = (
            "id", "account", "account_number", "environment", "instrument", "symbol", "origin", "side",
            "quantity", "type", "time_in_force", "limit_price", "stop_price", "trail_amount",
            "trail_percent", "good_till", "outside_hours", "oca_group", "parent", "basket", "lots",
            "currency", "filled", "average_price", "reserved", "state", "state_since", "words",
            "cancel_wanted_at", "wanted", "created_at", "sent_at", "acknowledged_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields


class AcceptedSerializer(AnySerializer):
    """The orders that were accepted, in the order in which they were asked for."""

    orders = OrderSerializer(many=True)


@extend_schema_field({"type": "object", "additionalProperties": True})
class DetailField(serializers.JSONField):
    """What belongs to a line of history, by its kind."""


class OrderEventSerializer(AnySerializer):
    """A line of an order's history."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    before = serializers.CharField(help_text="The state before.")
    after = serializers.CharField(help_text="The state after.")
    words = serializers.CharField()
    detail = DetailField()


class ExecutionSerializer(AnySerializer):
    """A fill, in its newest telling. `commission` is null until the broker has told it."""

    exec_id = serializers.CharField()
    revision = serializers.IntegerField()
    side = serializers.ChoiceField(choices=[side.value for side in Side])
    quantity = AmountField()
    price = AmountField()
    currency = serializers.CharField()
    executed_at = serializers.DateTimeField()
    commission = AmountField(allow_null=True)
    commission_currency = serializers.CharField()
    transaction = serializers.UUIDField(
        source="transaction_id", allow_null=True, help_text="Its row in the ledger; null until it is booked."
    )


class VerdictSerializer(AnySerializer):
    """What a control says, with the figures it went by."""

    number = serializers.IntegerField()
    name = serializers.CharField()
    outcome = serializers.ChoiceField(choices=[outcome.value for outcome in Outcome])
    sentence = serializers.CharField()
    figures = serializers.DictField(child=serializers.CharField())


class OrderDetailSerializer(OrderSerializer):
    """An order with its whole history, its fills, and what the controls said of it."""

    verdicts = VerdictSerializer(many=True)
    history = OrderEventSerializer(source="events", many=True)
    executions = ExecutionSerializer(many=True)

    class Meta(OrderSerializer.Meta):
        """The order's columns and what hangs on it."""

        fields = (*OrderSerializer.Meta.fields, "verdicts", "history", "executions")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class OrderQuerySerializer(AnySerializer):
    """What narrows the list of orders."""

    state = serializers.ChoiceField(choices=[state.value for state in OrderState], required=False)
    account = serializers.UUIDField(required=False)
    symbol = serializers.CharField(required=False, max_length=LONGEST_SYMBOL)
    day = serializers.DateField(required=False, help_text="When it was placed: a day in New York.")


@extend_schema_serializer(
    examples=[OpenApiExample("A lower limit", value={"limit_price": "249.50"}, request_only=True)]
)
class OrderChangeSerializer(AnySerializer):
    """What is to change; what is left out stays."""

    quantity = _given(required=False)
    limit_price = _given(required=False)
    stop_price = _given(required=False)
    trail_amount = _given(required=False)
    confirmed = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=MOST_CONFIRMED
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """At least one change."""
        if not set(attrs) - {"confirmed"}:
            raise serializers.ValidationError("Say what is to change.")
        return attrs


class QuoteShownSerializer(AnySerializer):
    """The quote that an order was judged by."""

    source = serializers.ChoiceField(choices=[source.value for source in PriceSource])  # type: ignore[assignment] # DRF has an attribute of that name
    delayed = serializers.BooleanField(source="is_delayed")
    as_of = serializers.DateTimeField()
    bid = AmountField(allow_null=True)
    ask = AmountField(allow_null=True)
    last = AmountField(allow_null=True)


class WhatIfShownSerializer(AnySerializer):
    """What the broker says the order would do; null where it did not say."""

    commission = AmountField(allow_null=True)
    commission_currency = serializers.CharField()
    initial_margin_change = AmountField(allow_null=True)
    maintenance_margin_change = AmountField(allow_null=True)
    equity_with_loan_after = AmountField(allow_null=True)
    words = serializers.CharField()


class LotClosedSerializer(AnySerializer):
    """A part of a lot that the order would close."""

    lot = serializers.UUIDField(source="lot_id")
    acquired = serializers.DateField(allow_null=True)
    quantity = AmountField()
    basis = AmountField(allow_null=True)
    gain = AmountField(allow_null=True)
    is_long_term = serializers.BooleanField(allow_null=True)


class TaxLookSerializer(AnySerializer):
    """The tax side of an order, in `currency`; what is null is not known, and `words` say why."""

    currency = serializers.CharField()
    lots = LotClosedSerializer(many=True)
    gain = AmountField(allow_null=True)
    short_term = AmountField(allow_null=True)
    long_term = AmountField(allow_null=True)
    tax = AmountField(allow_null=True)
    wash = serializers.CharField(source="wash_words", help_text="Empty when the order washes nothing.")
    deferred = AmountField()
    lost = AmountField()
    first_free = serializers.DateField(allow_null=True)
    at_risk = AmountField(help_text="The loss that what is planned would wash as soon as it happens.")
    is_blocked = serializers.BooleanField(help_text="The household lets no such order pass.")
    words = serializers.ListField(child=serializers.CharField())


class OrderPreviewSerializer(AnySerializer):
    """How one order would go."""

    outcome = serializers.ChoiceField(
        source="judged.outcome.value", choices=[outcome.value for outcome in Outcome]
    )
    symbol = serializers.CharField(source="judged.contract.symbol")
    currency = serializers.CharField(source="judged.contract.currency")
    price = AmountField(source="judged.price", allow_null=True, help_text="What it is reckoned at.")
    amount = AmountField(allow_null=True, help_text="Without commission.")
    total = AmountField(allow_null=True, help_text="With the commission that the broker tells.")
    reserved = AmountField(source="judged.reserved", allow_null=True)
    quote = QuoteShownSerializer(source="judged.quote", allow_null=True)
    broker = WhatIfShownSerializer(allow_null=True)
    broker_reason = serializers.CharField(
        source="silence", help_text="Why the broker says nothing; empty when it does."
    )
    tax = TaxLookSerializer(source="judged.tax", allow_null=True)
    verdicts = serializers.SerializerMethodField()

    @extend_schema_field(VerdictSerializer(many=True))
    def get_verdicts(self, preview: Any) -> list[dict[str, Any]]:
        """Every control's word."""
        return verdicts_json(preview.judged.verdicts)


class TradePreviewSerializer(AnySerializer):
    """How the orders would go, in the order in which they were asked for."""

    orders = OrderPreviewSerializer(many=True)


class BrokerAccountSerializer(AnySerializer):
    """An account behind a gateway, its number masked."""

    account = serializers.UUIDField(source="portfolio_id")
    name = serializers.CharField(source="portfolio.name")
    number = serializers.CharField(source="__str__")
    currency = serializers.CharField()
    may_trade = serializers.BooleanField()
    cash = AmountField(allow_null=True)
    buying_power = AmountField(allow_null=True)
    values_at = serializers.DateTimeField(allow_null=True)


class WindowSerializer(AnySerializer):
    """A maintenance window, in the wall time of `zone`; `weekdays` are those on which it begins."""

    name = serializers.CharField()
    begins = serializers.TimeField()
    ends = serializers.TimeField()
    zone = serializers.CharField()
    weekdays = serializers.SerializerMethodField()

    def get_weekdays(self, window: Any) -> list[str]:
        """Their English names."""
        return [day.name.lower() for day in sorted(window.weekdays)]


class GatewaySerializer(AnySerializer):
    """How a gateway stands. Orders are sent while `takes_orders`."""

    id = serializers.UUIDField(source="gateway.pk")
    name = serializers.CharField(source="gateway.name")
    environment = serializers.ChoiceField(source="gateway.environment", choices=Gateway.Environment.values)
    state = serializers.ChoiceField(source="gateway.state", choices=Gateway.State.choices)
    state_since = serializers.DateTimeField(source="gateway.state_since", allow_null=True)
    words = serializers.CharField(source="gateway.words")
    is_alive = serializers.BooleanField(help_text="Whether its daemon was heard of in time.")
    takes_orders = serializers.BooleanField()
    is_read_only = serializers.BooleanField(source="gateway.is_read_only")
    server_version = serializers.IntegerField(source="gateway.server_version", allow_null=True)
    heartbeat_at = serializers.DateTimeField(source="gateway.heartbeat_at", allow_null=True)
    last_tick_at = serializers.DateTimeField(source="gateway.last_tick_at", allow_null=True)
    reconciled_at = serializers.DateTimeField(source="gateway.reconciled_at", allow_null=True)
    maintenance = WindowSerializer(source="window", allow_null=True)
    windows = WindowSerializer(many=True)
    differences = serializers.IntegerField(help_text="Open ones.")
    accounts = BrokerAccountSerializer(many=True)


class DifferenceQuerySerializer(AnySerializer):
    """What narrows the list of differences."""

    open = serializers.BooleanField(default=True, help_text="False: those that are settled.")
    account = serializers.UUIDField(required=False)


class DifferenceSerializer(AnySerializer):
    """Something on which book and broker do not agree."""

    id = serializers.UUIDField()
    account = serializers.UUIDField(source="portfolio_id")
    kind = serializers.ChoiceField(choices=Difference.Kind.values)
    subject = serializers.CharField()
    instrument = serializers.UUIDField(source="instrument_id", allow_null=True)
    ours = AmountField(allow_null=True)
    theirs = AmountField(allow_null=True)
    words = serializers.CharField()
    seen_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(help_text="Why it was settled; empty while it is open.")


class PlacedVerdictSerializer(VerdictSerializer):
    """A control's word about one of the orders that were asked for."""

    order = serializers.IntegerField(help_text="The place of the order in the request, from 0.")


class RefusedSerializer(ProblemSerializer):
    """A problem document of a refusal; with what the controls said, where they were asked."""

    verdicts = PlacedVerdictSerializer(many=True, required=False)


def verdicts_json(verdicts: Any) -> list[dict[str, Any]]:
    """Verdicts of the controls as they are shown."""
    return [
        {
            "number": verdict.number,
            "name": verdict.name,
            "outcome": verdict.outcome.value,
            "sentence": verdict.sentence,
            "figures": dict(verdict.figures),
        }
        for verdict in verdicts
    ]
