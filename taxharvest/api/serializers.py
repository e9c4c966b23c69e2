"""The tax year as the API shows it: amounts as text with two decimals, in US dollars."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.money import cents
from taxharvest.engine.writers.files import FormName

DOLLARS = {"type": "string", "pattern": r"^-?\d+\.\d{2}$", "example": "1234.50"}
AnySerializer = serializers.Serializer[Any]


@extend_schema_field(DOLLARS)
class DollarField(serializers.Field[Decimal, Any, str, Any]):
    """An amount in US dollars as text, rounded to cents here and nowhere before."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("read_only", True)
        super().__init__(**kwargs)

    def to_representation(self, value: Decimal) -> str:
        """`1234.5` becomes `1234.50`; a negative zero is plain."""
        return f"{cents(value) + 0:.2f}"


@extend_schema_field({"type": "object", "additionalProperties": True})
class FormField(serializers.JSONField):
    """A form as its JSON download holds it."""


class ReportQuerySerializer(AnySerializer):
    """Which year, which form, whose."""

    year = serializers.IntegerField(required=False, help_text="The current one unless named.")
    form = serializers.ChoiceField(
        choices=[name.value for name in FormName], default=FormName.FORM_8949.value
    )
    household = serializers.UUIDField(required=False, help_text="One that was granted; else your own.")


class RangeSerializer(AnySerializer):
    """A tax: both bounds are equal where the income is known."""

    lowest = DollarField()
    highest = DollarField()


class LineSerializer(AnySerializer):
    """A line of the arithmetic."""

    number = serializers.CharField()
    words = serializers.CharField(source="label")
    amount = DollarField(allow_null=True)


class TaxesSerializer(AnySerializer):
    """The tax of the year; `whole_year` is null while the income is not known."""

    whole_year = DollarField(source="taxes.total", allow_null=True, default=None)
    from_investments = RangeSerializer(source="added.total")
    deducted_loss = DollarField(source="netting.deducted")
    carry_short = DollarField(source="netting.carry_short")
    carry_long = DollarField(source="netting.carry_long")
    lines = LineSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())


class RealisedSerializer(AnySerializer):
    """Recognised gains by term, without the `incomplete` sales, whose basis or term is not known."""

    short = DollarField()
    long = DollarField()
    incomplete = serializers.IntegerField()


class UnrealisedSerializer(AnySerializer):
    """Gains on paper by term; `unknown` counts open lots that are in neither."""

    short = DollarField()
    long = DollarField()
    unknown = serializers.IntegerField()


class WashedSerializer(AnySerializer):
    """What the wash-sale rule took out of the year's losses."""

    deferred = DollarField()
    permanent = DollarField()


class YearIncomeSerializer(AnySerializer):
    """Dividends and interest; `rateless` counts rows that have no exchange rate and are in none."""

    qualified = DollarField()
    ordinary = DollarField()
    interest = DollarField()
    rateless = serializers.IntegerField()


class PendingSerializer(AnySerializer):
    """A loss that a purchase until `closes_on` would still wash."""

    disposal = serializers.UUIDField(source="disposal_id")
    transaction = serializers.UUIDField(source="transaction_id")
    account = serializers.CharField()
    symbol = serializers.CharField()
    sold = serializers.DateField()
    loss = DollarField()
    closes_on = serializers.DateField()


class TaxReportSerializer(AnySerializer):
    """The figures of a year and one of its forms.

    What is null is not available: `tax` then has its reason in `reason`, and `form` in `form_reason`.
    `ledger_digest` names the state of the book.
    """

    household = serializers.CharField()
    year = serializers.IntegerField()
    years = serializers.ListField(child=serializers.IntegerField())
    as_of = serializers.DateField()
    ledger_digest = serializers.CharField()
    realised = RealisedSerializer()
    unrealised = UnrealisedSerializer(allow_null=True)
    washed = WashedSerializer()
    income = YearIncomeSerializer()
    pending = PendingSerializer(many=True)
    tax = TaxesSerializer(allow_null=True)
    reason = serializers.CharField()
    notes = serializers.ListField(child=serializers.CharField())
    form_name = serializers.CharField()
    form = FormField(allow_null=True)
    form_reason = serializers.CharField()
