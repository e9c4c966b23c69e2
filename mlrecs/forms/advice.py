"""The questions about risk, market views, and deciding about a recommendation, as forms."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms

from mlrecs.engine.questionnaire import QUESTIONS

HUNDRED = Decimal(100)
OWN_LIMITS = (
    ("most_single", "Largest single share"),
    ("most_sector", "Largest sector"),
    ("most_region", "Largest region"),
    ("most_volatility", "Largest volatility a year"),
    ("least_cash", "Least cash"),
)
SNOOZES = (("7", "A week"), ("30", "A month"), ("90", "Three months"))


def percent_field(label: str, **facts: Any) -> forms.DecimalField:
    """A percentage as people write it."""
    field = forms.DecimalField(
        label=label,
        max_digits=6,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        **facts,
    )
    field.unit = "%"  # type: ignore[attr-defined] # shown behind the input
    return field


class ProfileForm(forms.Form):
    """All questions, and limits of one's own that are stricter than the profile's."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in QUESTIONS:
            self.fields[question.key] = forms.ChoiceField(
                label=question.words,
                choices=[(one.key, one.words) for one in question.choices],
                widget=forms.RadioSelect,
            )
        for name, label in OWN_LIMITS:
            self.fields[name] = percent_field(label, required=False, min_value=Decimal(0), max_value=HUNDRED)
        self.fields["excluded"] = forms.CharField(
            label="Never buy", required=False, max_length=300, help_text="Symbols, with commas between them."
        )

    def answers(self) -> dict[str, str]:
        """The answers by question."""
        return {one.key: self.cleaned_data[one.key] for one in QUESTIONS}

    def limits(self) -> dict[str, Any]:
        """The household's own limits, as fractions in text, and what it never buys."""
        data = self.cleaned_data
        found: dict[str, Any] = {
            name: f"{data[name] / HUNDRED:f}" for name, _label in OWN_LIMITS if data.get(name) is not None
        }
        symbols = [one.strip().upper() for one in data["excluded"].split(",")]
        return found | {"excluded": [one for one in symbols if one]}


def profile_values(answers: Mapping[str, str], limits: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of a profile that was kept."""
    shown: dict[str, Any] = dict(answers)
    for name, _label in OWN_LIMITS:
        if limits.get(name) not in (None, ""):
            shown[name] = f"{(Decimal(str(limits[name])) * HUNDRED).normalize():f}"
    return shown | {"excluded": ", ".join(limits.get("excluded", []))}


class ViewForm(forms.Form):
    """What somebody expects of an instrument."""

    use_required_attribute = False

    instrument = forms.ChoiceField(label="Share or fund")
    expected_return = percent_field(
        "Return a year beyond what the market implies", min_value=Decimal(-50), max_value=Decimal(50)
    )
    confidence = percent_field("How sure you are", min_value=Decimal(1), max_value=HUNDRED)

    def __init__(self, *args: Any, instruments: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instrument"].choices = [  # type: ignore[attr-defined] # a choice field has them
            (str(one.pk), f"{one.symbol} {one.name}".strip()) for one in instruments
        ]


class ReasonForm(forms.Form):
    """Why something is set aside."""

    reason = forms.CharField(max_length=300)


class SnoozeForm(forms.Form):
    """For how long something is put off."""

    days = forms.TypedChoiceField(choices=SNOOZES, coerce=int)
    reason = forms.CharField(max_length=300, required=False)

    def span(self) -> timedelta:
        """For how long."""
        return timedelta(days=self.cleaned_data["days"])
