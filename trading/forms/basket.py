"""A basket: several orders, a row for each, that are judged and sent together."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.http import url_has_allowed_host_and_scheme

from common.errors import InvalidInput, NotFound
from trading.engine.records import OrderKind, OrderTicket, Side, TimeInForce
from trading.engine.trade_requests import OrderWanted
from trading.forms.ticket import KINDS, SIDES, TIMES, amount_field
from trading.models import BrokerAccount

MOST_ROWS = 20
FIRST_ROWS = 2
ROW_KINDS = [word for word in KINDS if word[0] in {OrderKind.MARKET.value, OrderKind.LIMIT.value}]
ROW_TIMES = [
    word for word in TIMES if word[0] in {TimeInForce.DAY.value, TimeInForce.GOOD_TILL_CANCELLED.value}
]
FIELDS = ("portfolio", "side", "symbol", "quantity", "kind", "limit_price", "time_in_force")
# Names what the basket came of.
ORIGIN = "origin_id"
# Names the page that the basket came from, and leads to once it was sent.
BACK = "back"
# A row with none of these says nothing.
SAYING = ("symbol", "quantity")
# What a new row takes over from the one above it.
KEPT = ("portfolio", "side", "kind", "time_in_force")


class BasketRow(forms.Form):
    """One order of a basket. A row without a symbol and without shares is left out."""

    use_required_attribute = False

    side = forms.ChoiceField(choices=SIDES, initial=Side.BUY.value)
    symbol = forms.CharField(
        max_length=60,
        widget=forms.TextInput(attrs={"list": "symbols", "autocomplete": "off", "spellcheck": "false"}),
    )
    quantity = amount_field("Shares")
    kind = forms.ChoiceField(choices=ROW_KINDS, label="Order type", initial=OrderKind.MARKET.value)
    limit_price = amount_field("Limit price", required=False)
    time_in_force = forms.ChoiceField(choices=ROW_TIMES, label="In force", initial=TimeInForce.DAY.value)
    portfolio = forms.TypedChoiceField(label="Account", coerce=UUID)

    def __init__(self, *args: Any, accounts: Sequence[BrokerAccount], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.portfolio_id), f"{one.portfolio.name} {one}") for one in accounts]
        self.fields["portfolio"].choices = choices  # type: ignore[attr-defined] # a choice field has them

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said that would make an order."""
        return not any(str(self[name].value() or "").strip() for name in SAYING)

    def clean(self) -> dict[str, Any]:
        """A limit order has its price, and no other has one."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        is_limit = data.get("kind") == OrderKind.LIMIT.value
        if is_limit and data.get("limit_price") is None and "limit_price" not in self.errors:
            self.add_error("limit_price", "A limit order needs a limit price.")
        if not is_limit and data.get("limit_price") is not None:
            self.add_error("limit_price", "A market order takes no limit price.")
        return data

    def wanted(self, instrument_id: UUID) -> OrderWanted:
        """The cleaned row as the services take it."""
        data = self.cleaned_data
        return OrderWanted(
            portfolio_id=data["portfolio"],
            instrument_id=instrument_id,
            ticket=OrderTicket(
                side=Side(data["side"]),
                quantity=data["quantity"],
                kind=OrderKind(data["kind"]),
                time_in_force=TimeInForce(data["time_in_force"]),
                limit_price=data["limit_price"],
            ),
        )


class Basket:
    """The rows of a basket as they were sent, numbered from 0: `0-symbol`, `0-quantity`, `1-symbol`."""

    def __init__(
        self, data: Mapping[str, Any], *, accounts: Sequence[BrokerAccount], is_sent: bool = True
    ) -> None:
        """`is_sent` says that the rows are to be judged; without it they only show what they hold."""
        self._data = data
        self._accounts = accounts
        self.rows = [self._row(place, is_sent=is_sent) for place in range(_count(data))]

    @classmethod
    def opening(cls, given: Mapping[str, Any], *, accounts: Sequence[BrokerAccount]) -> "Basket":
        """A basket as it opens: empty rows, the first with what the address says."""
        account = str(accounts[0].portfolio_id)
        start = {"portfolio": account, "side": Side.BUY.value, "kind": OrderKind.MARKET.value}
        start["time_in_force"] = TimeInForce.DAY.value
        said = {name: str(given[name])[:60] for name in FIELDS if given.get(name)}
        rows = [start | said, *[start] * (FIRST_ROWS - 1)]
        return cls(_numbered(rows), accounts=accounts, is_sent=False)

    @property
    def origin_id(self) -> UUID | None:
        """What the basket came of, such as a recommendation; None where a person filled it in."""
        try:
            return UUID(str(self._data.get(ORIGIN, "")))
        except ValueError:
            return None

    @property
    def back(self) -> str:
        """The page of ours that the basket leads back to; empty where it came from none."""
        address = str(self._data.get(BACK, ""))
        is_ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
        return address if is_ours else ""

    @property
    def filled(self) -> list[BasketRow]:
        """The rows that say something."""
        return [row for row in self.rows if not row.is_empty]

    def said(self) -> dict[str, str]:
        """What was filled in, as it is sent on with the confirmation and told from another basket."""
        return self._origin() | _numbered([self._texts(row) for row in self.filled])

    def with_row(self) -> "Basket":
        """The basket with one more row, in the account and the manner of the last."""
        rows = [self._texts(row) for row in self.rows]
        last = rows[-1] if rows else {}
        more = {name: last[name] for name in KEPT if name in last}
        return self._shown([*rows, more][:MOST_ROWS])

    def without_row(self, place: int) -> "Basket":
        """The basket without one of its rows."""
        rows = [self._texts(row) for index, row in enumerate(self.rows) if index != place]
        return self._shown(rows)

    def is_valid(self) -> bool:
        """Whether every row that says something can be an order; there has to be one at least."""
        # All of them are asked, so that each says what is wrong with it.
        verdicts = [row.is_valid() for row in self.filled]
        return bool(verdicts) and all(verdicts)

    def wanted(self, find: Any) -> tuple[OrderWanted, ...]:
        """The orders of the rows; `find` gives the instrument of a symbol.

        Empty when a symbol is unknown: the row says so then.
        """
        found = []
        for row in self.filled:
            try:
                found.append(row.wanted(find(row.cleaned_data["symbol"])))
            except NotFound as unknown:
                row.add_error("symbol", unknown.detail)
        return tuple(found) if len(found) == len(self.filled) else ()

    def refuse(self, refusal: InvalidInput) -> list[str]:
        """Put a refusal onto the rows and fields that it names; returns what is about none of them."""
        left = []
        for name, sentences in refusal.fields.items():
            row, field = self._place(name)
            if row is None:
                left += sentences
            else:
                for sentence in sentences:
                    row.add_error(field if field in row.fields else None, sentence)
        return left or ([] if refusal.fields else [refusal.detail])

    def _place(self, name: str) -> tuple[BasketRow | None, str]:
        """`orders.1.quantity` is of the second row; of a single one it is said without a place."""
        filled = self.filled
        if len(filled) == 1 and not name.startswith("orders."):
            return filled[0], name
        place, _, field = name.removeprefix("orders.").partition(".")
        is_row = place.isdigit() and int(place) < len(filled)
        return (filled[int(place)], field) if is_row else (None, "")

    def _row(self, place: int, *, is_sent: bool) -> BasketRow:
        """A row; one that says nothing is never judged."""
        texts = {name: self._data.get(f"{place}-{name}", "") for name in FIELDS}
        is_judged = is_sent and any(str(texts[name]).strip() for name in SAYING)
        given = {"data": self._data} if is_judged else {"initial": {k: v for k, v in texts.items() if v}}
        return BasketRow(prefix=str(place), accounts=self._accounts, **given)

    def _shown(self, rows: Sequence[Mapping[str, str]]) -> "Basket":
        return Basket(self._origin() | _numbered(rows), accounts=self._accounts, is_sent=False)

    def _origin(self) -> dict[str, str]:
        told = {ORIGIN: str(self.origin_id or ""), BACK: self.back}
        return {name: text for name, text in told.items() if text}

    def _texts(self, row: BasketRow) -> dict[str, str]:
        texts = {name: str(self._data.get(f"{row.prefix}-{name}", "")).strip() for name in FIELDS}
        return {name: text for name, text in texts.items() if text}


def _count(data: Mapping[str, Any]) -> int:
    """How many rows were sent: one beyond the highest number, as far as a basket may have rows."""
    places = {name.partition("-")[0] for name in data if name.partition("-")[2] in FIELDS}
    numbers = [int(place) for place in places if place.isascii() and place.isdigit()]
    return min(max(numbers, default=-1) + 1, MOST_ROWS)


def _numbered(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {f"{place}-{name}": text for place, row in enumerate(rows) for name, text in row.items()}
