"""Input of the page of planned purchases."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django import forms

from common.money import DIGITS, SCALE

PACES = (("weekly", "Weekly"), ("fortnightly", "Every two weeks"), ("monthly", "Monthly"))


class RecurringPurchaseForm(forms.Form):
    """A purchase that an account makes by itself, as its owner tells of it."""

    portfolio = forms.TypedChoiceField(
        label="Account", coerce=UUID, error_messages={"invalid_choice": "Choose one of your accounts."}
    )
    instrument = forms.TypedChoiceField(
        label="What it buys",
        coerce=UUID,
        error_messages={"invalid_choice": "Choose something that the household has dealt in."},
    )
    amount = forms.DecimalField(
        label="For how much each time",
        max_digits=DIGITS + SCALE,
        decimal_places=SCALE,
        error_messages={"required": "Say how much each purchase is for."},
    )
    pace = forms.ChoiceField(label="How often", choices=PACES, initial="monthly")
    next_on = forms.DateField(
        label="Next on",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Say when it buys next."},
    )

    def __init__(
        self,
        *args: Any,
        accounts: Collection[tuple[str, str]],
        instruments: Collection[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("portfolio", accounts), ("instrument", instruments)):
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
            field.choices = list(choices)
