"""The form of an account: what it is called, how it is taxed, whose it is, and how its sales pick lots."""

from typing import Any
from uuid import UUID

from django import forms

from accounts.models import HouseholdMember
from portfolios.engine.records import ReliefMethod
from portfolios.engine.relief_words import RELIEF_WORDS, ReliefWords
from portfolios.models import Portfolio


class PortfolioForm(forms.Form):
    """An account to open or to change."""

    name = forms.CharField(max_length=120, label="Name", help_text="By person, then kind: “Marcus, Taxable”.")
    kind = forms.ChoiceField(
        label="Kind",
        choices=Portfolio.Kind.choices,
        help_text="It decides how gains are taxed, and whether a purchase here can wash a loss elsewhere.",
    )
    holder = forms.ModelChoiceField(label="Holder", queryset=HouseholdMember.objects.none(), empty_label=None)
    base_currency = forms.CharField(
        label="Base currency",
        min_length=3,
        max_length=3,
        initial="USD",
        help_text="An ISO 4217 code. It stays once something is recorded.",
    )
    relief = forms.ChoiceField(
        label="Which lots are sold first",
        choices=[(method.value, RELIEF_WORDS[method].label) for method in ReliefMethod],
        help_text="What the broker was told. It can be changed; the book is then derived again.",
    )
    reinvests_dividends = forms.BooleanField(
        label="Dividends are reinvested",
        required=False,
        help_text="Reinvested shares are purchases: they can wash a loss.",
    )

    def __init__(self, *args: Any, household_id: UUID, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = HouseholdMember.objects.filter(household_id=household_id).order_by("created_at")
        self.fields["holder"] = forms.ModelChoiceField(
            label="Holder", queryset=members, empty_label=None, initial=members.first()
        )

    @staticmethod
    def reliefs() -> list[ReliefWords]:
        """Every way of choosing lots with its sentence, in the order of the field."""
        return [RELIEF_WORDS[method] for method in ReliefMethod]

    def clean_base_currency(self) -> str:
        """The code in capitals."""
        code: str = self.cleaned_data["base_currency"]
        return code.upper()
