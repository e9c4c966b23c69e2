"""The form of a sale that is only thought of, and the lots named in its address."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms

from common.errors import InvalidInput
from common.money import LIMIT, parse_decimal
from portfolios.engine.records import LotChoice
from taxharvest.selectors.what_if import HeldPosition

LOT = "lot_"


class WhatIfForm(forms.Form):
    """Account, shares, price, fees and day of a sale."""

    portfolio = forms.TypedChoiceField(label="Account", coerce=UUID)
    quantity = forms.DecimalField(
        label="Shares",
        max_value=LIMIT,
        decimal_places=8,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    price = forms.DecimalField(
        label="Price of one",
        max_value=LIMIT,
        decimal_places=8,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    fees = forms.DecimalField(
        label="Fees",
        required=False,
        max_value=LIMIT,
        decimal_places=8,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    day = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, positions: Sequence[HeldPosition], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["portfolio"].choices = [  # type: ignore[attr-defined] # a choice field has them
            (str(one.portfolio_id), f"{one.account}, {one.quantity.normalize():f} held") for one in positions
        ]

    def fees_given(self) -> Decimal:
        """The fees, nothing where none were said."""
        return self.cleaned_data["fees"] or Decimal(0)


def opening_values(position: HeldPosition, price: Decimal | None, day: date) -> dict[str, Any]:
    """What the form shows before anything was said: all shares of an account, at the last close, today."""
    return {
        "portfolio": str(position.portfolio_id),
        "quantity": f"{position.quantity.normalize():f}",
        "price": None if price is None else f"{price.normalize():f}",
        "day": day,
    }


def named_lots(data: Mapping[str, str]) -> tuple[LotChoice, ...]:
    """The lots of an address: `lot_` and the identifier, with a number of shares above zero.

    Raises InvalidInput under `lots` for what is no number or names no lot.
    """
    lots = []
    for name, text in data.items():
        if name.startswith(LOT) and text.strip():
            quantity = _shares(text)
            if quantity:
                lots.append(LotChoice(lot_id=_identifier(name.removeprefix(LOT)), quantity=quantity))
    return tuple(lots)


def _shares(text: str) -> Decimal:
    try:
        return parse_decimal(text.replace(",", ""), field="lots")
    except InvalidInput as refusal:
        raise InvalidInput(
            detail=refusal.detail, code=refusal.code, fields={"lots": [refusal.detail]}
        ) from None


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        sentence = "There is no such lot."
        raise InvalidInput(detail=sentence, code="unknown-lot", fields={"lots": [sentence]}) from None
