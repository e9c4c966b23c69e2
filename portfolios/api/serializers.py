"""What the operations of the book give: records of the selectors, amounts as text with their currency."""

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.api_fields import AmountField
from portfolios.engine.allocation import AllocationBy
from portfolios.engine.figures import LineKind, SourceKind, Unit
from portfolios.models import Disposal, Lot, Portfolio, Price, Transaction
from portfolios.selectors.dashboard import Dashboard, InboxKind
from portfolios.selectors.intervals import WORDS
from portfolios.selectors.prices import PriceState

AnySerializer = serializers.Serializer[Any]
UNITS = [unit.value for unit in Unit]


class IntervalQuerySerializer(AnySerializer):
    """What an interval query takes."""

    interval = serializers.ChoiceField(
        choices=list(WORDS), default="ytd", help_text="Ends on the last valued day."
    )


class ScopeQuerySerializer(IntervalQuerySerializer):
    """Whose book, over which interval."""

    household = serializers.UUIDField(required=False, help_text="One that was granted; else your own.")


class AllocationQuerySerializer(AnySerializer):
    """What the slices are."""

    by = serializers.ChoiceField(
        choices=[by.value for by in AllocationBy], default=AllocationBy.ASSET_CLASS.value
    )


class KnownSerializer(AnySerializer):
    """A number, or null with the sentence that says why there is none."""

    value = AmountField(allow_null=True)
    reason = serializers.CharField(help_text="Empty when there is a value.")


class SourceSerializer(AnySerializer):
    """The row a line of arithmetic comes from."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in SourceKind])
    key = serializers.CharField()


class ExplanationLineSerializer(AnySerializer):
    """One line of arithmetic."""

    label = serializers.CharField()  # type: ignore[assignment] # DRF has an attribute of that name
    amount = AmountField(allow_null=True)
    unit = serializers.ChoiceField(choices=UNITS)
    currency = serializers.CharField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in LineKind])
    detail = serializers.CharField()
    source = SourceSerializer(allow_null=True)  # type: ignore[assignment] # same


class ExplanationSerializer(AnySerializer):
    """Why a number is what it is."""

    title = serializers.CharField()
    formula = serializers.CharField()
    lines = ExplanationLineSerializer(many=True)
    rule = serializers.CharField()
    prices_as_of = serializers.DateField(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())


class FigureSerializer(AnySerializer):
    """A named number with its arithmetic; fractions are of one, so 0.1 is 10 %."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # DRF has an attribute of that name
    value = AmountField(allow_null=True)
    unit = serializers.ChoiceField(choices=UNITS)
    currency = serializers.CharField()
    reason = serializers.CharField(help_text="Why there is no value; empty when there is one.")
    is_estimated = serializers.BooleanField()
    explanation = ExplanationSerializer(allow_null=True)


class SpanSerializer(AnySerializer):
    """An interval."""

    key = serializers.ChoiceField(choices=list(WORDS))
    first = serializers.DateField(allow_null=True, help_text="Null: since the first entry.")
    last = serializers.DateField()


class QuoteSerializer(AnySerializer):
    """The close that stands for a day."""

    state = serializers.ChoiceField(choices=[state.value for state in PriceState])
    close = AmountField(allow_null=True)
    currency = serializers.CharField()
    day = serializers.DateField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment] # DRF has an attribute of that name
    age = serializers.IntegerField(help_text="Calendar days.")


class HoldingSerializer(AnySerializer):
    """A position; `_base` amounts are in the currency of the answer. Null means not known."""

    id = serializers.UUIDField()
    portfolio = serializers.UUIDField(source="portfolio_id", allow_null=True)
    instrument = serializers.UUIDField(source="instrument_id")
    symbol = serializers.CharField()
    name = serializers.CharField()
    asset_class = serializers.CharField()
    sector = serializers.CharField()
    currency = serializers.CharField()
    quantity = AmountField()
    quote = QuoteSerializer()
    value = AmountField(allow_null=True)
    value_base = AmountField(allow_null=True)
    day_change_base = AmountField(allow_null=True)
    basis = AmountField(allow_null=True)
    basis_base = AmountField(allow_null=True)
    gain_base = AmountField(allow_null=True)
    unknown_reason = serializers.CharField(help_text="Why the gain is not known; empty when it is.")
    lot_count = serializers.IntegerField()
    weight = AmountField(allow_null=True, help_text="A fraction of the value of the answer.")


class CashSerializer(AnySerializer):
    """A cash balance in one currency."""

    portfolio = serializers.UUIDField(source="portfolio_id")
    currency = serializers.CharField()
    amount = AmountField()
    amount_base = AmountField(allow_null=True)
    weight = AmountField(allow_null=True)


class HoldingTableSerializer(AnySerializer):
    """Positions and cash with their totals; `known_value` leaves out what has no price."""

    as_of = serializers.DateField()
    currency = serializers.CharField()
    value = AmountField(allow_null=True)
    known_value = AmountField()
    cash_total = AmountField(allow_null=True)
    basis = AmountField(allow_null=True)
    gain = AmountField(allow_null=True)
    day_change = AmountField(allow_null=True)
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="What has no usable price or rate."
    )
    holdings = HoldingSerializer(many=True, source="lines")
    cash = CashSerializer(many=True)


class AccountSerializer(AnySerializer):
    """An account, with its last value in its own currency."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Portfolio.Kind.choices)
    holder = serializers.CharField()
    provider = serializers.CharField()
    number = serializers.CharField(help_text="The last four characters.")
    currency = serializers.CharField(source="base_currency")
    is_closed = serializers.BooleanField()
    last_import_at = serializers.DateTimeField(allow_null=True)


class AccountRowSerializer(AnySerializer):
    """An account and what it was worth on its last valued day."""

    account = AccountSerializer()
    value = AmountField(allow_null=True)
    as_of = serializers.DateField(source="day", allow_null=True)
    missing = serializers.ListField(child=serializers.CharField())


class PortfolioListSerializer(AnySerializer):
    """Every account in reach, summarised, and their total where it is known."""

    household = serializers.CharField()
    currency = serializers.CharField()
    as_of = serializers.DateField(allow_null=True)
    total = KnownSerializer()
    portfolios = AccountRowSerializer(many=True)


class PortfolioDetailSerializer(serializers.ModelSerializer[Portfolio]):
    """One account as it is kept, with its positions and cash."""

    household = serializers.UUIDField(source="household_id")
    holder = serializers.CharField(source="holder.name")
    table = serializers.SerializerMethodField()

    class Meta:
        model = Portfolio
        fields = (
            "id", "household", "holder", "name", "kind", "base_currency", "relief", "reinvests_dividends",
            "closed_on", "table",
        )  # fmt: skip

    @extend_schema_field(HoldingTableSerializer)
    def get_table(self, portfolio: Portfolio) -> Any:  # noqa: ARG002 - the view has read it
        """Positions and cash on the last valued day."""
        return HoldingTableSerializer(self.context["table"]).data


class SliceSerializer(AnySerializer):
    """One slice."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # DRF has an attribute of that name
    value = AmountField()
    weight = AmountField(allow_null=True, help_text="A fraction; all weights add up to exactly 1.")


class AllocationSerializer(AnySerializer):
    """Slices, largest first; `total` is net of shorts and borrowed cash."""

    by = serializers.ChoiceField(choices=[by.value for by in AllocationBy])
    currency = serializers.CharField()
    total = AmountField()
    gross = AmountField()
    slices = SliceSerializer(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField(help_text="Why there are no weights; empty when there are.")


class RealisedSumSerializer(AnySerializer):
    """Gains made final this year; `unknown` disposals are in neither sum."""

    short = AmountField(allow_null=True)
    short_count = serializers.IntegerField()
    long = AmountField(allow_null=True)
    long_count = serializers.IntegerField()
    unknown = serializers.IntegerField()


class IncomeSumSerializer(AnySerializer):
    """Income and costs of twelve months."""

    dividends = AmountField(allow_null=True)
    payments = serializers.IntegerField()
    withheld = AmountField(allow_null=True)
    fees = AmountField(allow_null=True)


class InboxRowSerializer(AnySerializer):
    """One thing to decide."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in InboxKind])
    key = serializers.UUIDField()
    title = serializers.CharField()
    reason = serializers.CharField()
    amount = AmountField(allow_null=True)
    currency = serializers.CharField()
    day = serializers.DateField(allow_null=True)


class DashboardSerializer(serializers.Serializer[Dashboard]):
    """What a household is worth and how it got there."""

    household = serializers.CharField(source="scope.household")
    currency = serializers.CharField(source="scope.currency")
    as_of = serializers.DateField()
    interval = SpanSerializer(source="span")
    value = KnownSerializer()
    change = KnownSerializer()
    flows = KnownSerializer()
    twr = KnownSerializer(help_text="Time-weighted return over the interval, a fraction.")
    xirr = KnownSerializer(help_text="Money-weighted return a year, a fraction.")
    money_weighted = KnownSerializer(help_text="Money-weighted return over the interval, a fraction.")
    realised = RealisedSumSerializer()
    income = IncomeSumSerializer()
    cash = KnownSerializer()
    accounts = AccountRowSerializer(many=True)
    allocation = AllocationSerializer()
    inbox = InboxRowSerializer(many=True)
    finding_count = serializers.IntegerField()
    stale = serializers.ListField(child=serializers.CharField())
    missing = serializers.ListField(child=serializers.CharField())


class EmptyDashboardSerializer(AnySerializer):
    """A household of which nothing was ever valued."""

    household = serializers.CharField(allow_null=True)
    reason = serializers.CharField()


class LotSerializer(serializers.ModelSerializer[Lot]):
    """An open lot; null cost, basis or dates are not known. A short lot has a negative quantity."""

    portfolio = serializers.UUIDField(source="portfolio_id")
    instrument = serializers.UUIDField(source="instrument_id")
    transaction = serializers.UUIDField(source="transaction_id")
    symbol = serializers.CharField(source="instrument.symbol")
    quantity = AmountField()
    cost = AmountField(allow_null=True)
    cost_base = AmountField(allow_null=True)
    basis = AmountField(allow_null=True)
    basis_base = AmountField(allow_null=True)
    undivided_lot = serializers.UUIDField(
        source="root_id", help_text="The undivided lot: parts that a wash sale made of one lot share it."
    )
    deferred_base = AmountField(help_text="What of `basis_base` are washed losses that it took up.")
    loss_basis_base = AmountField(
        allow_null=True, help_text="The basis for a loss, where it differs: a gift that was worth less."
    )

    class Meta:
        model = Lot
        fields = (
            "id", "undivided_lot", "portfolio", "instrument", "symbol", "transaction", "origin", "acquired",
            "holding_date", "quantity", "currency", "cost", "cost_base", "basis", "basis_base",
            "deferred_base", "loss_basis_base",
        )  # fmt: skip


class DisposalSerializer(serializers.ModelSerializer[Disposal]):
    """A closed piece of a lot; what is null is not known. `recognised_base` is the gain that counts."""

    portfolio = serializers.UUIDField(source="portfolio_id")
    instrument = serializers.UUIDField(source="instrument_id")
    transaction = serializers.UUIDField(source="transaction_id", help_text="The row that closed the piece.")
    symbol = serializers.CharField(source="instrument.symbol")
    lot = serializers.UUIDField(source="lot_id", allow_null=True)
    acquisition = serializers.UUIDField(
        source="acquisition_id", allow_null=True, help_text="The row that the lot came from."
    )
    quantity = AmountField()
    proceeds = AmountField()
    proceeds_base = AmountField(allow_null=True)
    basis = AmountField(allow_null=True)
    basis_base = AmountField(allow_null=True)
    gain_base = AmountField(allow_null=True, help_text="Proceeds less basis, before the wash-sale rule.")
    disallowed_base = AmountField(help_text="What the wash-sale rule takes out of the loss.")
    permanent_base = AmountField(help_text="What of it no basis took up: it is lost for good.")
    recognised_base = AmountField(allow_null=True, help_text="The gain with the disallowed loss added back.")

    class Meta:
        model = Disposal
        fields = (
            "id", "portfolio", "instrument", "symbol", "transaction", "lot", "acquisition", "origin",
            "acquired", "holding_date", "disposed", "term", "cause", "is_short_sale", "quantity",
            "currency", "proceeds",
            "proceeds_base", "basis", "basis_base", "gain_base", "disallowed_base", "permanent_base",
            "recognised_base",
        )  # fmt: skip


class TransactionSerializer(serializers.ModelSerializer[Transaction]):
    """A ledger row; signs are those of the account."""

    portfolio = serializers.UUIDField(source="portfolio_id")
    instrument = serializers.UUIDField(source="instrument_id", allow_null=True)
    symbol = serializers.CharField(source="instrument.symbol", default=None, allow_null=True)
    counterpart = serializers.UUIDField(source="counterpart_id", allow_null=True)
    quantity = AmountField()
    price = AmountField(allow_null=True)
    amount = AmountField()
    fees = AmountField()
    fx_rate = AmountField(allow_null=True)
    counter_quantity = AmountField(allow_null=True)
    counter_amount = AmountField(allow_null=True)
    ratio_new = AmountField(allow_null=True)
    ratio_old = AmountField(allow_null=True)
    reverses = serializers.UUIDField(source="reverses_id", allow_null=True)
    reversed_by = serializers.SerializerMethodField()

    class Meta:
        model = Transaction
        fields = (
            "id", "portfolio", "kind", "trade_date", "executed_at", "settle_date", "instrument", "symbol",
            "quantity", "price", "amount", "fees", "currency", "fx_rate", "position_effect", "ratio_new",
            "ratio_old", "counterpart", "counter_quantity", "counter_amount", "counter_currency",
            "transfer_id", "order_ref", "reverses", "reversed_by", "source", "source_line", "note",
        )  # fmt: skip

    @extend_schema_field({"type": "string", "format": "uuid", "nullable": True})
    def get_reversed_by(self, row: Transaction) -> str | None:
        """The row that takes this one back, or null."""
        reversal = getattr(row, "reversal", None)
        return str(reversal.pk) if reversal else None


class PriceSerializer(serializers.ModelSerializer[Price]):
    """A close, as traded on its day."""

    instrument = serializers.UUIDField(source="instrument_id")
    symbol = serializers.CharField(source="instrument.symbol")
    close = AmountField()

    class Meta:
        model = Price
        fields = ("instrument", "symbol", "day", "close", "currency", "source")


class PriceFilter(filters.FilterSet):  # type: ignore[misc] # the package ships no types
    """Which closes."""

    symbol = filters.CharFilter(field_name="instrument__symbol", lookup_expr="iexact")
    instrument = filters.UUIDFilter(field_name="instrument_id")
    first = filters.DateFilter(field_name="day", lookup_expr="gte")
    last = filters.DateFilter(field_name="day", lookup_expr="lte")


class LotFilter(filters.FilterSet):  # type: ignore[misc] # same
    """Which lots."""

    symbol = filters.CharFilter(field_name="instrument__symbol", lookup_expr="iexact")
    instrument = filters.UUIDFilter(field_name="instrument_id")


class DisposalFilter(filters.FilterSet):  # type: ignore[misc] # same
    """Which closed pieces."""

    symbol = filters.CharFilter(field_name="instrument__symbol", lookup_expr="iexact")
    instrument = filters.UUIDFilter(field_name="instrument_id")
    term = filters.ChoiceFilter(choices=Disposal._meta.get_field("term").choices)
    first = filters.DateFilter(field_name="disposed", lookup_expr="gte")
    last = filters.DateFilter(field_name="disposed", lookup_expr="lte")


class LedgerFilter(filters.FilterSet):  # type: ignore[misc] # same
    """Which ledger rows."""

    kind = filters.ChoiceFilter(choices=Transaction._meta.get_field("kind").choices)
    symbol = filters.CharFilter(field_name="instrument__symbol", lookup_expr="iexact")
    instrument = filters.UUIDFilter(field_name="instrument_id")
    first = filters.DateFilter(field_name="trade_date", lookup_expr="gte")
    last = filters.DateFilter(field_name="trade_date", lookup_expr="lte")


class HoldingGainSerializer(AnySerializer):
    """What one holding gave to the gain of an interval."""

    instrument = serializers.UUIDField(source="instrument_id")
    symbol = serializers.CharField()
    price_gain = AmountField(allow_null=True)
    income = AmountField(allow_null=True)
    fees = AmountField(allow_null=True)
    taxes = AmountField(allow_null=True)
    total = AmountField(allow_null=True)
    share = AmountField(allow_null=True, help_text="A fraction of the average capital.")
    reason = serializers.CharField()


class DividendMonthSerializer(AnySerializer):
    """Dividends of one instrument in one month."""

    month = serializers.DateField()
    instrument = serializers.UUIDField(source="instrument_id", allow_null=True)
    gross = AmountField(allow_null=True)
    withheld = AmountField(allow_null=True)
    net = AmountField(allow_null=True)


class CostYearSerializer(AnySerializer):
    """Costs of one kind in one year."""

    year = serializers.IntegerField()
    kind = serializers.CharField()
    amount = AmountField(allow_null=True)


class IndexPointSerializer(AnySerializer):
    """Growth of one unit of capital, flows taken out."""

    day = serializers.DateField()
    level = AmountField()


class PerformanceSerializer(AnySerializer):
    """Everything measured over an interval; amounts in `currency`."""

    currency = serializers.CharField(source="scope.currency")
    interval = SpanSerializer(source="span")
    first_day = serializers.DateField(source="measured.first_day", allow_null=True)
    last_day = serializers.DateField(source="measured.last_day", allow_null=True)
    figures = serializers.SerializerMethodField()
    realised = serializers.SerializerMethodField()
    index = IndexPointSerializer(many=True, source="measured.index")
    holdings = HoldingGainSerializer(many=True, source="gains.holdings")
    dividends = DividendMonthSerializer(many=True)
    costs = CostYearSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField(), source="measured.notes")

    @extend_schema_field(FigureSerializer(many=True))
    def get_figures(self, report: Any) -> Any:
        """Returns, risk and money, each with its arithmetic."""
        return FigureSerializer(list(report.measured.figures.values()), many=True).data

    @extend_schema_field(FigureSerializer(many=True))
    def get_realised(self, report: Any) -> Any:
        """Gains made final in the interval, by term."""
        gains = report.realised
        return FigureSerializer([gains.short, gains.long, gains.term_unknown, gains.total], many=True).data
