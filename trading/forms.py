"""Input of trading's pages: the ticket with the fields that apply, a change, a stop, a settled difference."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from django import forms

from common.errors import InvalidInput
from common.money import LIMIT, parse_decimal
from portfolios.engine.records import LotChoice
from portfolios.selectors.facts import EXCHANGE_ZONE
from trading.engine.records import OrderKind, OrderTicket, Side, TimeInForce
from trading.engine.tickets import (
    ALLOWED_PRICES,
    CLOSING_KINDS,
    EXTENDED_KINDS,
    NEEDED_PRICES,
    PRICE_WORDS,
    WAITING_KINDS,
)
from trading.engine.trade_requests import OrderWanted
from trading.models import BrokerAccount, Order
from trading.selectors.tickets import CHANGEABLE

Word = TypeVar("Word", OrderKind, TimeInForce)

LOT = "lot_"
SIDES = [(Side.BUY.value, "Buy"), (Side.SELL.value, "Sell")]
KINDS = [
    (OrderKind.MARKET.value, "Market"),
    (OrderKind.LIMIT.value, "Limit"),
    (OrderKind.STOP.value, "Stop"),
    (OrderKind.STOP_LIMIT.value, "Stop limit"),
    (OrderKind.TRAILING_STOP.value, "Trailing stop"),
    (OrderKind.MARKET_ON_CLOSE.value, "Market on close"),
    (OrderKind.LIMIT_ON_CLOSE.value, "Limit on close"),
]
TIMES = [
    (TimeInForce.DAY.value, "Day"),
    (TimeInForce.GOOD_TILL_CANCELLED.value, "Until cancelled"),
    (TimeInForce.IMMEDIATE_OR_CANCEL.value, "Immediate or cancel"),
    (TimeInForce.GOOD_TILL_DATE.value, "Until a day"),
]
CLOSE_OF_DAY = time(16, 0)
LABELS = {name: words.capitalize() for name, words in PRICE_WORDS.items()} | {
    "trail_percent": "or trailing per cent"
}


def _amount(label: str, *, required: bool = True, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=required,
        max_value=LIMIT,
        decimal_places=8,
        help_text=help_text,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class TicketForm(forms.Form):
    """One order. Which fields there are follows from its type and how long it lives."""

    side = forms.ChoiceField(choices=SIDES, widget=forms.RadioSelect, initial=Side.BUY.value)
    quantity = _amount("Shares")
    kind = forms.ChoiceField(choices=KINDS, label="Order type", initial=OrderKind.MARKET.value)
    time_in_force = forms.ChoiceField(choices=TIMES, label="In force", initial=TimeInForce.DAY.value)
    limit_price = _amount(LABELS["limit_price"])
    stop_price = _amount(LABELS["stop_price"])
    trail_amount = _amount(LABELS["trail_amount"], required=False)
    trail_percent = _amount(LABELS["trail_percent"], required=False)
    good_till = forms.DateField(
        label="Good until",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="It ends at 16:00 in New York on that day.",
    )
    outside_hours = forms.BooleanField(label="Also outside regular hours", required=False)
    portfolio = forms.TypedChoiceField(label="Account", coerce=UUID)
    instrument = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, accounts: Sequence[BrokerAccount], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.data if self.is_bound else self.initial
        self._lot_texts = {name: value for name, value in given.items() if name.startswith(LOT)}
        choices = [(str(one.portfolio_id), f"{one.portfolio.name} {one}") for one in accounts]
        self.fields["portfolio"].choices = choices  # type: ignore[attr-defined] # a choice field has them
        kind = _word(OrderKind, given.get("kind"), OrderKind.MARKET)
        self._fit_prices(kind)
        self._fit_times(kind, _word(TimeInForce, given.get("time_in_force"), TimeInForce.DAY))
        for name in ("kind", "time_in_force", "side", "portfolio"):
            self.fields[name].widget.attrs["data-reshape"] = ""

    def wanted(self) -> OrderWanted:
        """The cleaned form as the services take it. Raises InvalidInput for lots that are none."""
        data = self.cleaned_data
        till = data.get("good_till")
        return OrderWanted(
            portfolio_id=data["portfolio"],
            instrument_id=data["instrument"],
            ticket=OrderTicket(
                side=Side(data["side"]),
                quantity=data["quantity"],
                kind=OrderKind(data["kind"]),
                time_in_force=TimeInForce(data["time_in_force"]),
                good_till=datetime.combine(till, CLOSE_OF_DAY, tzinfo=EXCHANGE_ZONE) if till else None,
                outside_hours=bool(data.get("outside_hours")),
                limit_price=data.get("limit_price"),
                stop_price=data.get("stop_price"),
                trail_amount=data.get("trail_amount"),
                trail_percent=data.get("trail_percent"),
            ),
            lots=self.lots(),
        )

    def lots(self) -> tuple[LotChoice, ...]:
        """The lots that are named; none for a purchase. Raises InvalidInput for what names none."""
        if self.cleaned_data["side"] != Side.SELL.value:
            return ()
        return named_lots(self._lot_texts)

    def said(self) -> dict[str, str]:
        """What was filled in, as it is sent on with the confirmation and told from another order."""
        names = [*self.fields, *self._lot_texts]
        return {name: text for name in names if (text := str(self.data.get(name, "")).strip())}

    def _fit_prices(self, kind: OrderKind) -> None:
        allowed = NEEDED_PRICES.get(kind, set()) | ALLOWED_PRICES.get(kind, set())
        for name in PRICE_WORDS:
            if name not in allowed:
                del self.fields[name]
        if kind is OrderKind.TRAILING_STOP:
            self.fields["stop_price"].required = False
            self.fields["stop_price"].label = "First stop"

    def _fit_times(self, kind: OrderKind, tif: TimeInForce) -> None:
        left = [word for word in TIMES if _may_last(kind, TimeInForce(word[0]))]
        self.fields["time_in_force"].choices = left  # type: ignore[attr-defined] # a choice field has them
        if tif is not TimeInForce.GOOD_TILL_DATE or not _may_last(kind, tif):
            del self.fields["good_till"]
        if kind not in EXTENDED_KINDS:
            del self.fields["outside_hours"]


class ChangeForm(forms.Form):
    """Another quantity or price for an order that works at the broker."""

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order
        for name in CHANGEABLE:
            value: Decimal | None = getattr(order, name)
            if value is not None:
                self.fields[name] = _amount(LABELS.get(name, "Shares"))
                self.initial.setdefault(name, f"{value.normalize():f}")

    def changes(self) -> dict[str, Decimal]:
        """What differs from the order as it is."""
        return {
            name: value for name, value in self.cleaned_data.items() if value != getattr(self.order, name)
        }


class ReasonForm(forms.Form):
    """Why something is stopped or settled."""

    reason = forms.CharField(max_length=300, label="Reason")


def named_lots(texts: Mapping[str, Any]) -> tuple[LotChoice, ...]:
    """Lots by `lot_` and their identifier, with a number of shares above zero.

    Raises InvalidInput under `lots` for what is no number or names no lot.
    """
    found = []
    for name, text in texts.items():
        if str(text).strip() and (quantity := _shares(str(text))):
            found.append(LotChoice(lot_id=_identifier(name.removeprefix(LOT)), quantity=quantity))
    return tuple(found)


def _may_last(kind: OrderKind, tif: TimeInForce) -> bool:
    if kind in CLOSING_KINDS:
        return tif is TimeInForce.DAY
    return not (kind in WAITING_KINDS and tif is TimeInForce.IMMEDIATE_OR_CANCEL)


def _word(words: type[Word], text: object, default: Word) -> Word:
    try:
        return words(str(text))
    except ValueError:
        return default


def _shares(text: str) -> Decimal:
    try:
        return parse_decimal(text.replace(",", ""), field="lots")
    except InvalidInput as refusal:
        raise _lots_wrong(refusal.detail) from None


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _lots_wrong("There is no such lot.") from None


def _lots_wrong(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code="unknown-lot", fields={"lots": [sentence]})
