"""The form of a household's target weights: a row for each, and some more to add."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from common.errors import InvalidInput
from common.money import ARITHMETIC
from portfolios.engine.targets import MOST_TARGETS, Drift, TargetKind, TargetRecord
from portfolios.models import Instrument, Target

SPARE = 3
PERCENT = Decimal(100)
OPENING_BAND = Decimal(5)


class TargetsForm(forms.Form):
    """Rows of kind, name, weight and band, in per cent. A row without a name is no target."""

    rows_shown = forms.IntegerField(
        widget=forms.HiddenInput, min_value=1, max_value=MOST_TARGETS + SPARE, required=False
    )

    def __init__(
        self, *args: Any, drifts: Sequence[Drift], keys: Mapping[TargetKind, Collection[str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._drifts = list(drifts)
        self.count = self._shown()
        self.initial["rows_shown"] = self.count
        self.classes = dict(_classes(keys[TargetKind.ASSET_CLASS]))
        for place in range(self.count):
            self._row_fields(place)

    def rows(self) -> list[dict[str, Any]]:
        """Each row with its fields and, where it is a target already, how it stands."""
        return [
            {
                "kind": self[f"kind_{place}"],
                "key": self[f"key_{place}"],
                "weight": self[f"weight_{place}"],
                "band": self[f"band_{place}"],
                "drift": self._drifts[place] if place < len(self._drifts) else None,
            }
            for place in range(self.count)
        ]

    def targets(self) -> list[TargetRecord]:
        """The rows that name something, in their order."""
        return [self._target(place) for place in self._named()]

    def refuse(self, refusal: InvalidInput) -> None:
        """Put a refusal of the service beside the fields that it names."""
        named = self._named()
        for field, sentences in refusal.fields.items():
            _, _, rest = field.partition(".")
            place, _, name = rest.partition(".")
            own = f"{name}_{named[int(place)]}" if place else None
            for sentence in sentences:
                self.add_error(own, sentence)

    def _shown(self) -> int:
        if not self.is_bound:
            return len(self._drifts) + SPARE
        text = str(self.data.get("rows_shown", ""))
        told = int(text) if text.isascii() and text.isdecimal() and len(text) <= 3 else SPARE  # noqa: PLR2004 - digits
        return max(1, min(told, MOST_TARGETS + SPARE))

    def _row_fields(self, place: int) -> None:
        target = self._drifts[place].target if place < len(self._drifts) else None
        number = place + 1
        self.fields[f"kind_{place}"] = forms.ChoiceField(
            label=f"Kind of target {number}",
            choices=Target.Kind.choices,
            required=False,
            initial=target.kind.value if target else TargetKind.INSTRUMENT.value,
        )
        self.fields[f"key_{place}"] = forms.CharField(
            label=f"Name of target {number}",
            required=False,
            max_length=60,
            initial=self._shown_key(target) if target else "",
            widget=forms.TextInput(attrs={"list": "target-keys", "autocomplete": "off"}),
        )
        for name, opening in (("weight", None), ("band", OPENING_BAND)):
            value = getattr(target, name) * PERCENT if target else opening
            self.fields[f"{name}_{place}"] = _percent_field(f"{name.title()} of target {number}", value)

    def _shown_key(self, target: TargetRecord) -> str:
        if target.kind is TargetKind.ASSET_CLASS:
            return self.classes.get(target.key, target.key)
        return target.key

    def _named(self) -> list[int]:
        return [place for place in range(self.count) if self.cleaned_data.get(f"key_{place}", "").strip()]

    def _target(self, place: int) -> TargetRecord:
        kind = TargetKind(self.cleaned_data[f"kind_{place}"] or TargetKind.INSTRUMENT)
        key = self.cleaned_data[f"key_{place}"].strip()
        if kind is TargetKind.ASSET_CLASS:
            values = {label.casefold(): value for value, label in self.classes.items()}
            key = values.get(key.casefold(), key)
        return TargetRecord(
            kind=kind,
            key=key,
            weight=_fraction(self.cleaned_data.get(f"weight_{place}"), Decimal(0)),
            band=_fraction(self.cleaned_data.get(f"band_{place}"), OPENING_BAND),
        )

    def clean(self) -> dict[str, Any] | None:
        """A row with a name needs a weight."""
        cleaned = super().clean()
        for place in self._named():
            if self.cleaned_data.get(f"weight_{place}") is None and f"weight_{place}" not in self.errors:
                self.add_error(f"weight_{place}", "Say how much of the wealth it should be.")
        return cleaned


def _percent_field(label: str, value: Decimal | None) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=4,
        initial=None if value is None else f"{value.normalize(ARITHMETIC):f}",
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"invalid": "A percentage, such as 12.5."},
    )


def _fraction(percent: Decimal | None, otherwise: Decimal) -> Decimal:
    return ARITHMETIC.divide(otherwise if percent is None else percent, PERCENT)


def _classes(values: Collection[str]) -> list[tuple[str, str]]:
    return [(value, Instrument.AssetClass(value).label) for value in values]
