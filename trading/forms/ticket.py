"""The ticket: one order with the fields that apply to it, and the exits of a purchase."""

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
from trading.models import BrokerAccount

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


def amount_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DecimalField:
    """A field for an exact amount, a price or a number of shares."""
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
    quantity = amount_field("Shares")
    kind = forms.ChoiceField(choices=KINDS, label="Order type", initial=OrderKind.MARKET.value)
    time_in_force = forms.ChoiceField(choices=TIMES, label="In force", initial=TimeInForce.DAY.value)
    limit_price = amount_field(LABELS["limit_price"])
    stop_price = amount_field(LABELS["stop_price"])
    trail_amount = amount_field(LABELS["trail_amount"], required=False)
    trail_percent = amount_field(LABELS["trail_percent"], required=False)
    good_till = forms.DateField(
        label="Good until",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="It ends at 16:00 in New York on that day.",
    )
    outside_hours = forms.BooleanField(label="Also outside regular hours", required=False)
    has_exits = forms.BooleanField(label="Bracket: sell again at a profit or a stop", required=False)
    take_profit = amount_field("Take the profit at", required=False)
    stop_loss = amount_field("Stop the loss at", required=False)
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
        self._fit_exits(kind, given)
        for name in ("kind", "time_in_force", "side", "portfolio", "has_exits"):
            if name in self.fields:
                self.fields[name].widget.attrs["data-reshape"] = ""

    def clean(self) -> dict[str, Any]:
        """Exits stand on the two sides of the price at which they begin."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        profit, stop, entry = (data.get(name) for name in ("take_profit", "stop_loss", "limit_price"))
        if self._wants_exits and not {"take_profit", "stop_loss"} & set(self.errors):
            if profit is None and stop is None:
                self.add_error("take_profit", "Give at least one of the two exits.")
            if profit is not None and profit <= (entry or stop or 0):
                self.add_error("take_profit", "The profit lies above the price of the purchase and its stop.")
            if stop is not None and entry is not None and stop >= entry:
                self.add_error("stop_loss", "The stop lies below the price of the purchase.")
        return data

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

    def exits(self, group: str) -> tuple[OrderWanted, ...]:
        """The sales that wait for the purchase; of one `group`, the one that fills ends the other."""
        if not self._wants_exits:
            return ()
        profit, stop = self.cleaned_data.get("take_profit"), self.cleaned_data.get("stop_loss")
        found = []
        if profit is not None:
            found.append(self._exit(group, kind=OrderKind.LIMIT, limit_price=profit))
        if stop is not None:
            found.append(self._exit(group, kind=OrderKind.STOP, stop_price=stop))
        return tuple(found)

    def exit_fields(self) -> list[str]:
        """The field that each of the exits comes from, in their order."""
        return [name for name in ("take_profit", "stop_loss") if self.cleaned_data.get(name) is not None]

    def lots(self) -> tuple[LotChoice, ...]:
        """The lots that are named; none for a purchase. Raises InvalidInput for what names none."""
        if self.cleaned_data["side"] != Side.SELL.value:
            return ()
        return named_lots(self._lot_texts)

    def said(self) -> dict[str, str]:
        """What was filled in, as it is sent on with the confirmation and told from another order."""
        names = [*self.fields, *self._lot_texts]
        return {name: text for name in names if (text := str(self.data.get(name, "")).strip())}

    @property
    def _wants_exits(self) -> bool:
        return "take_profit" in self.fields

    def _exit(self, group: str, **prices: Any) -> OrderWanted:
        data = self.cleaned_data
        return OrderWanted(
            portfolio_id=data["portfolio"],
            instrument_id=data["instrument"],
            ticket=OrderTicket(
                side=Side.SELL,
                quantity=data["quantity"],
                time_in_force=TimeInForce.GOOD_TILL_CANCELLED,
                oca_group=group,
                **prices,
            ),
            parent=0,
        )

    def _fit_exits(self, kind: OrderKind, given: Mapping[str, Any]) -> None:
        """A purchase may bring its own sales along, unless it fills at the close or at once or not at all."""
        is_sale = str(given.get("side", "")) == Side.SELL.value
        is_brief = str(given.get("time_in_force", "")) == TimeInForce.IMMEDIATE_OR_CANCEL.value
        may_have = not (is_sale or is_brief or kind in CLOSING_KINDS)
        if not may_have:
            del self.fields["has_exits"]
        if not may_have or not given.get("has_exits"):
            del self.fields["take_profit"], self.fields["stop_loss"]

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
