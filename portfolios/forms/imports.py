"""Input of the import pages: the file, the meaning of its columns, and where its accounts go."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from common.errors import DomainError
from portfolios.engine.file_kinds import HEAD, LARGEST_FILE, check_size, file_kind
from portfolios.engine.records import TransactionKind
from portfolios.engine.statements.csv_formats import DateFormat, DecimalMark
from portfolios.engine.statements.csv_kinds import IGNORE, folded
from portfolios.engine.statements.csv_mapping import SIGN, CsvMapping
from portfolios.engine.statements.csv_sketch import CsvSketch
from portfolios.models import Portfolio

NEW = "new"
LEAVE_OUT = "leave"
UNUSED = ""
MOST_KINDS = 60
CODE_LENGTH = 3  # letters of a currency code

FIELD_LABELS = {
    "date": "Trade date",
    "settle_date": "Settlement date",
    "kind": "What happened (kind)",
    "symbol": "Symbol",
    "name": "Name of the security",
    "isin": "ISIN",
    "cusip": "CUSIP",
    "quantity": "Quantity",
    "price": "Price",
    "amount": "Amount",
    "fees": "Fees",
    "other_fees": "Other fees and taxes",
    "currency": "Currency",
    "fx_rate": "Exchange rate to the base currency",
    "account": "Account number",
    "identifier": "The broker’s own number of the row",
    "order": "The broker’s number of the order",
    "note": "Description",
    "asset_class": "Kind of security",
    "cost": "Cost basis",
    "acquired": "Date acquired",
    "ratio": "Split ratio",
    "counter_amount": "Amount on the other side",
    "counter_currency": "Currency on the other side",
}


class UploadForm(forms.Form):
    """A statement, and the portfolio it belongs to when that is known already."""

    statement = forms.FileField(
        label="Statement",
        allow_empty_file=True,
        error_messages={"required": "Choose a file first."},
        widget=forms.FileInput(
            attrs={
                "accept": ".xml,.csv,.txt,.tsv,text/csv,text/xml,application/xml",
                "data-largest": LARGEST_FILE,
            }
        ),
    )
    portfolio = forms.ChoiceField(
        label="Portfolio",
        required=False,
        help_text="When in doubt, decide after the file was read: it may name its account.",
    )

    def __init__(self, *args: Any, portfolios: Iterable[Portfolio], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(portfolio.pk), portfolio.name) for portfolio in portfolios]
        _offer(self, "portfolio", [("", "Decide after reading, or open a new one"), *choices])

    def clean_statement(self) -> Any:
        """The file, if it is of a size and a kind that can be read."""
        upload = self.cleaned_data["statement"]
        try:
            check_size(upload.size or 0)
            file_kind(upload.read(HEAD))
        except DomainError as refusal:
            raise ValidationError(f"{upload.name}: {refusal.detail}") from None
        upload.seek(0)
        return upload

    @property
    def portfolio_id(self) -> UUID | None:
        """The portfolio that was chosen."""
        chosen = self.cleaned_data.get("portfolio")
        return UUID(chosen) if chosen else None


class MappingForm(forms.Form):
    """What each column of a CSV file means, and what the values of its kind column mean.

    There is one `column_N` for each column and one `kind_N` for each value of the kind column.
    """

    date_format = forms.ChoiceField(
        label="Dates are written as", error_messages={"required": "Say how the dates are written."}
    )
    decimal_mark = forms.ChoiceField(
        label="Decimal mark",
        choices=[(DecimalMark.POINT.value, "1,234.50"), (DecimalMark.COMMA.value, "1.234,50")],
    )
    currency = forms.CharField(
        label="Currency",
        required=False,
        max_length=3,
        help_text="For rows that name none, such as USD.",
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "size": 4}),
    )
    amount_sign = forms.ChoiceField(
        label="Signs of amounts",
        choices=[
            ("as_stated", "Money going out is negative"),
            ("by_kind", "All amounts are positive: the kind tells the direction"),
        ],
    )
    fees_inside = forms.TypedChoiceField(
        label="Fees",
        choices=[("yes", "The amount is net of fees"), ("no", "Fees come on top of the amount")],
        coerce=lambda value: value == "yes",
    )
    save_as = forms.CharField(
        label="Keep these meanings as",
        required=False,
        max_length=80,
        help_text="A name, such as “Schwab history”. The next file with the same columns offers it.",
    )

    def __init__(
        self,
        *args: Any,
        sketch: CsvSketch,
        mapping: CsvMapping,
        kinds: Sequence[str],
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", _mapping_initial(mapping))
        super().__init__(*args, **kwargs)
        self.sketch = sketch
        self.mapping = mapping
        self.kind_values = tuple(kinds[:MOST_KINDS])
        by_header = {header: name for name, header in mapping.columns.items()}
        for number, header in enumerate(sketch.headers):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=f"Meaning of “{header}”",
                required=False,
                choices=[(UNUSED, "Not used"), *FIELD_LABELS.items()],
                initial=by_header.get(header, UNUSED),
            )
        for number, value in enumerate(self.kind_values):
            self.fields[f"kind_{number}"] = forms.ChoiceField(
                label=f"“{value}” means",
                required=False,
                choices=_kind_choices(),
                initial=mapping.kind_of(value) or sketch.kinds.get(value, ""),
            )
        _offer(self, "date_format", _date_choices(sketch))

    def clean(self) -> dict[str, Any]:
        """Each meaning belongs to one column, and date and kind must be there."""
        cleaned = super().clean() or self.cleaned_data
        meanings = [cleaned.get(f"column_{number}") for number in range(len(self.sketch.headers))]
        for name in {meaning for meaning in meanings if meaning and meanings.count(meaning) > 1}:
            raise ValidationError(f"“{FIELD_LABELS[name]}” can be the meaning of one column only.")
        for name in ("date", "kind"):
            if name not in meanings:
                raise ValidationError(f"Say which column holds: {FIELD_LABELS[name]}.")
        return cleaned

    def column_rows(self) -> list[tuple[str, list[str], forms.BoundField, int]]:
        """Header, sample values, field and confidence for each column."""
        rows = []
        by_header = {header: name for name, header in self.sketch.mapping.columns.items()}
        for number, header in enumerate(self.sketch.headers):
            samples = [row[number] for row in self.sketch.rows if number < len(row) and row[number].strip()]
            sure = self.sketch.confidence.get(by_header.get(header, ""), 0)
            rows.append((header, samples[:3], self[f"column_{number}"], sure))
        return rows

    def kind_rows(self) -> list[tuple[str, forms.BoundField]]:
        """Each value of the kind column with the field that says what it means."""
        return [(value, self[f"kind_{number}"]) for number, value in enumerate(self.kind_values)]

    def setting_fields(self) -> list[forms.BoundField]:
        """How dates and numbers are written."""
        return [
            self[name] for name in ("date_format", "decimal_mark", "currency", "amount_sign", "fees_inside")
        ]

    def chosen_columns(self) -> dict[str, str]:
        """The header that fills each field."""
        return {
            self.cleaned_data[f"column_{number}"]: header
            for number, header in enumerate(self.sketch.headers)
            if self.cleaned_data.get(f"column_{number}")
        }

    def chosen_mapping(self) -> CsvMapping:
        """The mapping that the form describes. Raises StatementError when it cannot be applied."""
        values = self.cleaned_data
        kinds = {
            folded(value): values[f"kind_{number}"]
            for number, value in enumerate(self.kind_values)
            if values.get(f"kind_{number}")
        }
        mapping = CsvMapping(
            columns=self.chosen_columns(),
            date_format=DateFormat(values["date_format"]),
            kinds=self.mapping.kinds | kinds,
            encoding=self.sketch.encoding,
            delimiter=self.sketch.delimiter,
            header_line=self.sketch.header_line,
            decimal_mark=DecimalMark(values["decimal_mark"]),
            currency=values["currency"].strip().upper(),
            account=self.mapping.account,
            amount_sign=values["amount_sign"],
            fees_inside=values["fees_inside"],
        )
        mapping.check()
        return mapping


class AccountForm(forms.Form):
    """Where one account of a file goes."""

    target = forms.ChoiceField(label="Goes into", error_messages={"required": "Say where this account goes."})
    name = forms.CharField(label="Name of the new portfolio", required=False, max_length=120)
    kind = forms.ChoiceField(label="Kind", choices=Portfolio.Kind.choices, required=False)
    base_currency = forms.CharField(
        label="Base currency",
        required=False,
        max_length=3,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "size": 4}),
    )

    def __init__(
        self,
        *args: Any,
        account: Mapping[str, Any],
        portfolios: Iterable[Portfolio],
        may_open: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.account = account
        choices = [("", "Choose …")]
        choices += [(str(portfolio.pk), portfolio.name) for portfolio in portfolios]
        if may_open:
            choices.append((NEW, "A new portfolio"))
        choices.append((LEAVE_OUT, "Nowhere: leave it out"))
        _offer(self, "target", choices)

    def clean(self) -> dict[str, Any]:
        """A new portfolio needs a name and a currency."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("target") == NEW:
            if not cleaned.get("name", "").strip():
                self.add_error("name", "Give the new portfolio a name.")
            if len(cleaned.get("base_currency", "").strip()) != CODE_LENGTH:
                self.add_error("base_currency", "Give a currency code of three letters, such as USD.")
        return cleaned


class DismissForm(forms.Form):
    """Why a finding is all right."""

    reason = forms.CharField(
        label="Why is this all right?",
        max_length=300,
        error_messages={"required": "Say why this is all right: the reason stays beside the finding."},
    )


def _offer(form: forms.Form, name: str, choices: list[tuple[str, str]]) -> None:
    """Give a choice field of `form` its choices."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} is no choice")
    field.choices = choices


def _mapping_initial(mapping: CsvMapping) -> dict[str, Any]:
    return {
        # 03/04 can be a day of March or of April: a person says which, once.
        "date_format": mapping.date_format.value if mapping.date_format else "",
        "decimal_mark": mapping.decimal_mark.value,
        "currency": mapping.currency or "USD",
        "amount_sign": mapping.amount_sign,
        "fees_inside": "yes" if mapping.fees_inside else "no",
    }


def _kind_choices() -> list[tuple[str, str]]:
    kinds = [(kind.value, kind.value.replace("_", " ").capitalize()) for kind in TransactionKind]
    return [
        ("", "Not known: report the row"),
        *kinds,
        (SIGN, "In or out, by the sign of the amount"),
        (IGNORE, "Nothing: leave the row out"),
    ]


def _date_choices(sketch: CsvSketch) -> list[tuple[str, str]]:
    """The formats in which the date column can be read come first, each by its name."""
    possible = [form for form in DateFormat if form in sketch.date_formats]
    others = [form for form in DateFormat if form not in sketch.date_formats]
    named = [(form.value, form.value) for form in (*possible, *others)]
    if len(possible) == 1:
        return named
    words = "Choose: they can be read in more than one way" if possible else "Choose"
    return [("", words), *named]
