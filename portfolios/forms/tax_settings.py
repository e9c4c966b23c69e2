"""Forms of the tax settings: how open points are read, and which instruments are identical."""

import dataclasses
from typing import Any
from uuid import UUID

from django import forms

from common.identifiers import uuid7
from portfolios.engine.policies import PlanPurchases, SpouseBasis, WashPolicy
from portfolios.engine.policy_words import OFF, ON, QUESTIONS, PolicyQuestion
from portfolios.models import Instrument

ENUMS: dict[str, type[SpouseBasis] | type[PlanPurchases]] = {
    "spouse_basis": SpouseBasis,
    "plan_purchases": PlanPurchases,
}


class WashPolicyForm(forms.Form):
    """One choice for each open point, and the day from which the rule covers digital assets."""

    digital_assets_from = forms.DateField(
        label="Digital assets are covered from",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="Empty: never. They are property and no securities (Notice 2014-21), so the rule does not "
        "reach them. Give the day should a law change that: losses from then on are checked too.",
    )

    def __init__(self, *args: Any, policy: WashPolicy, **kwargs: Any) -> None:
        kwargs["initial"] = policy_texts(policy)
        super().__init__(*args, **kwargs)
        for question in QUESTIONS:
            self.fields[question.field] = forms.ChoiceField(
                label=question.title,
                choices=[(answer.value, answer.title) for answer in question.answers],
                widget=forms.RadioSelect,
                error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose one of the two."),
            )

    def questions(self) -> list[dict[str, Any]]:
        """Each open point with its answers, as the page lists them."""
        return [self._question(question) for question in QUESTIONS]

    def policy(self) -> WashPolicy:
        """The cleaned form as a policy."""
        values: dict[str, Any] = {"digital_assets_from": self.cleaned_data["digital_assets_from"]}
        for question in QUESTIONS:
            text = self.cleaned_data[question.field]
            kind = ENUMS.get(question.field)
            values[question.field] = text == ON if kind is None else kind(text)
        return WashPolicy(**values)

    def _question(self, question: PolicyQuestion) -> dict[str, Any]:
        field = self[question.field]
        chosen = str(field.value() or "")
        answers = [
            {"answer": answer, "checked": answer.value == chosen, "is_default": number == 0}
            for number, answer in enumerate(question.answers)
        ]
        return {"question": question, "field": field, "answers": answers}


def policy_texts(policy: WashPolicy) -> dict[str, Any]:
    """The values of a policy as the form's fields take them."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(policy):
        value = getattr(policy, field.name)
        values[field.name] = (ON if value else OFF) if isinstance(value, bool) else value
    return values


class IdentityGroupForm(forms.Form):
    """A household's own group: its name, why, and its instruments."""

    group_id = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(
        label="Name",
        max_length=120,
        help_text="“S&P 500 funds”.",
        error_messages={"required": "Give the group a name."},
    )
    source = forms.CharField(
        label="Why",
        max_length=200,
        required=False,
        help_text="Who says so: your adviser, a prospectus, your own reading.",
    )
    instruments = forms.ModelMultipleChoiceField(
        queryset=Instrument.objects.none(),
        error_messages={
            "required": "Name one instrument at least.",
            "invalid_choice": "One of the instruments is not known to this household.",
            "invalid_pk_value": "One of the instruments is not known to this household.",
        },
    )

    def __init__(self, *args: Any, household_id: UUID, **kwargs: Any) -> None:
        kwargs["initial"] = {"group_id": uuid7()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        field = self.fields["instruments"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - declared above
        field.queryset = Instrument.objects.known_to(household_id)

    def chosen(self) -> set[str]:
        """Identifiers of the instruments that are ticked now, as text, whether or not the form is valid."""
        return {str(value) for value in self["instruments"].value() or ()}
