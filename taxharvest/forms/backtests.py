"""The assumptions of a back-test as a form."""

from typing import Any

from django import forms

from common.errors import InvalidInput
from taxharvest.quant.backtest.assumptions import (
    COST_LIMIT,
    YEARS,
    Assumptions,
    Deposits,
    Review,
    Threshold,
    Use,
    assumptions_read,
)

REVIEWS = (
    (Review.DAILY, "Every session"),
    (Review.MONTHLY, "Monthly"),
    (Review.QUARTERLY, "Quarterly"),
    (Review.YEARLY, "Yearly"),
)
DEPOSITS = (
    (Deposits.LUMP, "All at the start"),
    (Deposits.MONTHLY, "1 % more each month"),
    (Deposits.QUARTERLY, "3 % more each quarter"),
)
THRESHOLDS = (
    (Threshold.ANY, "Every loss"),
    (Threshold.LOSS_5, "5 % of basis or more"),
    (Threshold.LOSS_10, "10 % of basis or more"),
    (Threshold.YEAR_END, "Every loss, at year end"),
    (Threshold.OPTION, "Worth more than waiting"),
)
USES = (
    (Use.GAINS, "Gains elsewhere"),
    (Use.INCOME, "3,000 of income a year"),
)
FIGURE = forms.TextInput(attrs={"inputmode": "decimal"})


class BacktestForm(forms.Form):
    """What is assumed; the field names are those of the command's options."""

    years = forms.IntegerField(
        label="Held for, in years",
        min_value=YEARS[0],
        max_value=YEARS[1],
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    rates = forms.CharField(label="Rates, short/long in %", max_length=40)
    review = forms.ChoiceField(label="Looked through", choices=REVIEWS)
    threshold = forms.ChoiceField(label="What is sold", choices=THRESHOLDS)
    deposits = forms.ChoiceField(label="Money comes in", choices=DEPOSITS)
    use = forms.ChoiceField(label="Losses meet", choices=USES)
    cost = forms.DecimalField(
        label="Costs, in 0.01 %", min_value=0, max_value=COST_LIMIT, decimal_places=2, widget=FIGURE
    )

    def clean(self) -> dict[str, Any]:
        """Read the values as assumptions; what they refuse stands by its field."""
        values = super().clean() or {}
        if not self.errors:
            try:
                values["assumptions"] = assumptions_read({name: str(values[name]) for name in self.fields})
            except InvalidInput as refusal:
                for field, sentences in refusal.fields.items():
                    self.add_error(field, sentences)
        return values

    def assumptions(self) -> Assumptions:
        """What a valid form assumes."""
        found: Assumptions = self.cleaned_data["assumptions"]
        return found


def opening_values() -> dict[str, str | int]:
    """The usual assumptions, as the form shows them before anything was said."""
    return Assumptions().to_json()
