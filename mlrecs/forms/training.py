"""A training as a form."""

from typing import Any

from django import forms

from common.errors import InvalidInput
from mlrecs.engine.model_catalogue import KINDS, LEARNERS
from mlrecs.engine.training_wishes import EPOCHS, LARGEST_SEED, OWN, REFERENCE, TrainingWish, wish_read

NUMBER = forms.NumberInput(attrs={"inputmode": "numeric"})


class TrainingForm(forms.Form):
    """What is trained, on which returns, with which seed."""

    name = forms.ChoiceField(label="Model", choices=[(name, KINDS[name].label) for name in LEARNERS[::-1]])
    source = forms.ChoiceField(
        label="Learns from",
        choices=[(OWN, "What we hold"), (REFERENCE, "20 US stocks, 1990 to 2022")],
        help_text="Five instruments or more, each with two years of closes.",
    )
    seed = forms.IntegerField(
        label="Seed", min_value=0, max_value=LARGEST_SEED, initial=1, widget=NUMBER,
        help_text="The same seed on the same returns gives the same weights.",
    )  # fmt: skip
    epochs = forms.IntegerField(
        label="Epochs", required=False, min_value=EPOCHS[0], max_value=EPOCHS[1], widget=NUMBER,
        help_text="Left empty, as many as usual.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Read the values as a wish; what it refuses stands by its field."""
        values = super().clean() or {}
        if not self.errors:
            try:
                values["wish"] = wish_read({name: values[name] for name in self.fields})
            except InvalidInput as refusal:
                for field, sentences in refusal.fields.items():
                    self.add_error(field, sentences)
        return values

    def wish(self) -> TrainingWish:
        """What a valid form asks for."""
        found: TrainingWish = self.cleaned_data["wish"]
        return found
