"""What is filled in about orders and accounts that are there: a change, a stop, a settled difference."""

from decimal import Decimal
from typing import Any

from django import forms

from trading.forms.ticket import LABELS, amount_field
from trading.models import Order
from trading.selectors.tickets import CHANGEABLE


class ChangeForm(forms.Form):
    """Another quantity or price for an order that works at the broker."""

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order
        for name in CHANGEABLE:
            value: Decimal | None = getattr(order, name)
            if value is not None:
                self.fields[name] = amount_field(LABELS.get(name, "Shares"))
                self.initial.setdefault(name, f"{value.normalize():f}")

    def changes(self) -> dict[str, Decimal]:
        """What differs from the order as it is."""
        return {
            name: value for name, value in self.cleaned_data.items() if value != getattr(self.order, name)
        }


class ReasonForm(forms.Form):
    """Why something is stopped or settled."""

    reason = forms.CharField(max_length=300, label="Reason")


class AdoptForm(forms.Form):
    """A contract of the broker's that is to be traded for the first time, and the account that found it."""

    portfolio = forms.UUIDField()
    con_id = forms.IntegerField(min_value=1)
    symbol = forms.CharField(max_length=60)
    currency = forms.CharField(min_length=3, max_length=3)

    def contract(self) -> dict[str, Any]:
        """The contract as the services take it."""
        return {name: self.cleaned_data[name] for name in ("con_id", "symbol", "currency")}
