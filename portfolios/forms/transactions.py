"""Forms of the ledger: the filter of its list, a row entered by hand, and why a row is taken back."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from common.formats import day as day_words
from common.identifiers import uuid7
from common.money import LIMIT
from portfolios.engine.records import TransactionKind
from portfolios.models import Portfolio, Transaction
from portfolios.services.entries import Entry, EntryKind

KINDS = [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in TransactionKind]
ENTRY_KINDS = [
    ("Trades", [("buy", "Buy"), ("sell", "Sell"), ("reinvest", "Reinvested dividend")]),
    (
        "Income and costs",
        [
            ("dividend", "Dividend"),
            ("interest", "Interest received"),
            ("interest_paid", "Interest paid"),
            ("fee", "Fee"),
            ("tax", "Tax withheld or paid"),
            ("return_of_capital", "Return of capital"),
        ],
    ),
    (
        "Money and shares in and out",
        [
            ("deposit", "Deposit"),
            ("withdrawal", "Withdrawal"),
            ("transfer_in", "Shares transferred in"),
            ("transfer_out", "Shares transferred out"),
            ("opening", "Opening position"),
            ("gift", "Shares received as a gift"),
            ("inheritance", "Shares inherited"),
            ("delivery", "Delivery against a short position"),
        ],
    ),
    ("Corporate actions", [("split", "Split or reverse split")]),
]


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TransactionFilter(django_filters.FilterSet):  # type: ignore[misc] # the package ships no types
    """The filter of the transaction list; its state is the query string, so a view can be bookmarked."""

    q = django_filters.CharFilter(
        method="filter_text",
        label="Text",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name or note"}),
    )
    portfolio = django_filters.ModelChoiceFilter(
        queryset=Portfolio.objects.none(), label="Account", empty_label="All accounts"
    )
    kind = django_filters.ChoiceFilter(choices=KINDS, label="Kind", empty_label="All kinds")
    symbol = django_filters.CharFilter(field_name="instrument__symbol", lookup_expr="iexact", label="Symbol")
    first = django_filters.DateFilter(
        field_name="trade_date", lookup_expr="gte", label="From", widget=_day_input()
    )
    last = django_filters.DateFilter(
        field_name="trade_date", lookup_expr="lte", label="To", widget=_day_input()
    )

    class Meta:
        """The ledger; the fields are declared above."""

        model = Transaction
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, portfolios: QuerySet[Portfolio], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["portfolio"].queryset = portfolios

    def filter_text(self, queryset: QuerySet[Transaction], _name: str, value: str) -> QuerySet[Transaction]:
        """Rows whose note, instrument or kind holds the text."""
        return queryset.filter(
            Q(note__icontains=value)
            | Q(instrument__name__icontains=value)
            | Q(instrument__symbol__icontains=value)
            | Q(kind__icontains=value.replace(" ", "_"))
        )

    @property
    def is_active(self) -> bool:
        """Whether anything narrows the list."""
        return any(self.form.cleaned_data.get(name) for name in self.filters) if self.is_valid() else False

    @property
    def words(self) -> str:
        """The filter in words, for the first line of an export."""
        if not self.is_valid():
            return "none"
        parts = [
            f"{self.filters[name].label.lower()} {_word(value)}"
            for name, value in self.form.cleaned_data.items()
            if value
        ]
        return ", ".join(parts) or "none"


def _word(value: object) -> str:
    return day_words(value) if isinstance(value, date) else str(value)


class EntryForm(forms.Form):
    """A ledger row entered by hand; which fields are needed depends on the kind, and the service says so."""

    entry_id = forms.UUIDField(widget=forms.HiddenInput)
    portfolio = forms.ModelChoiceField(queryset=Portfolio.objects.none(), label="Account", empty_label=None)
    kind = forms.ChoiceField(choices=ENTRY_KINDS, label="What happened")
    trade_date = forms.DateField(
        label="Day", widget=_day_input(), help_text="The trade date, not the settlement."
    )
    symbol = forms.CharField(max_length=60, required=False, label="Symbol")
    quantity = forms.DecimalField(
        max_value=LIMIT, required=False, label="Shares", help_text="Without a sign."
    )
    price = forms.DecimalField(
        max_value=LIMIT,
        required=False,
        label="Price of one",
        help_text="Of a gift: its market value on the day, since a loss counts from the lower one.",
    )
    amount = forms.DecimalField(
        max_value=LIMIT,
        required=False,
        label="Amount",
        help_text="What moved in cash, fees included. A trade with a price needs none.",
    )
    fees = forms.DecimalField(max_value=LIMIT, required=False, label="Fees")
    currency = forms.CharField(min_length=3, max_length=3, label="Currency")
    fx_rate = forms.DecimalField(
        required=False,
        label="Exchange rate",
        help_text="Units of the account's base currency for one of this currency, when they differ.",
    )
    ratio_new = forms.DecimalField(required=False, label="New shares", help_text="3 in a split of 3 for 1.")
    ratio_old = forms.DecimalField(required=False, label="for old shares")
    cost = forms.DecimalField(
        max_value=LIMIT,
        required=False,
        label="Basis",
        help_text="In all, for shares from outside the book: the donor’s for a gift, the market value at "
        "death for an inheritance. Left empty it is unknown, never zero.",
    )
    acquired = forms.DateField(
        required=False, label="Acquired", widget=_day_input(), help_text="The donor’s day for a gift."
    )
    note = forms.CharField(max_length=300, required=False, label="Note")

    def __init__(self, *args: Any, portfolios: QuerySet[Portfolio], **kwargs: Any) -> None:
        kwargs.setdefault("initial", {})
        kwargs["initial"].setdefault("entry_id", uuid7())
        super().__init__(*args, **kwargs)
        self.fields["portfolio"] = forms.ModelChoiceField(
            queryset=portfolios, label="Account", empty_label=None
        )

    def clean_currency(self) -> str:
        """The code in capitals."""
        code: str = self.cleaned_data["currency"]
        return code.upper()

    def entry(self) -> Entry:
        """The cleaned form as the service takes it."""
        data = self.cleaned_data
        key: UUID = data["entry_id"]
        return Entry(
            entry_id=key,
            kind=EntryKind(data["kind"]),
            trade_date=data["trade_date"],
            currency=data["currency"],
            symbol=data["symbol"],
            quantity=data["quantity"],
            price=data["price"],
            amount=data["amount"],
            fees=data["fees"] or Decimal(0),
            fx_rate=data["fx_rate"],
            ratio_new=data["ratio_new"],
            ratio_old=data["ratio_old"],
            cost=data["cost"],
            acquired=data["acquired"],
            note=data["note"],
        )


class ReversalForm(forms.Form):
    """Why a row is taken back."""

    reason = forms.CharField(
        max_length=300,
        label="Reason",
        widget=forms.TextInput(attrs={"placeholder": "Entered twice"}),
        help_text="The row stays in the ledger, beside the one that takes it back.",
    )
