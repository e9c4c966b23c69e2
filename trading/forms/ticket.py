"""The ticket: one order with the fields that apply to it, and exits: of a purchase, or of what is held."""

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
EXITS = ("take_profit", "stop_loss")
HELD_EXITS = "Two sales: at a profit or at a stop, whichever comes first"
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
    """One order. Which fields there are follows from its type and how long it lives.

    With exits a purchase brings along the sales that wait for it. A sale with exits is two sales of what is
    held, at a profit and at a stop: they are one group, of which the order that fills ends the other.
    """

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
        self.is_pair = bool(given.get("has_exits")) and str(given.get("side", "")) == Side.SELL.value
        if self.is_pair:
            kind = OrderKind.STOP  # the one of the two that may be in force the least freely
        self._fit_prices(kind)
        self._fit_times(kind, _word(TimeInForce, given.get("time_in_force"), TimeInForce.DAY))
        self._fit_exits(kind, given)
        for name in ("kind", "time_in_force", "side", "portfolio", "has_exits"):
            if name in self.fields:
                self.fields[name].widget.attrs["data-reshape"] = ""

    def clean(self) -> dict[str, Any]:
        """Exits stand on the two sides of the price at which they begin, and of each other."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if set(EXITS) & set(self.errors):
            return data
        if self.is_pair and data["take_profit"] <= data["stop_loss"]:
            self.add_error("take_profit", "The profit lies above the stop.")
        elif self._wants_exits and not self.is_pair:
            self._check_exits(data)
        return data

    def orders(self, group: str) -> tuple[OrderWanted, ...]:
        """The cleaned form as the services take it: the order first, then what comes with it.

        The sales of one `group` end each other. Raises InvalidInput for lots that are none.
        """
        exits = (self._exit(group, name) for name in EXITS if self.cleaned_data.get(name) is not None)
        return tuple(exits) if self.is_pair else (self._order(), *exits)

    def exit_fields(self) -> list[str | None]:
        """The field of its price for each of the orders that is an exit, None for one that is not."""
        named = [name for name in EXITS if self.cleaned_data.get(name) is not None]
        return [*named] if self.is_pair else [None, *named]

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

    def _check_exits(self, data: Mapping[str, Any]) -> None:
        profit, stop, entry = (data.get(name) for name in (*EXITS, "limit_price"))
        if profit is None and stop is None:
            self.add_error("take_profit", "Give at least one of the two exits.")
        if profit is not None and profit <= (entry or stop or 0):
            self.add_error("take_profit", "The profit lies above the price of the purchase and its stop.")
        if stop is not None and entry is not None and stop >= entry:
            self.add_error("stop_loss", "The stop lies below the price of the purchase.")

    def _good_till(self) -> datetime | None:
        till = self.cleaned_data.get("good_till")
        return datetime.combine(till, CLOSE_OF_DAY, tzinfo=EXCHANGE_ZONE) if till else None

    def _order(self) -> OrderWanted:
        data = self.cleaned_data
        return OrderWanted(
            portfolio_id=data["portfolio"],
            instrument_id=data["instrument"],
            ticket=OrderTicket(
                side=Side(data["side"]),
                quantity=data["quantity"],
                kind=OrderKind(data["kind"]),
                time_in_force=TimeInForce(data["time_in_force"]),
                good_till=self._good_till(),
                outside_hours=bool(data.get("outside_hours")),
                limit_price=data.get("limit_price"),
                stop_price=data.get("stop_price"),
                trail_amount=data.get("trail_amount"),
                trail_percent=data.get("trail_percent"),
            ),
            lots=self.lots(),
        )

    def _exit(self, group: str, name: str) -> OrderWanted:
        """A sale with a limit at the profit, or at what the market gives from the stop.

        What is held is on sale for as long as the ticket says; after a purchase it is until cancelled.
        """
        data, is_profit = self.cleaned_data, name == "take_profit"
        tif = TimeInForce(data["time_in_force"]) if self.is_pair else TimeInForce.GOOD_TILL_CANCELLED
        return OrderWanted(
            portfolio_id=data["portfolio"],
            instrument_id=data["instrument"],
            ticket=OrderTicket(
                side=Side.SELL,
                quantity=data["quantity"],
                kind=OrderKind.LIMIT if is_profit else OrderKind.STOP,
                time_in_force=tif,
                limit_price=data[name] if is_profit else None,
                stop_price=None if is_profit else data[name],
                good_till=self._good_till() if self.is_pair else None,
                oca_group=group,
            ),
            lots=self.lots(),
            parent=None if self.is_pair else 0,
        )

    def _fit_exits(self, kind: OrderKind, given: Mapping[str, Any]) -> None:
        """Exits for what is held, or for a purchase that can wait: not at the close, and not at once."""
        is_sale = str(given.get("side", "")) == Side.SELL.value
        is_brief = str(given.get("time_in_force", "")) == TimeInForce.IMMEDIATE_OR_CANCEL.value
        may_have = is_sale or not (is_brief or kind in CLOSING_KINDS)
        if not may_have:
            del self.fields["has_exits"]
        elif is_sale:
            self.fields["has_exits"].label = HELD_EXITS
        if not may_have or not given.get("has_exits"):
            del self.fields["take_profit"], self.fields["stop_loss"]
        if self.is_pair:
            del self.fields["kind"], self.fields["stop_price"]
            self.fields["take_profit"].required = self.fields["stop_loss"].required = True

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
