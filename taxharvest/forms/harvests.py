"""Input about harvests: an approval with its edits, a dismissal, a decision, the policy of an account."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django import forms

from common.errors import InvalidInput
from common.money import LIMIT, parse_decimal
from taxharvest.engine.harvest.proposals import ProposedLot, ReplacementChoice
from taxharvest.models import HarvestPolicy
from taxharvest.selectors.approvals import Offer, replacement_named

LOT = "lot_"
OTHER = "other"


def _amount(label: str, *, required: bool = False, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=required,
        min_value=0,
        max_value=LIMIT,
        decimal_places=8,
        help_text=help_text,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class ApprovalForm(forms.Form):
    """Shares of each lot, what is bought instead, and the version and the key under which it is approved."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    key = forms.CharField(widget=forms.HiddenInput, max_length=255)
    # Written by the summary, which knows the price of now.
    price = forms.DecimalField(required=False, min_value=0, max_value=LIMIT, decimal_places=8)
    replacement = forms.ChoiceField(label="Buy instead", widget=forms.RadioSelect)
    symbol = forms.CharField(
        label="Another symbol", required=False, max_length=20, help_text="Counts when “another” is chosen."
    )
    reason = forms.CharField(label="Word to the owner", required=False, max_length=300)

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        lots: Sequence[ProposedLot],
        offers: Sequence[Offer],
        version: int,
        said: Mapping[str, Any],
    ) -> None:
        initial = {
            "version": version,
            "key": str(uuid4()),
            "replacement": offers[0].key,
            **{lot_field(lot.lot_id): f"{lot.quantity.normalize():f}" for lot in lots},
        }
        super().__init__(data, initial={**initial, **said})
        self._lots, self._offers = lots, {offer.key: offer for offer in offers}
        choices = [(offer.key, offer.words) for offer in offers]
        self.fields["replacement"].choices = [*choices, (OTHER, "Another")]  # type: ignore[attr-defined] # has them

    def lots_given(self) -> dict[UUID, Decimal]:
        """Shares by lot, as they were typed; an empty field means none of it. Raises InvalidInput."""
        given: Mapping[str, Any] = self.data if self.is_bound else self.initial
        return {
            lot.lot_id: parse_decimal(str(text), field="lots")
            for lot in self._lots
            if (text := given.get(lot_field(lot.lot_id), "")) not in {"", None}
        }

    def replacement_given(self, household_id: UUID) -> tuple[ReplacementChoice, ...]:
        """What was chosen instead. Raises InvalidInput for a symbol that nobody knows."""
        chosen = self.cleaned_data["replacement"]
        if chosen == OTHER:
            return replacement_named(household_id, self.cleaned_data["symbol"])
        return self._offers[chosen].parts

    def lot_rows(self) -> list[dict[str, Any]]:
        """The lots with the field of each and what stands in it."""
        given: Mapping[str, Any] = self.data if self.is_bound else self.initial
        return [
            {"lot": lot, "field": lot_field(lot.lot_id), "taken": given.get(lot_field(lot.lot_id), "")}
            for lot in self._lots
        ]


class DismissForm(forms.Form):
    """Why a proposal is set aside."""

    reason = forms.CharField(label="Why it is set aside", max_length=300)


class DecisionForm(forms.Form):
    """A choice about a plan, with the version that was seen."""

    choice = forms.CharField(max_length=10)
    symbol = forms.CharField(max_length=20, required=False)
    version = forms.IntegerField()
    key = forms.CharField(max_length=255)


class PolicyForm(forms.ModelForm[HarvestPolicy]):
    """How one account is harvested, and how far without asking."""

    least_benefit = _amount(
        "Least benefit", required=True, help_text="After costs, in the account’s currency."
    )
    most_loss = _amount("Largest loss", help_text="Of one harvest that goes without asking.")
    most_tracking_percent = _amount(
        "Largest tracking error", help_text="Of the replacement, in per cent a year."
    )

    class Meta:
        """Fields of the policy; the tracking error is typed in per cent."""

        model = HarvestPolicy
        fields = ("is_enabled", "threshold", "least_benefit", "approves_itself", "most_loss", "most_a_day")
        labels = {
            "is_enabled": "Look for losses in this account",
            "threshold": "When a loss is worth taking",
            "approves_itself": "Trade without asking, within these limits",
            "most_a_day": "Most harvests a day",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        error = self.instance.most_tracking_error
        if error is not None:
            self.initial["most_tracking_percent"] = f"{(error * 100).normalize():f}"

    def clean(self) -> dict[str, Any]:
        """Trading without asking needs all three limits: an empty one would allow none."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("approves_itself"):
            for name in ("most_loss", "most_a_day", "most_tracking_percent"):
                if data.get(name) is None and name not in self.errors:
                    self.add_error(name, "Set a limit: without one nothing goes without asking.")
        return data

    def tracking_error(self) -> Decimal | None:
        """The largest tracking error as a fraction."""
        percent: Decimal | None = self.cleaned_data.get("most_tracking_percent")
        return None if percent is None else percent / 100


def lot_field(lot_id: UUID) -> str:
    """The name of the field for the shares of a lot."""
    return f"{LOT}{lot_id.hex}"


def refused_onto(form: forms.BaseForm, refusal: InvalidInput) -> None:
    """Put a refusal beside the fields that it names, or above the form."""
    for field, sentences in refusal.fields.items():
        for sentence in sentences:
            form.add_error(field if field in form.fields else None, sentence)
    if not refusal.fields:
        form.add_error(None, refusal.detail)
