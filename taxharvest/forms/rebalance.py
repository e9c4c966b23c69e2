"""The form of a rebalancing: the accounts, the money in and out of each, and the limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms

from common.errors import InvalidInput
from common.money import LIMIT
from taxharvest.engine.rebalance.asked import Closeness, RebalanceWish

CLOSENESS = (
    (Closeness.LOOSE.value, "Loose: tax and costs count more"),
    (Closeness.BALANCED.value, "Balanced"),
    (Closeness.CLOSE.value, "Close: the targets count more"),
)
LEAST_TRADE = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChoice:
    """An account that may be chosen: its cash in the currency of the household."""

    id: UUID
    name: str
    where: str
    cash: Decimal


class RebalanceForm(forms.Form):
    """A tick and an amount for each account, and what bounds the plans."""

    gain_budget = forms.DecimalField(
        label="Gain budget",
        required=False,
        min_value=0,
        max_value=LIMIT,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="The most that may be realised, gains less losses that count. Empty: no bound.",
    )
    least_trade = forms.DecimalField(
        label="Least size of a trade",
        required=False,
        min_value=0,
        max_value=LIMIT,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="Smaller trades are left out.",
    )
    closeness = forms.ChoiceField(
        label="How near to the targets",
        choices=CLOSENESS,
        help_text="For the convex plan: what distance from the targets is worth against tax and costs.",
    )
    invests_cash = forms.BooleanField(label="Invest idle cash", required=False)
    sells_untargeted = forms.BooleanField(label="Sell what no target covers", required=False)

    def __init__(self, *args: Any, choices: Sequence[AccountChoice], currency: str, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "least_trade": f"{LEAST_TRADE:f}",
            "closeness": Closeness.BALANCED.value,
            "invests_cash": True,
        } | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self._choices = choices
        for name in ("gain_budget", "least_trade"):
            self.fields[name].unit = currency  # type: ignore[attr-defined] # drawn beside the field
        for one in choices:
            self.fields[f"trade_{one.id.hex}"] = forms.BooleanField(
                label=f"Trade in {one.name}", required=False, initial=True
            )
            self.fields[f"flow_{one.id.hex}"] = forms.DecimalField(
                label=f"Money into or out of {one.name}",
                required=False,
                min_value=-LIMIT,
                max_value=LIMIT,
                decimal_places=2,
                widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            )

    def rows(self) -> list[dict[str, Any]]:
        """Each account with its fields."""
        return [
            {"account": one, "trade": self[f"trade_{one.id.hex}"], "flow": self[f"flow_{one.id.hex}"]}
            for one in self._choices
        ]

    def limits(self) -> list[Any]:
        """The fields that are not about one account."""
        return [self[name] for name in ("gain_budget", "least_trade", "closeness")]

    def wish(self) -> RebalanceWish:
        """The cleaned form as the services take it."""
        data = self.cleaned_data
        flows = {one.id: data.get(f"flow_{one.id.hex}") or Decimal(0) for one in self._choices}
        return RebalanceWish(
            accounts=tuple(one.id for one in self._choices if data.get(f"trade_{one.id.hex}")),
            flows={key: amount for key, amount in flows.items() if amount},
            gain_budget=data.get("gain_budget"),
            least_trade=data.get("least_trade") or Decimal(0),
            sells_untargeted=data["sells_untargeted"],
            invests_cash=data["invests_cash"],
            closeness=Closeness(data["closeness"]),
        )

    def refuse(self, refusal: InvalidInput) -> None:
        """Put a refusal beside its fields, or above the form."""
        for field, sentences in refusal.fields.items():
            for sentence in sentences:
                self.add_error(field if field in self.fields else None, sentence)
