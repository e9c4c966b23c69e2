"""The form that names the lots of a sale: a number of shares for each lot that was open."""

from typing import Any

from django import forms

from common.money import LIMIT
from portfolios.engine.figures import day_text
from portfolios.engine.records import LotChoice
from portfolios.selectors.lot_selections import SaleLots


class SaleLotsForm(forms.Form):
    """A field for each lot; all of them empty leave the sale to the account's method."""

    def __init__(self, *args: Any, found: SaleLots, **kwargs: Any) -> None:
        kwargs["initial"] = {
            _name(lot.lot_id): f"{found.chosen[lot.lot_id].normalize():f}"
            for lot in found.lots
            if lot.lot_id in found.chosen
        }
        super().__init__(*args, **kwargs)
        self._lots = found.lots
        for lot in found.lots:
            acquired = day_text(lot.acquired) if lot.acquired else "an unknown day"
            self.fields[_name(lot.lot_id)] = forms.DecimalField(
                label=f"Shares of the lot of {acquired}",
                required=False,
                min_value=0,
                max_value=LIMIT,
                decimal_places=8,
                widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            )

    def rows(self) -> list[dict[str, Any]]:
        """Each lot with its field."""
        return [{"lot": lot, "field": self[_name(lot.lot_id)]} for lot in self._lots]

    def choices(self) -> list[LotChoice]:
        """The lots with a number above zero."""
        named = ((lot.lot_id, self.cleaned_data.get(_name(lot.lot_id))) for lot in self._lots)
        return [LotChoice(lot_id=lot_id, quantity=quantity) for lot_id, quantity in named if quantity]


def _name(lot_id: Any) -> str:
    return f"lot_{lot_id.hex}"
