"""Holds Form 8949 against cases: translates their names and holds no rule of its own."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from common.errors import InvalidInput
from common.money import parse_decimal
from portfolios.engine.records import Term
from taxharvest.engine.form_8949 import Form8949Row, form_8949
from taxharvest.engine.records import ReportedSale, TaxSale

TERMS = {"S": Term.SHORT, "L": Term.LONG}
DEFAULT_YEAR = "2025"


def form_8949_result(case: Mapping[str, Any]) -> dict[str, Any]:
    """The row of Form 8949 for one case, with the columns by their letters and amounts as text.

    Raises InvalidInput naming the case and the field that is missing or cannot be read.
    """
    given = _Given(str(case.get("id", "")), case.get("input", {}))
    sale = _sale(given)
    form = form_8949([sale], year=sale.sold.year)
    if form.incomplete:
        return {"incomplete": form.incomplete[0].reason}
    return _result(form.sections[0].rows[0])


RESULTS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {"form_8949": form_8949_result}


class _Given:
    """The input of a case, read by name."""

    def __init__(self, case: str, values: Mapping[str, Any]) -> None:
        self._case = case
        self._values = values

    def has(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, *names: str) -> str:
        for name in names:
            if self.has(name):
                return str(self._values[name])
        raise self.refusal(names[0], "is missing")

    def amount(self, *names: str) -> Decimal:
        return parse_decimal(self.text(*names), field=f"{self._case}.{names[0]}")

    def term(self, *names: str) -> Term:
        letter = self.text(*names)
        if letter not in TERMS:
            raise self.refusal(names[0], f"must be S or L, not “{letter[:20]}”")
        return TERMS[letter]

    def flag(self, name: str, *, default: bool) -> bool:
        return bool(self._values.get(name, default))

    def day(self, name: str, default: str) -> date:
        written = str(self._values.get(name, default))
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise self.refusal(name, f"must be a day like 2025-12-31, not “{written[:20]}”") from None

    def refusal(self, name: str, words: str) -> InvalidInput:
        sentence = f"Case {self._case}: “{name}” {words}."
        return InvalidInput(detail=sentence, code="invalid-case", fields={f"{self._case}.{name}": [sentence]})


def _sale(given: _Given) -> TaxSale:
    year = given.text("year") if given.has("year") else DEFAULT_YEAR
    is_various = given.flag("various", default=False)
    return TaxSale(
        key="1",
        account="",
        description="ACME",
        symbol="ACME",
        quantity=Decimal(1),
        acquired=None if is_various else given.day("acquired", "2020-01-02"),
        sold=given.day("sold", f"{year}-12-31"),
        proceeds=given.amount("proceeds"),
        basis=None if given.flag("basis_unknown", default=False) else given.amount("true_basis", "basis"),
        disallowed=given.amount("disallowed") if given.has("disallowed") else Decimal(0),
        term=given.term("true_term", "term"),
        is_inherited=given.flag("inherited", default=False),
        is_digital_asset=given.flag("digital_asset", default=False),
        is_collectible=given.flag("collectible", default=False),
        reported=_reported(given) if given.flag("form_1099b", default=True) else None,
    )


def _reported(given: _Given) -> ReportedSale:
    disallowed = next(name for name in ("disallowed_1099b", "disallowed", "") if not name or given.has(name))
    return ReportedSale(
        proceeds=given.amount("proceeds_1099b", "proceeds"),
        basis=None
        if given.flag("no_basis_1099b", default=False)
        else given.amount("basis_1099b", "basis", "true_basis"),
        disallowed=given.amount(disallowed) if disallowed else Decimal(0),
        term=given.term("broker_term", "term", "true_term"),
        is_basis_reported=_is_reported(given),
    )


def _is_reported(given: _Given) -> bool:
    given.text("reported_basis")
    return given.flag("reported_basis", default=False)


def _result(row: Form8949Row) -> dict[str, Any]:
    return {
        "box": row.box.value,
        "part": row.part.value,
        "b": row.acquired_text or str(row.acquired),
        "d": f"{row.proceeds:.2f}",
        "e": f"{row.basis:.2f}",
        "f": row.codes,
        "g": f"{row.adjustment:.2f}",
        "h": f"{row.gain:.2f}",
    }
